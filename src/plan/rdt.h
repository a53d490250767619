/* SPDX-License-Identifier: Apache-2.0 */
/* Inside plan: schemata of resctrl, for create and for update. */
#ifndef PLAN_RDT_H
#define PLAN_RDT_H

#include "plan/build.h"

#define RDT_AT "/linux/intelRdt"

/* Appends to plan->rdt.line what the schemas of `r` come to, in the order of the specification. */
int rdt_lines(struct build *b, const struct oci_intel_rdt *r);

#endif

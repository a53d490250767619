/* SPDX-License-Identifier: Apache-2.0 */
/* Inside plan: the sections of `mcrun explain` that print.c has in print_process.c. */
#ifndef PLAN_PRINT_H
#define PLAN_PRINT_H

#include "plan/page.h"
#include "plan/plan.h"

void print_process(struct page *to, const struct plan *p);
void print_attr(struct page *to, const struct plan *p);
void print_lsm(struct page *to, const struct plan *p);
void print_cred(struct page *to, const struct plan *p);
void print_filter(struct page *to, const struct plan *p);

#endif

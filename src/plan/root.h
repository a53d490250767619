/* SPDX-License-Identifier: Apache-2.0 */
/* The part of plan_root that dev.c fills: device nodes and links. Internal to plan. */
#ifndef PLAN_ROOT_H
#define PLAN_ROOT_H

struct build;

/* Fills plan->root's dev, link and bind_devices; console and the mounts are planned before. */
int root_devices(struct build *b);

#endif

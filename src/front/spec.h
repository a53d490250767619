/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The config.json that `spec` writes. A function of its arguments: given the options and the folder
 * that relative volumes are taken from, it makes the document and looks at nothing.
 */
#ifndef FRONT_SPEC_H
#define FRONT_SPEC_H

#include "front/opts.h"
#include "libocispec/oci.h"

/* What was given on the command line; NULL and SWITCH_NOT_GIVEN: not. */
struct spec_given {
	const char *bundle, *file;
	const char *hostname, *cwd, *user, *memory, *cpus, *pids_limit;
	struct opt_list env, volume;
	enum opt_switch terminal, read_only, rootless;
};

struct spec_input {
	const struct spec_given *given;
	char *const *args; /* the program, NULL behind the last word; NULL: the default one */
	const char *cwd;   /* of the caller, absolute; NULL: it has no path */
	uint32_t uid, gid; /* of the caller, for --rootless */
	struct arena *a;
};

/* NULL and err when a value makes no sense. */
struct oci_config *spec_build(const struct spec_input *in, struct error *err);

/* The document without any option: a shell in a terminal. Its parts may be changed. */
struct oci_config *spec_default(struct arena *a);

/* Turns that into one that an ordinary user may run: spec_rootless.c. */
void spec_rootless(const struct spec_input *in, struct oci_config *c);

#endif

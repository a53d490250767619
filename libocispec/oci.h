/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OCI documents as C structs: config.json (struct oci_config), the state (oci_state), the
 * features (oci_features) and what a seccomp agent is sent (oci_process_state). The structs are
 * expanded from oci.def, which is the list to look at; table.h says what each kind of row becomes.
 *
 *	struct arena a = { 0 };
 *	struct error err = { 0 };
 *	struct oci_config *c = oci_config_read(&a, text, len, &err);
 *
 *	if (!c)		// config.json:41:17: /mounts/3/options/2: expected a string, got a number
 *		printf("config.json:%u:%u: %s: %s\n", err.line, err.column, err.at, err.msg);
 *
 * Names are the document's in snake_case (oomScoreAdj: oom_score_adj), but for `linux`, which is a
 * macro of the compiler and hence linux_. What was read is well-formed, in range and complete by
 * the schema; what the words in it mean is not known here. Everything read or written lives in the
 * arena; nothing points into the text that was given.
 */
#ifndef OCI_OCI_H
#define OCI_OCI_H

#define TABLE_DEF "libocispec/oci.def"
#include "libocispec/table_structs.h"

/* Readers: NULL on failure, and err says what and where. See table_read for what is refused. */
struct oci_config *oci_config_read(struct arena *a, const char *text, size_t len,
				   struct error *err);
struct oci_process *oci_process_read(struct arena *a, const char *text, size_t len,
				     struct error *err);
struct oci_resources *oci_resources_read(struct arena *a, const char *text, size_t len,
					 struct error *err);
struct oci_mounts *oci_mounts_read(struct arena *a, const char *text, size_t len,
				   struct error *err);

/* `over` laid on `base` (table_overlay); either may be NULL. */
struct oci_resources *oci_resources_overlay(struct arena *a, const struct oci_resources *base,
					    const struct oci_resources *over);

/* Writers: text that ends with a NUL. */
char *oci_config_write(struct arena *a, const struct oci_config *config, enum table_style style);
char *oci_resources_write(struct arena *a, const struct oci_resources *resources,
			  enum table_style style);
char *oci_state_write(struct arena *a, const struct oci_state *state, enum table_style style);
char *oci_process_state_write(struct arena *a, const struct oci_process_state *state,
			      enum table_style style);
char *oci_features_write(struct arena *a, const struct oci_features *features,
			 enum table_style style);

/*
 * The members of a config.json that no row knows, as JSON pointers, ended by NULL: "/windows",
 * "/linux/newThing". They are ignored; this is for the debug log alone, as it reads all again.
 */
const char **oci_config_unknown(struct arena *a, const char *text, size_t len);

/*
 * Where in the text the value at a JSON pointer stands, or its nearest parent if it is absent: for
 * faults that are found later, by whoever knows what the value means. Both count from 1.
 */
void oci_where(const char *text, size_t len, const char *pointer, unsigned *line, unsigned *column);

#endif

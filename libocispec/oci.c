/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the OCI documents and their typed fronts. All work is done by table_*. */
#include "libocispec/oci.h"

#define TABLE_DEF "libocispec/oci.def"
#include "libocispec/table_rows.h"

struct oci_config *oci_config_read(struct arena *a, const char *text, size_t len, struct error *err)
{
	return table_read(oci_config_type(), a, text, len, err);
}

struct oci_process *oci_process_read(struct arena *a, const char *text, size_t len,
				     struct error *err)
{
	return table_read(oci_process_type(), a, text, len, err);
}

struct oci_resources *oci_resources_read(struct arena *a, const char *text, size_t len,
					 struct error *err)
{
	return table_read(oci_resources_type(), a, text, len, err);
}

struct oci_mounts *oci_mounts_read(struct arena *a, const char *text, size_t len, struct error *err)
{
	return table_read(oci_mounts_type(), a, text, len, err);
}

char *oci_config_write(struct arena *a, const struct oci_config *config, enum table_style style)
{
	return table_write(oci_config_type(), a, config, style);
}

struct oci_resources *oci_resources_overlay(struct arena *a, const struct oci_resources *base,
					    const struct oci_resources *over)
{
	return table_overlay(oci_resources_type(), a, base, over);
}

char *oci_resources_write(struct arena *a, const struct oci_resources *resources,
			  enum table_style style)
{
	return table_write(oci_resources_type(), a, resources, style);
}

char *oci_state_write(struct arena *a, const struct oci_state *state, enum table_style style)
{
	return table_write(oci_state_type(), a, state, style);
}

char *oci_process_state_write(struct arena *a, const struct oci_process_state *state,
			      enum table_style style)
{
	return table_write(oci_process_state_type(), a, state, style);
}

char *oci_features_write(struct arena *a, const struct oci_features *features,
			 enum table_style style)
{
	return table_write(oci_features_type(), a, features, style);
}

const char **oci_config_unknown(struct arena *a, const char *text, size_t len)
{
	return table_unknown(oci_config_type(), a, text, len);
}

void oci_where(const char *text, size_t len, const char *pointer, unsigned *line, unsigned *column)
{
	table_where(text, len, pointer, line, column);
}

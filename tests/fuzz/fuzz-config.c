/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: any bytes as config.json. */
#include "fuzz.h"
#include "libocispec/oci.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	const char *text = (const char *)data;

	must_read(&a, oci_config_type(), text, size);
	oci_config_unknown(&a, text, size);
	arena_done(&a);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: any bytes as config.json. What is read must be written, read again and written
 * the same; what is refused must be refused with a sentence and a place in the text.
 *
 * Built with clang, -fsanitize=fuzzer and -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION (libFuzzer's
 * own main) it fuzzes; built in any other way it replays the files given as arguments.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libocispec/oci.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "fuzz-config: %s\n", what);
	abort();
}

static void check_round(struct arena *a, const struct oci_config *config, enum table_style style)
{
	struct error err = { 0 };
	const char *once = oci_config_write(a, config, style);
	const struct oci_config *again = oci_config_read(a, once, strlen(once), &err);

	must(again != NULL, err.msg);
	must(strcmp(oci_config_write(a, again, style), once) == 0, "written differently");
}

static void check_error(const char *text, size_t size, const struct error *err)
{
	unsigned line, column;

	must(err->msg[0] && !strchr(err->msg, '\n'), "no sentence");
	must(err->line > 0 && err->column > 0, "no place");
	must(err->line <= size + 1 && err->column <= size + 1, "a place beyond the end");
	oci_where(text, size, err->at, &line, &column);
	must(line > 0 && column > 0, "a pointer without a place");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct error err = { 0 };
	char *text = malloc(size ? size : 1); /* exactly: what is read beyond is seen */

	if (size)
		memcpy(text, data, size);

	const struct oci_config *config = oci_config_read(&a, text, size, &err);

	oci_config_unknown(&a, text, size);
	if (config) {
		check_round(&a, config, TABLE_COMPACT);
		check_round(&a, config, TABLE_PRETTY);
	} else {
		check_error(text, size, &err);
	}
	arena_done(&a);
	free(text);
	return 0;
}

#ifndef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
int main(int argc, char **argv)
{
	static uint8_t data[1 << 20];

	for (int i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "re");

		if (!f) {
			perror(argv[i]);
			return 1;
		}
		LLVMFuzzerTestOneInput(data, fread(data, 1, sizeof(data), f));
		fclose(f);
	}
	printf("%d inputs replayed\n", argc - 1);
	return argc > 1 ? 0 : 1;
}
#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fuzz targets share. A target is a file with one LLVMFuzzerTestOneInput, which takes any
 * bytes and says with must() what has to hold for them.
 *
 * Built with clang, -fsanitize=fuzzer and -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION (libFuzzer's
 * own main) it fuzzes; built in any other way it replays the files given as arguments.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libocispec/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
	abort();
}

/* An error that can be shown: a sentence of one line without control characters. */
static inline void must_tell(const struct error *err)
{
	must(memchr(err->at, '\0', sizeof(err->at)), "a pointer without an end");
	must(memchr(err->msg, '\0', sizeof(err->msg)), "a sentence without an end");
	must(err->msg[0], "no sentence");
	for (const char *c = err->msg; *c; c++)
		must((unsigned char)*c >= ' ' && *c != 0x7f, "a control character in a sentence");
}

/* And its pointer leads into the text. */
static inline void must_point(const struct error *err, const char *text, size_t size)
{
	unsigned line = 0, column = 0;

	table_where(text, size, err->at, &line, &column);
	must(line > 0 && column > 0, "a pointer without a place");
}

static inline void must_round(struct arena *a, const struct table_type *type, const void *doc,
			      enum table_style style)
{
	struct error err = { 0 };
	const char *once = table_write(type, a, doc, style);
	const void *again = table_read(type, a, once, strlen(once), &err);

	must(again, err.msg);
	must(strcmp(table_write(type, a, again, style), once) == 0, "written differently");
}

/*
 * The document, or NULL. What is read must be written, read again and written the same; what is
 * refused must be refused with a sentence and a place in the text.
 */
static inline void *must_read(struct arena *a, const struct table_type *type, const char *text,
			      size_t size)
{
	struct error err = { 0 };
	void *doc = table_read(type, a, text, size, &err);

	if (doc) {
		must_round(a, type, doc, TABLE_COMPACT);
		must_round(a, type, doc, TABLE_PRETTY);
		return doc;
	}
	must_tell(&err);
	must(err.line > 0 && err.column > 0, "no place");
	must(err.line <= size + 1 && err.column <= size + 1, "a place beyond the end");
	must_point(&err, text, size);
	return NULL;
}

#ifndef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
static bool replay(const char *path)
{
	static uint8_t data[1 << 20];
	FILE *f = fopen(path, "re");

	if (!f) {
		perror(path);
		return false;
	}

	size_t size = fread(data, 1, sizeof(data), f);
	uint8_t *copy = malloc(size ? size : 1); /* exactly: what is read beyond is seen */

	fclose(f);
	memcpy(copy, data, size);
	fprintf(stderr, "%s\n", path); /* the last one is the one that failed */
	alarm(60);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	return true;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!replay(argv[i]))
			return 1;
	printf("%d inputs replayed\n", argc - 1);
	return argc > 1 ? 0 : 1;
}
#endif

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long the reading of a config.json takes, warm and alone: the median and the minimum of many
 * rounds in one process, in microseconds. Usage: parse FILE [ROUNDS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "libocispec/oci.h"

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* The microseconds that one reading takes; -1 if it fails. */
static double read_once(const char *text, size_t len)
{
	struct arena a = { 0 };
	struct error err = { 0 };
	double start = now_us();
	bool ok = oci_config_read(&a, text, len, &err) != NULL;
	double took = now_us() - start;

	arena_done(&a);
	return ok ? took : -1;
}

int main(int argc, char **argv)
{
	static char text[1 << 20];
	FILE *f = argc > 1 ? fopen(argv[1], "r") : NULL;
	int rounds = argc > 2 ? atoi(argv[2]) : 10000;
	double *took = rounds > 0 ? calloc((size_t)rounds, sizeof(*took)) : NULL;

	if (!f || !took) {
		fputs("usage: parse FILE [ROUNDS]\n", stderr);
		return 1;
	}

	size_t len = fread(text, 1, sizeof(text), f);

	fclose(f);
	for (int i = 0; i < rounds; i++) {
		took[i] = read_once(text, len);
		if (took[i] < 0) {
			fprintf(stderr, "%s cannot be read\n", argv[1]);
			return 1;
		}
	}
	qsort(took, (size_t)rounds, sizeof(*took), compare);
	printf("%zu bytes: median %.1f us, minimum %.1f us of %d rounds\n", len, took[rounds / 2],
	       took[0], rounds);
	free(took);
	return 0;
}

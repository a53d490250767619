/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a request, line by line. Only mcrun writes them: a mistake is one of the installation. */
#include "helper/request.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/words.h"

static int read_property(struct arena *a, char *line, struct request *out)
{
	struct request_property p = { .name = word_take(&line), .type = word_take(&line) };
	const char *need = word_take(&line);

	if (!need)
		return -1;
	p.optional = streq(need, "optional");
	for (char *value; (value = word_take(&line)); p.n_value++) {
		p.value = arena_grow(a, p.value, p.n_value, sizeof(*p.value));
		p.value[p.n_value] = value;
	}
	out->property = arena_grow(a, out->property, out->n_property, sizeof(p));
	out->property[out->n_property++] = p;
	return 0;
}

static int read_line(struct arena *a, char *line, struct request *out)
{
	static const char *const verbs[] = { "", "start", "set", "attach", "stop" };
	const char *first = word_take(&line);

	if (!first)
		return 0;
	if (streq(first, "property"))
		return read_property(a, line, out);

	const char *second = word_take(&line), *third = word_take(&line);
	const char *fourth = word_take(&line);

	if (streq(first, "bus")) {
		out->bus = second;
		return second ? 0 : -1;
	}
	for (int i = REQUEST_START; i <= REQUEST_STOP; i++)
		if (streq(first, verbs[i]))
			out->verb = (enum request_verb)i;
	out->unit = second;
	if (out->verb == REQUEST_STOP)
		out->description = third;
	else
		out->pid = third ? atoi(third) : 0;
	out->below = fourth;
	return second ? 0 : -1;
}

int request_read(struct arena *a, FILE *in, struct request *out, struct error *err)
{
	char *line = NULL;
	size_t size = 0;
	int r = 0;

	while (r == 0 && getline(&line, &size, in) >= 0)
		r = read_line(a, arena_strdup(a, line), out);
	free(line);
	if (r == 0 && out->bus && out->verb && (out->verb != REQUEST_STOP || out->description) &&
	    (out->verb != REQUEST_ATTACH || (out->pid && out->below)))
		return 0;
	return err_set(err, 0, "mcrun-systemd got a request that it does not understand: it is run "
			       "by mcrun alone, by one of the same version");
}

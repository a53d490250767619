/* SPDX-License-Identifier: Apache-2.0 */
/* Writes properties into a message, in the types that mcrun has given them. See properties.h. */
#include "helper/properties.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static int append_number(sd_bus_message *m, char type, const char *text)
{
	uint64_t u = strtoull(text, NULL, 10);
	int64_t i = strtoll(text, NULL, 10);

	switch (type) {
	case 'b':
		return sd_bus_message_append(m, "b", streq(text, "true"));
	case 'y':
		return sd_bus_message_append(m, "y", (uint8_t)u);
	case 'n':
		return sd_bus_message_append(m, "n", (int16_t)i);
	case 'q':
		return sd_bus_message_append(m, "q", (uint16_t)u);
	case 'i':
		return sd_bus_message_append(m, "i", (int32_t)i);
	case 'u':
		return sd_bus_message_append(m, "u", (uint32_t)u);
	case 'x':
		return sd_bus_message_append(m, "x", i);
	case 't':
		return sd_bus_message_append(m, "t", u);
	default:
		return -EINVAL;
	}
}

static int append_bytes(sd_bus_message *m, const char *hex)
{
	uint8_t bytes[8192];
	size_t n = strlen(hex) / 2;

	if (n > sizeof(bytes))
		return -E2BIG;
	for (size_t i = 0; i < n; i++) {
		const char pair[] = { hex[2 * i], hex[2 * i + 1], '\0' };

		bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return sd_bus_message_append_array(m, 'y', bytes, n);
}

/* Pairs of a string and a number, two words each. */
static int append_pairs(sd_bus_message *m, const struct request_property *p)
{
	int r = sd_bus_message_open_container(m, 'a', "(st)");

	for (size_t i = 0; r >= 0 && i + 1 < p->n_value; i += 2)
		r = sd_bus_message_append(m, "(st)", p->value[i],
					  (uint64_t)strtoull(p->value[i + 1], NULL, 10));
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_strings(sd_bus_message *m, const struct request_property *p)
{
	int r = sd_bus_message_open_container(m, 'a', "s");

	for (size_t i = 0; r >= 0 && i < p->n_value; i++)
		r = sd_bus_message_append(m, "s", p->value[i]);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_value(sd_bus_message *m, const struct request_property *p)
{
	if (streq(p->type, "as"))
		return append_strings(m, p);
	if (streq(p->type, "a(st)"))
		return append_pairs(m, p);
	if (p->n_value != 1)
		return -EINVAL;
	if (streq(p->type, "ay"))
		return append_bytes(m, p->value[0]);
	if (streq(p->type, "s"))
		return sd_bus_message_append(m, "s", p->value[0]);
	return append_number(m, p->type[0], p->value[0]);
}

static int append_property(sd_bus_message *m, const struct request_property *p)
{
	int r = sd_bus_message_open_container(m, 'r', "sv");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", p->name);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', p->type);
	if (r >= 0)
		r = append_value(m, p);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

int properties_append(sd_bus_message *m, const struct request *rq)
{
	int r = sd_bus_message_open_container(m, 'a', "(sv)");

	for (size_t i = 0; r >= 0 && i < rq->n_property; i++)
		if (!rq->property[i].dropped)
			r = append_property(m, &rq->property[i]);
	if (r >= 0 && rq->pid)
		r = sd_bus_message_append(m, "(sv)", "PIDs", "au", 1, rq->pid);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += len)
		if ((at == text || at[-1] == ' ') && strchr(" ,.:", at[len]))
			return 1;
	return 0;
}

int properties_drop(struct request *rq, const sd_bus_error *e)
{
	int named = 0, dropped = 0;

	if (!sd_bus_error_has_name(e, SD_BUS_ERROR_PROPERTY_READ_ONLY))
		return 0;
	for (size_t i = 0; i < rq->n_property; i++)
		named |= e->message && has_word(e->message, rq->property[i].name);
	for (size_t i = 0; i < rq->n_property; i++) {
		struct request_property *p = &rq->property[i];

		if (!p->optional || p->dropped || (named && !has_word(e->message, p->name)))
			continue;
		p->dropped = dropped = 1;
	}
	return dropped;
}

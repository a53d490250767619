/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The systemd driver: which unit a container gets, from the words of /linux/cgroupsPath, and what
 * is asked of it that is no limit. See unit.h.
 */
#include "plan/unit.h"

enum { UNIT_NAME_MAX = 255 };

static const char at_path[] = "/linux/cgroupsPath";
static const char scope[] = ".scope", slice_end[] = ".slice";

/* ---- names ---------------------------------------------------------------------------------- */

static bool ends_in(const char *s, const char *end)
{
	size_t len = strlen(s), n = strlen(end);

	return len > n && streq(s + len - n, end);
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_unit_char(char c)
{
	return is_letter(c) || (c && strchr("0123456789:-_.\\", c));
}

/* What a unit's name may not contain is written as systemd-escape(1) does: '+' as "\x2b". */
static const char *unit_escape(struct arena *a, const char *name)
{
	const char *out = "";

	for (; *name; name++)
		out = is_unit_char(*name) ? arena_printf(a, "%s%c", out, *name)
					  : arena_printf(a, "%s\\x%02x", out, (unsigned char)*name);
	return out;
}

/* "a-b.slice" is in a.slice; the names of all of them must be there: no "a--b", no "-a". */
static int slice_check(struct build *b, const char *slice)
{
	if (streq(slice, "-.slice"))
		return 0;
	if (!ends_in(slice, slice_end))
		return err_in(b->err, at_path, "'%s' is no slice: its name must end in .slice",
			      slice);

	size_t len = strlen(slice) - strlen(slice_end);

	for (size_t i = 0; i < len; i++) {
		bool dash = slice[i] == '-';

		if (!is_unit_char(slice[i]))
			return err_in(b->err, at_path,
				      "'%s': '%.*s' is not allowed in the name of a "
				      "slice",
				      slice, str_char(slice + i), slice + i);
		if (dash && (i == 0 || i == len - 1 || slice[i + 1] == '-'))
			return err_in(b->err, at_path,
				      "'%s' is no slice: the parts between dashes "
				      "name the slices that it is in, and one is empty",
				      slice);
	}
	return 0;
}

/* Where a slice is, by its name: "a-b.slice" is in "a.slice", which is in "-.slice". */
static const char *slice_parent(struct arena *a, const char *slice)
{
	const char *dash = strrchr(slice, '-');

	return dash && dash != slice ? arena_printf(a, "%.*s.slice", (int)(dash - slice), slice)
				     : "-.slice";
}

/* The words of "slice:prefix:name"; from the right, what is not given is "". */
struct words {
	const char *slice, *prefix, *name;
};

static int words_read(struct build *b, const char *asked, struct words *out)
{
	struct arena *a = b->a;
	const char *word[3] = { "", "", "" };
	size_t n = 0;

	if (strchr(asked, '/'))
		return err_in(b->err, at_path,
			      "'%s' is a path; the systemd driver needs slice:prefix:name, like "
			      "system.slice:mcrun:%s",
			      asked, b->options->id);
	for (const char *at = asked;; at++) {
		size_t len = strcspn(at, ":");

		if (n == COUNT(word))
			return err_in(b->err, at_path,
				      "'%s' has more than the three parts of slice:prefix:name",
				      asked);
		word[n++] = arena_strndup(a, at, len);
		at += len;
		if (!*at)
			break;
	}
	*out = (struct words){ "", "", word[n - 1] };
	if (n > 1)
		out->slice = word[0];
	if (n > 2)
		out->prefix = word[1];
	return 0;
}

static int unit_name(struct build *b, const struct words *w, struct plan_unit *out)
{
	const char *name = *w->name ? w->name : b->options->id;

	out->slice = *w->slice ? w->slice : out->user ? "user.slice" : "system.slice";
	if (slice_check(b, out->slice) < 0)
		return -1;
	out->is_slice = ends_in(name, slice_end);
	if (out->is_slice) {
		out->name = name;
		out->slice = slice_parent(b->a, name);
		if (slice_check(b, name) < 0)
			return -1;
	} else {
		const char *dash = *w->prefix ? "-" : "";

		out->name = arena_printf(b->a, "%s%s%s%s", unit_escape(b->a, w->prefix), dash,
					 unit_escape(b->a, name), scope);
	}
	if (strlen(out->name) > UNIT_NAME_MAX)
		return err_in(b->err, at_path,
			      "makes a unit's name of %zu characters; at most %d are allowed",
			      strlen(out->name), UNIT_NAME_MAX);
	return 0;
}

/* ---- properties ----------------------------------------------------------------------------- */

static struct plan_property *append(struct properties *to)
{
	to->list = arena_grow(to->a, to->list, to->n, sizeof(*to->list));
	return &to->list[to->n++];
}

void property_add(struct properties *to, const char *from, const char *name, const char *type,
		  const char *value)
{
	const char **values = arena_alloc(to->a, 1, sizeof(*values));

	*values = value;
	*append(to) = (struct plan_property){
		.from = from, .name = name, .type = type, .value = values, .n_value = 1
	};
}

/*
 * No OOMPolicy: of a unit that is delegated it is "continue" already, as it has to be, and older
 * ones than 253 do not know it of a scope: to refuse it takes them a round trip.
 */
static void add_basic(struct properties *to, const char *from, const struct plan_unit *u)
{
	static const char *const accounting[] = { "CPUAccounting", "IOAccounting",
						  "MemoryAccounting", "TasksAccounting" };

	property_add(to, from, "Description", "s", u->description);
	if (u->is_slice)
		property_add(to, from, "Wants", "as", u->slice);
	else
		property_add(to, from, "Slice", "s", u->slice);
	if (!u->is_slice)
		property_add(to, from, "Delegate", "b", "true");
	property_add(to, from, "DefaultDependencies", "b", "false");
	for (size_t i = 0; i < COUNT(accounting); i++)
		property_add(to, from, accounting[i], "b", "true");
	/* Nothing is kept of it when it is over, however it came to that. */
	property_add(to, from, "CollectMode", "s", "inactive-or-failed");
	to->list[to->n - 1].optional = true;
}

/* Since systemd names times in microseconds on its bus and in seconds in its files. */
static const char *seconds_name(struct arena *a, const char *name)
{
	size_t len = strlen(name);

	if (!ends_in(name, "Sec") || ends_in(name, "USec"))
		return NULL;
	return arena_printf(a, "%.*sUSec", (int)(len - strlen("Sec")), name);
}

static bool is_property_name(const char *s)
{
	size_t len = 0;

	while (is_letter(s[len]))
		len++;
	return len >= 3 && !s[len];
}

static int annotation_add(struct build *b, struct properties *to, const struct oci_pair *pair)
{
	const char *name = str_after(pair->key, plan_annotation_key[ANNOTATION_PROPERTY]);

	if (!name)
		return 0;

	const char *at = build_at_key(b, "/annotations", pair->key);
	const char *in_usec = seconds_name(b->a, name);
	struct plan_property p = { .from = at, .name = in_usec ? in_usec : name };

	if (!is_property_name(name))
		return err_in(b->err, at, "'%s' is not the name of a property of systemd", name);

	const char *wrong = in_usec ? unit_seconds_read(b->a, pair->value, &p)
				    : unit_text_read(b->a, pair->value, &p);

	if (wrong)
		return err_in(b->err, at, "'%s' %s", pair->value, wrong);
	*append(to) = p;
	return 0;
}

/* ---- the unit ------------------------------------------------------------------------------- */

int unit_build(struct build *b, const char *asked, struct plan_unit *out)
{
	struct words w = { "", "mcrun", b->options->id };
	const char *root = b->options->root;

	*out = (struct plan_unit){ .user = build_is_unprivileged(b) };
	if (asked && words_read(b, asked, &w) < 0)
		return -1;
	if (unit_name(b, &w, out) < 0)
		return -1;
	/* With the place of its state: another mcrun may have a container of that name. */
	out->description = root ? arena_printf(b->a, "mcrun container %s (%s/%s)", b->options->id,
					       root, b->options->id)
				: arena_printf(b->a, "mcrun container %s", b->options->id);
	return 0;
}

/* Annotations come last: of a property that is set twice systemd keeps what it is told last. */
int unit_properties(struct limits *l, struct plan_unit *unit)
{
	const struct oci_config *spec = l->b->spec;
	struct properties to = { .a = l->b->a };

	add_basic(&to, l->b->plan->cgroup.from, unit);
	unit_limits(&to, l->write, l->n);
	for (size_t i = 0; i < spec->n_annotations; i++)
		if (annotation_add(l->b, &to, &spec->annotations[i]) < 0)
			return -1;
	unit->property = to.list;
	unit->n_property = to.n;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the plan share: a spec from JSON text in which ' stands for ", and the
 * translators run on it one by one, or all of them. Facts and options are plain fields to set.
 *
 *	struct setup s;
 *
 *	setup_begin(&s, "{'ociVersion':'1.2.0','root':{'path':'rootfs'}}");
 *	CHECK(build_ns(&s.b) == 0);
 *	setup_end(&s);
 */
#ifndef TEST_PLAN_H
#define TEST_PLAN_H

#include <stdarg.h>
#include <stdio.h>

#include "plan/build.h"
#include "test.h"

struct setup {
	struct arena a;
	struct error err;
	struct facts facts;
	struct facts_cgroup cgroup;
	struct plan_options options;
	struct plan plan;
	struct oci_config *spec;
	struct build b;
};

/* A config with these members beside the required ones: ", 'hostname': 'x'". */
#define CONFIG(rest) "{'ociVersion':'1.2.0','root':{'path':'rootfs'}" rest "}"
#define LINUX(rest) CONFIG(",'linux':{" rest "}")
#define PROCESS(rest) CONFIG(",'process':{'cwd':'/','args':['sh']" rest "}")

/* Returns what oci_config_read returned; all is ready for build_* if it is not NULL. */
static inline struct oci_config *setup_begin(struct setup *s, const char *config)
{
	static const char *controllers[] = { "cpu", "cpuset", "io", "memory", "pids", NULL };

	memset(s, 0, sizeof(*s));

	char *text = arena_strdup(&s->a, config);

	for (char *c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	s->facts = (struct facts){ .has_uid = true, .has_gid = true, .has_caps = true };
	s->facts.caps = (1ull << 41) - 1;
	s->facts.cgroup = &s->cgroup;
	s->cgroup.mount = "/sys/fs/cgroup";
	s->cgroup.own = "/";
	s->cgroup.controllers = controllers;
	s->cgroup.n_controllers = COUNT(controllers) - 1;
	s->options.id = "c1";
	s->options.bundle = "/bundle";
	s->spec = oci_config_read(&s->a, text, strlen(text), &s->err);
	if (!s->spec)
		return NULL;
	s->b = (struct build){ &s->a, s->spec, arena_new(&s->a, struct oci_linux), &s->facts,
			       &s->options, &s->plan, &s->err };
	if (s->spec->linux_)
		s->b.linux_ = s->spec->linux_;
	return s->spec;
}

/* Everything, as plan_build does it. The plan is also what it returns. */
static inline struct plan *setup_plan(struct setup *s)
{
	struct plan_input in = { s->spec, &s->facts, &s->options };

	return s->spec ? plan_build(&s->a, &in, &s->err) : NULL;
}

/* "/mounts/0/type: missing; ...", or "" when there is no error. */
static inline const char *setup_error(struct setup *s)
{
	const char *between = *s->err.at && *s->err.msg ? ": " : "";

	return arena_printf(&s->a, "%s%s%s", s->err.at, between, s->err.msg);
}

static inline void setup_end(struct setup *s)
{
	arena_done(&s->a);
}

/* How many warnings there are, and whether the first one is this one. */
static inline void check_warning(const struct setup *s, const char *want)
{
	CHECK(s->plan.n_warning == (want ? 1 : 0));
	CHECK_STR(s->plan.n_warning ? s->plan.warning[0] : NULL, want);
}

#endif

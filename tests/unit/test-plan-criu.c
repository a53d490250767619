/* SPDX-License-Identifier: Apache-2.0 */
/* What CRIU is told to be the host's, and what it cannot do. */
#include "plan/criu.h"
#include "test-plan.h"

#define MOUNT_NS "'namespaces':[{'type':'mount'}"
#define WITH(rest) LINUX(MOUNT_NS "]" rest)
#define MOUNTS(list) CONFIG(",'mounts':[" list "],'linux':{" MOUNT_NS "]}")
#define JOINED(type) LINUX(MOUNT_NS ",{'type':'" type "','path':'/n'}]")

/* want: "TARGET<SOURCE ..." with ! behind a device, then the file of configuration; or the error. */
static const struct {
	const char *name, *config, *want;
} cases[] = {
	{ "nothing", WITH(""), "" },
	{ "a new mount is in the images",
	  MOUNTS("{'destination':'/t','type':'tmpfs','source':'tmpfs'}"), "" },
	{ "a bind mount is the host's",
	  MOUNTS("{'destination':'/d','source':'/src','options':['bind']}"), "/d</src " },
	{ "each of two, in their order",
	  MOUNTS("{'destination':'/b','source':'/1','options':['rbind']},"
		 "{'destination':'/a','source':'/2','options':['bind','ro']}"),
	  "/b</1 /a</2 " },
	{ "masked paths, where they are files", WITH(",'maskedPaths':['/proc/kcore']"),
	  "/proc/kcore</dev/null! " },
	{ "the annotation for CRIU",
	  CONFIG(",'annotations':{'org.criu.config':'/c.conf'},'linux':{" MOUNT_NS "]}"),
	  "config /c.conf" },
	{ "a joined network namespace", JOINED("network"), "" },
	{ "a joined pid namespace", JOINED("pid"), "" },
	{ "a joined ipc namespace", JOINED("ipc"), "" },
	{ "a joined uts namespace", JOINED("uts"), "" },
	{ "a joined user namespace", JOINED("user"),
	  "/linux/namespaces/1: a container that has joined this type of namespace cannot be "
	  "checkpointed or restored" },
	{ "a joined cgroup namespace", JOINED("cgroup"),
	  "/linux/namespaces/1: a container that has joined this type of namespace cannot be "
	  "checkpointed or restored" },
	{ "no mount namespace", LINUX(""),
	  "/linux/namespaces: a container without a mount namespace of its own cannot be "
	  "checkpointed or restored" },
};

static const char *run(struct setup *s)
{
	const struct plan_input in = { s->spec, &s->facts, &s->options };
	struct plan *plan = plan_criu_build(&s->a, &in, &s->err);
	const char *text = "";
	struct plan_criu host;

	if (!plan || plan_criu(&s->a, plan, &host, &s->err) < 0)
		return setup_error(s);
	for (size_t i = 0; i < host.n_external; i++)
		text = arena_printf(&s->a, "%s%s<%s%s ", text, host.external[i].target,
				    host.external[i].source, host.external[i].device ? "!" : "");
	return host.config ? arena_printf(&s->a, "%sconfig %s", text, host.config) : text;
}

int main(void)
{
	struct setup s;

	for (size_t i = 0; i < COUNT(cases); i++) {
		setup_begin(&s, cases[i].config);
		TEST(cases[i].name)
			CHECK_STR(run(&s), cases[i].want);
		setup_end(&s);
	}
	return test_done();
}

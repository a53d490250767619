/* SPDX-License-Identifier: Apache-2.0 */
/* Root, propagation, devices and links. Errors are in test-plan-bad.c. */

#include "base/mount.h"
#include "test-plan.h"

#define MNT "'namespaces':[{'type':'mount'}]"

static void run(struct setup *s, const char *config)
{
	setup_begin(s, config);
	CHECK(build_ns(&s->b) == 0 && build_mounts(&s->b) == 0 && build_root(&s->b) == 0);
}

static const struct {
	const char *name, *given;
	uint64_t host, own;
} propagations[] = {
	{ "without a word the host is followed and the root left alone", "", MS_SLAVE, 0 },
	{ "slave follows the host", "slave", MS_SLAVE, MS_SLAVE },
	{ "rslave, too, and all below", "rslave", MS_SLAVE, MS_SLAVE },
	{ "private does not follow", "private", MS_PRIVATE, MS_PRIVATE },
	{ "rprivate does not either", "rprivate", MS_PRIVATE, MS_PRIVATE },
	{ "shared keeps the host's groups, for volumes that are to reach it", "shared", MS_SHARED,
	  MS_SHARED },
	{ "rshared, too", "rshared", MS_SHARED, MS_SHARED },
	{ "unbindable comes last, or no mount could be bound", "unbindable", MS_PRIVATE,
	  MS_UNBINDABLE },
	{ "runbindable, too", "runbindable", MS_PRIVATE, MS_UNBINDABLE },
};

/* "null zero fuse": the names of the nodes below /dev, then of the links. */
static const char *names(struct setup *s)
{
	const struct plan_root *r = &s->plan.root;
	const char *text = "";

	for (size_t i = 0; i < r->n_dev; i++)
		text = arena_printf(&s->a, "%s%s ", text, r->dev[i].path + strlen("/dev/"));
	for (size_t i = 0; i < r->n_link; i++)
		text = arena_printf(&s->a, "%s>%s ", text, r->link[i].path + strlen("/dev/"));
	return text;
}

#define DEV(path, rest) "{'path':'" path "','type':'c','major':10,'minor':200" rest "}"
#define NODES "null zero full random urandom tty "
#define LINKS ">ptmx >fd >stdin >stdout >stderr >core "

static const struct {
	const char *name, *config, *want;
	bool bound;
} devices[] = {
	{ "the default nodes and links are there", LINUX(MNT), NODES LINKS, false },
	{ "listed nodes come before them", LINUX(MNT ",'devices':[" DEV("/dev/net/tun", "") "]"),
	  "net/tun " NODES LINKS, false },
	{ "a listed node takes a default one's place",
	  LINUX(MNT ",'devices':[" DEV("/dev/tty", "") "]"),
	  "tty null zero full random urandom " LINKS, false },
	{ "a listed node takes a link's place", LINUX(MNT ",'devices':[" DEV("/dev/core", "") "]"),
	  "core " NODES ">ptmx >fd >stdin >stdout >stderr ", false },
	{ "ptmx is always the container's own", LINUX(MNT ",'devices':[" DEV("/dev/ptmx", "") "]"),
	  NODES LINKS, false },
	{ "the same node twice is one", LINUX(MNT ",'devices':[" DEV("/dev/a", "") ","
					      DEV("/dev//a", "") "]"), "a " NODES LINKS, false },
	{ "the host's /dev is left as it is",
	  CONFIG(",'linux':{" MNT ",'devices':[" DEV("/dev/a", "") "]},'mounts':["
		 "{'destination':'/dev','source':'/dev','options':['rbind']}]"), "", false },
	{ "a tmpfs over the host's /dev is filled",
	  CONFIG(",'linux':{" MNT "},'mounts':["
		 "{'destination':'/dev','source':'/dev','options':['rbind']},"
		 "{'destination':'/dev','type':'tmpfs'}]"), NODES LINKS, false },
	{ "in a user namespace, nodes are bound",
	  LINUX("'namespaces':[{'type':'mount'},{'type':'user','path':'/u'}]"), NODES LINKS, true },
	{ "with a terminal, console is not made as a node",
	  CONFIG(",'process':{'cwd':'/','args':['sh'],'terminal':true},'linux':{" MNT
		 ",'devices':[" DEV("/dev/console", "") "]}"), NODES LINKS, false },
	{ "without a mount namespace nothing is made", LINUX(""), "", false },
};

static void check_fields(void)
{
	struct setup s;

	run(&s, LINUX(MNT ",'devices':["
		      "{'path':'/dev/a','type':'u','major':1,'minor':2,'fileMode':8630,'uid':3},"
		      "{'path':'/opt/p','type':'p'}]"));

	const struct plan_dev *u = &s.plan.root.dev[0], *p = &s.plan.root.dev[1];

	TEST("u is a character device, and type bits in fileMode are dropped")
		CHECK(u->type == 'c' && u->mode == 0666 && u->uid == 3 && u->gid == 0);
	TEST("a fifo has no numbers and may be anywhere") {
		CHECK(p->type == 'p' && p->major == 0 && p->mode == 0666);
		CHECK_STR(p->path, "/opt/p");
		CHECK_STR(p->from, "/linux/devices/1");
	}
	setup_end(&s);
}

static void check_root(void)
{
	struct setup s;

	run(&s, "{'ociVersion':'1.0.0','root':{'path':'a/../rootfs','readonly':true},"
		"'linux':{" MNT ",'maskedPaths':['/proc//keys'],'readonlyPaths':['/proc/sys/']}}");

	const struct plan_root *r = &s.plan.root;

	TEST("the root is below the bundle")
		CHECK_STR(r->path, "/bundle/rootfs");
	TEST("it is read-only where config.json says so")
		CHECK(r->readonly && r->enter == ENTER_PIVOT && r->mount_ns);
	TEST("hidden and read-only paths are clean") {
		CHECK(r->n_masked == 1 && r->n_readonly_path == 1);
		CHECK_STR(r->masked[0].path, "/proc/keys");
		CHECK_STR(r->readonly_path[0].path, "/proc/sys");
		CHECK_STR(r->readonly_path[0].from, "/linux/readonlyPaths/0");
	}
	setup_end(&s);
	TEST("who joins a mount namespace leaves its root and its propagation to the others there") {
		run(&s, LINUX("'namespaces':[{'type':'mount','path':'/n'}],"
			      "'rootfsPropagation':'private'"));
		CHECK(s.plan.root.mount_ns && s.plan.root.enter == ENTER_CHROOT);
		CHECK(s.plan.root.host_propagation == 0);
		CHECK(s.plan.root.propagation == MS_PRIVATE);
		setup_end(&s);
	}
}

int main(void)
{
	struct setup s;

	for (size_t i = 0; i < COUNT(propagations); i++) {
		char config[300];

		snprintf(config, sizeof(config), LINUX(MNT ",'rootfsPropagation':'%s'"),
			 propagations[i].given);
		TEST(propagations[i].name) {
			run(&s, config);
			CHECK(s.plan.root.host_propagation == propagations[i].host);
			CHECK(s.plan.root.propagation == propagations[i].own);
			setup_end(&s);
		}
	}
	for (size_t i = 0; i < COUNT(devices); i++) {
		TEST(devices[i].name) {
			run(&s, devices[i].config);
			CHECK_STR(names(&s), devices[i].want);
			CHECK(s.plan.root.bind_devices == devices[i].bound);
			setup_end(&s);
		}
	}
	check_fields();
	check_root();
	TEST("the same numbers at two places are a warning") {
		run(&s, LINUX(MNT ",'devices':[" DEV("/dev/a", "") "," DEV("/dev/b", "") "]"));
		check_warning(&s, "/linux/devices/1: c 10:200 is listed twice, first at "
				  "/linux/devices/0");
		setup_end(&s);
	}
	TEST("fifos have no numbers") {
		run(&s, LINUX(MNT ",'devices':[{'path':'/a','type':'p'},{'path':'/b','type':'p'}]"));
		check_warning(&s, NULL);
		setup_end(&s);
	}
	TEST("nodes are bound where mcrun itself is in a user namespace") {
		setup_begin(&s, LINUX(MNT));
		s.facts.in_userns = s.facts.has_in_userns = true;
		CHECK(build_ns(&s.b) == 0 && build_root(&s.b) == 0);
		CHECK(s.plan.root.bind_devices);
		setup_end(&s);
	}
	return test_done();
}

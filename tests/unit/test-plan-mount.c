/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts: verbs and options, shown in the words of explain. Errors are in test-plan-bad.c. */

#include "base/mount.h"
#include "plan/mount.h"
#include "test-plan.h"

/* What the options of a new ext4 or of a bind come to, as flags, then the file system's own. */
static const struct {
	const char *name, *options, *want;
} options[] = {
	{ "no options: no flags", "", "" },
	{ "defaults changes nothing", "'ro','defaults'", "ro | ro" },
	{ "flags become attributes", "'nosuid','noexec','nodev'", "nosuid nodev noexec" },
	{ "the later one wins", "'nosuid','suid','exec','noexec'", "suid noexec" },
	{ "a read-only disk is read-only to its file system, too", "'ro'", "ro | ro" },
	{ "rw after ro is rw", "'ro','rw'", "rw" },
	{ "noatime takes the whole field", "'noatime'", "noatime" },
	{ "strictatime after noatime wins", "'noatime','strictatime'", "strictatime" },
	{ "relatime after strictatime wins", "'strictatime','relatime'", "relatime" },
	{ "atime takes noatime back", "'noatime','atime'", "relatime" },
	{ "atime leaves strictatime", "'strictatime','atime'", "strictatime" },
	{ "nostrictatime takes strictatime back", "'strictatime','nostrictatime'", "relatime" },
	{ "nostrictatime leaves noatime", "'noatime','nostrictatime'", "noatime" },
	{ "norelatime leaves what is set", "'noatime','norelatime'", "noatime" },
	{ "nodiratime is not part of the field", "'nodiratime','noatime'", "nodiratime noatime" },
	{ "diratime takes nodiratime back", "'nodiratime','diratime'", "diratime" },
	{ "symlinks can be refused", "'nosymfollow'", "nosymfollow" },
	{ "recursive ones are apart", "'ro','rrw','rnosuid','rnodev'",
	  "ro rrw rnosuid rnodev | ro" },
	{ "recursive access times work alike", "'rnoatime','ratime','rnodiratime'",
	  "rnodiratime rrelatime" },
	{ "the last propagation counts", "'rshared','private','rslave'", "rslave" },
	{ "super block flags go to the file system", "'sync','dirsync','lazytime'",
	  " | sync dirsync lazytime" },
	{ "and can be taken back", "'sync','async','mand','nomand','lazytime','nolazytime'", "" },
	{ "four names change nothing", "'iversion','noiversion','loud','silent'", "" },
	{ "unknown ones are the file system's, in order", "'size=64k','mode=755','huge'",
	  " | size=64k mode=755 huge" },
	{ "an empty option is none", "''", "" },
};

#define MOUNTS(list) \
	CONFIG(",'linux':{'namespaces':[{'type':'mount'}]},'mounts':[" list "]")

#define TMPFS(options) "{'destination':'/x','type':'tmpfs','options':[" options "]}"
#define DISK "{'destination':'/x','type':'ext4','source':'/dev/sda'}"
#define REMOUNT(options) "{'destination':'/x/.','options':['remount'," options "]}"

static const struct {
	const char *name, *mount, *want, *warning;
} verbs[] = {
	{ "a type makes a new file system", "{'destination':'/x','type':'tmpfs','source':'tmpfs'}",
	  "new tmpfs tmpfs /x", NULL },
	{ "without a source, it is named after its type", "{'destination':'/x','type':'proc'}",
	  "new proc proc /x nofollow", NULL },
	{ "rbind binds with all below", "{'destination':'/x','source':'/s','options':['rbind']}",
	  "bind /s  /x recursive", NULL },
	{ "bind makes the type a dummy",
	  "{'destination':'/x','type':'ext4','source':'/s','options':['bind']}", "bind /s  /x",
	  NULL },
	{ "type bind needs no option", "{'destination':'/x','type':'bind','source':'/s'}",
	  "bind /s  /x", NULL },
	{ "a source is relative to the bundle",
	  "{'destination':'/x','source':'data/../d','options':['bind']}", "bind /bundle/d  /x",
	  NULL },
	{ "a destination is clean", "{'destination':'/a//b/../c/.','type':'tmpfs'}",
	  "new tmpfs tmpfs /a/c", NULL },
	{ "a relative destination is below /", "{'destination':'x/y','type':'tmpfs'}",
	  "new tmpfs tmpfs /x/y",
	  "/mounts/0/destination: 'x/y' is relative, which is deprecated; taken from /" },
	{ "cgroup is the v2 tree", "{'destination':'/c','type':'cgroup','source':'cgroup'}",
	  "cgroup   /c", NULL },
	{ "cgroup2, too", "{'destination':'/c','type':'cgroup2'}", "cgroup   /c", NULL },
	{ "remount wins over bind", "{'destination':'/x','options':['remount','bind','ro']}",
	  "remount   /x", NULL },
	{ "propagation alone is a verb", "{'destination':'/','options':['rslave']}",
	  "propagate   /", NULL },
	{ "type none is no type", "{'destination':'/x','type':'none','options':['private']}",
	  "propagate   /x", NULL },
	{ "sysfs does not follow a symlink", "{'destination':'/sys','type':'sysfs'}",
	  "new sysfs sysfs /sys nofollow", NULL },
	{ "a tmpfs can start with what was there",
	  "{'destination':'/x','type':'tmpfs','options':['tmpcopyup']}",
	  "new tmpfs tmpfs /x copyup", NULL },
	{ "options of a file system do nothing for a bind",
	  "{'destination':'/x','source':'/s','options':['bind','size=1k']}", "bind /s  /x",
	  "/mounts/0/options/1: 'size=1k' belongs to a file system that is not made here; "
	  "ignored" },
	{ "and so do its flags",
	  "{'destination':'/x','source':'/s','options':['bind','async','lazytime']}", "bind /s  /x",
	  "/mounts/0/options/2: 'lazytime' belongs to a file system that is not made here; "
	  "ignored" },
};

/* What every entry of a list comes to: its flags, "late" for ro_late, then the options. */
static const struct {
	const char *name, *mounts, *want;
} lists[] = {
	{ "a tmpfs is made read-only late", TMPFS("'ro'"), "ro late;" },
	{ "rro of a tmpfs is ro: nothing is below it yet", TMPFS("'rro'"), "ro late;" },
	{ "rrw after it counts", TMPFS("'ro','rrw'"), "rrw;" },
	{ "a remount that says rw takes over", TMPFS("'ro'") "," REMOUNT("'rw'"), ";rw;" },
	{ "a remount that says ro takes over", TMPFS("'ro'") "," REMOUNT("'ro'"), ";ro late;" },
	{ "a remount may close it at last", TMPFS("'rw'") "," REMOUNT("'ro'"), "rw;ro late;" },
	{ "the last of several remounts counts",
	  TMPFS("'ro'") "," REMOUNT("'rw'") "," REMOUNT("'bind','ro'"), ";rw;ro late;" },
	{ "a remount that says neither leaves it", TMPFS("'ro'") "," REMOUNT("'noexec'"),
	  "ro late;noexec;" },
	{ "what covers the tmpfs is remounted, not the tmpfs",
	  TMPFS("'ro'") ",{'destination':'/x','source':'/s','options':['bind']}," REMOUNT("'rw'"),
	  "ro late;;rw;" },
	{ "a remount says also what is taken back",
	  TMPFS("") "," REMOUNT("'async','nolazytime','nomand','size=1k'"),
	  ";|size=1k|async|nomand|nolazytime;" },
	{ "with bind, a remount is about the mount alone",
	  DISK "," REMOUNT("'bind','ro'"), ";ro;" },
	{ "a disk is remounted with its mount", DISK "," REMOUNT("'ro'"), ";ro|ro;" },
	{ "and back", DISK "," REMOUNT("'rw'"), ";rw|rw;" },
	{ "of a bind, only the mount changes",
	  "{'destination':'/x','source':'/s','options':['bind']}," REMOUNT("'ro'"), ";ro;" },
};

static const char *verb_text(struct setup *s)
{
	static const char *const names[] = { "new", "bind", "cgroup", "remount", "propagate" };
	const struct plan_mount *m = s->plan.mount;

	return arena_printf(&s->a, "%s %s %s %s%s%s%s", names[m->verb], m->source, m->type,
			    m->target, m->recursive ? " recursive" : "",
			    m->copy_up ? " copyup" : "", m->target_nofollow ? " nofollow" : "");
}

static void check_option(size_t i)
{
	char config[512];
	struct setup s;

	snprintf(config, sizeof(config),
		 MOUNTS("{'destination':'/x','type':'ext4','source':'/dev/sda','options':[%s]}"),
		 options[i].options);
	setup_begin(&s, config);
	TEST(options[i].name) {
		CHECK(build_ns(&s.b) == 0 && build_mounts(&s.b) == 0);

		const struct plan_mount *m = s.plan.mount;
		const char *text = plan_mount_flag_names(&s.a, &m->attr);

		for (size_t k = 0; k < m->n_option; k++)
			text = arena_printf(&s.a, "%s%s%s", text, k ? " " : " | ", m->option[k]);
		CHECK_STR(text, options[i].want);
		check_warning(&s, NULL);
	}
	setup_end(&s);
}

static void check_verb(size_t i)
{
	char config[512];
	struct setup s;

	snprintf(config, sizeof(config), MOUNTS("%s"), verbs[i].mount);
	setup_begin(&s, config);
	TEST(verbs[i].name) {
		CHECK(build_ns(&s.b) == 0 && build_mounts(&s.b) == 0);
		CHECK(s.plan.n_mount == 1);
		CHECK_STR(verb_text(&s), verbs[i].want);
		check_warning(&s, verbs[i].warning);
	}
	setup_end(&s);
}

static void check_list(size_t i)
{
	char config[1024];
	struct setup s;

	snprintf(config, sizeof(config), MOUNTS("%s"), lists[i].mounts);
	setup_begin(&s, config);
	TEST(lists[i].name) {
		const char *text = "";

		CHECK(build_ns(&s.b) == 0 && build_mounts(&s.b) == 0);
		for (size_t n = 0; n < s.plan.n_mount; n++) {
			const struct plan_mount *m = &s.plan.mount[n];

			text = arena_printf(&s.a, "%s%s%s", text,
					    plan_mount_flag_names(&s.a, &m->attr),
					    m->ro_late ? " late" : "");
			for (size_t k = 0; k < m->n_option; k++)
				text = arena_printf(&s.a, "%s|%s", text, m->option[k]);
			text = arena_printf(&s.a, "%s;", text);
		}
		CHECK_STR(text, lists[i].want);
	}
	setup_end(&s);
}

static void check_idmap(const char *namespaces, const char *mount, bool container, const char *uid)
{
	char config[512];
	struct setup s;

	snprintf(config, sizeof(config), CONFIG(",'linux':{'namespaces':[{'type':'mount'}%s]},"
		 "'mounts':[{'destination':'/x','source':'/s',%s}]"), namespaces, mount);
	setup_begin(&s, config);
	CHECK(build_ns(&s.b) == 0 && build_mounts(&s.b) == 0);

	const struct plan_mount *m = s.plan.mount;

	CHECK(m->container_idmap == container);
	CHECK(!m->idmap == !uid);
	if (m->idmap)
		CHECK_STR(m->idmap->uid, uid);
	setup_end(&s);
}

#define MAPS "'uidMappings':[{'containerID':0,'hostID':9,'size':2}]," \
	     "'gidMappings':[{'containerID':0,'hostID':9,'size':2}]"

int main(void)
{
	for (size_t i = 0; i < COUNT(options); i++)
		check_option(i);
	for (size_t i = 0; i < COUNT(verbs); i++)
		check_verb(i);
	for (size_t i = 0; i < COUNT(lists); i++)
		check_list(i);
	TEST("idmap without mappings takes the container's user namespace")
		check_idmap(",{'type':'user'}", "'options':['bind','idmap']", true, NULL);
	TEST("without a network namespace, a user namespace gets the host's /sys") {
		struct setup s;

		setup_begin(&s, CONFIG(",'linux':{'namespaces':[{'type':'mount'},{'type':'user'}]},"
				       "'mounts':[{'destination':'/sys','type':'sysfs',"
				       "'options':['ro','noatime']}]"));
		CHECK(build_ns(&s.b) == 0 && build_mounts(&s.b) == 0);
		CHECK_STR(verb_text(&s), "bind /sys  /sys recursive nofollow");
		CHECK_STR(plan_mount_flag_names(&s.a, &s.plan.mount->attr), "ro noatime rro");
		check_warning(&s, "/mounts/0: a user namespace without a network namespace has no "
				  "sysfs of its own; the host's /sys is bound, read-only");
		setup_end(&s);
	}
	TEST("idmap with mappings takes those")
		check_idmap("", "'options':['bind','ridmap']," MAPS, false, "0 9 2\n");
	TEST("mappings without the option are meant all the same")
		check_idmap("", "'options':['bind']," MAPS, false, "0 9 2\n");
	TEST("a field of attributes is cleared as a whole before it is set") {
		struct setup s;

		setup_begin(&s, MOUNTS("{'destination':'/x','type':'tmpfs',"
				       "'options':['noatime']}"));
		CHECK(build_ns(&s.b) == 0 && build_mounts(&s.b) == 0);
		CHECK(s.plan.mount->attr.set == MOUNT_ATTR_NOATIME);
		CHECK(s.plan.mount->attr.clear == MOUNT_ATTR__ATIME);
		setup_end(&s);
	}
	TEST("a read-only tmpfs is filled before it is closed") {
		struct setup s;

		setup_begin(&s, MOUNTS("{'destination':'/dev','type':'tmpfs','options':['ro']}"));
		CHECK(build_ns(&s.b) == 0 && build_mounts(&s.b) == 0);
		CHECK(s.plan.mount->attr.set == MOUNT_ATTR_RDONLY && s.plan.mount->ro_late);
		setup_end(&s);
	}
	TEST("features can list the names") {
		struct arena a = { 0 };
		size_t n;
		const char *const *names = plan_mount_option_names(&a, &n);

		CHECK(n > 60);
		CHECK(names[n] == NULL);
		CHECK_STR(names[1], "ro");
		arena_done(&a);
	}
	return test_done();
}

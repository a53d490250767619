/* SPDX-License-Identifier: Apache-2.0 */
/* Names and sysctls: which file a name is, and whose it is. */
#include "test-plan.h"

#define NET "{'type':'network'}"
#define IPC "{'type':'ipc'}"
#define UTS "{'type':'uts'}"
#define USER "{'type':'user','path':'/u'}"
#define HOST " is the same for all containers; setting it would change the host"
#define NEEDS(type) \
	" needs a namespace of type '" type "' in /linux/namespaces; without it, the host would " \
	"be changed"

/* want: the file, or with a space before it the error. */
static const struct {
	const char *name, *namespaces, *key, *want;
} sysctls[] = {
	{ "dots separate", NET, "net.ipv4.ip_forward", "net/ipv4/ip_forward" },
	{ "slashes separate", NET, "net/ipv4/ip_forward", "net/ipv4/ip_forward" },
	{ "a dot in a name, with slashes", NET, "net/ipv4/conf/eth0.100/forwarding",
	  "net/ipv4/conf/eth0.100/forwarding" },
	{ "a dot in a name, with dots", NET, "net.ipv4.conf.eth0/100.forwarding",
	  "net/ipv4/conf/eth0.100/forwarding" },
	{ "net needs a network namespace", IPC, "net.core.somaxconn", NEEDS("network") },
	{ "kernel.msgmax is of ipc", IPC, "kernel.msgmax", "kernel/msgmax" },
	{ "kernel.msgmnb is of ipc", IPC, "kernel.msgmnb", "kernel/msgmnb" },
	{ "kernel.msgmni is of ipc", IPC, "kernel.msgmni", "kernel/msgmni" },
	{ "kernel.sem is of ipc", IPC, "kernel.sem", "kernel/sem" },
	{ "kernel.shmall is of ipc", IPC, "kernel.shmall", "kernel/shmall" },
	{ "kernel.shmmax is of ipc", IPC, "kernel.shmmax", "kernel/shmmax" },
	{ "kernel.shmmni is of ipc", IPC, "kernel.shmmni", "kernel/shmmni" },
	{ "kernel.shm_rmid_forced is of ipc", IPC, "kernel.shm_rmid_forced",
	  "kernel/shm_rmid_forced" },
	{ "message queues are of ipc", IPC, "fs.mqueue.msg_max", "fs/mqueue/msg_max" },
	{ "and need it", NET, "fs.mqueue.msg_max", NEEDS("ipc") },
	{ "a longer name is another sysctl", IPC, "kernel.sem_next_id", HOST },
	{ "a folder is no sysctl", IPC, "fs.mqueue", HOST },
	{ "the domain name is of uts", UTS, "kernel.domainname", "kernel/domainname" },
	{ "the host name is of uts", UTS, "kernel.hostname", "kernel/hostname" },
	{ "and needs it", IPC, "kernel.hostname", NEEDS("uts") },
	{ "user limits are of user", USER, "user.max_pid_namespaces", "user/max_pid_namespaces" },
	{ "and need it", NET, "user.max_pid_namespaces", NEEDS("user") },
	{ "the rest is the host's", NET "," IPC "," UTS, "vm.swappiness", HOST },
	{ "kernel.pid_max is the host's", NET "," IPC "," UTS, "kernel.pid_max", HOST },
	{ "nobody climbs out", NET, "net/../kernel/core_pattern", " is no name of a sysctl" },
	{ "not with dots either", NET, "net.//.kernel", " is no name of a sysctl" },
	{ "parts are not empty", NET, "net..ipv4", " is no name of a sysctl" },
	{ "the first part is not empty", NET, "/net/ipv4/ip_forward", " is no name of a sysctl" },
	{ "the last part is not empty", NET, "net.ipv4.", " is no name of a sysctl" },
	{ "control characters are in no name", NET, "net.a\\nb", " is no name of a sysctl" },
	{ "the empty name is none", NET, "", " is no name of a sysctl" },
};

static int run(struct setup *s, const char *namespaces, const char *rest)
{
	char config[512];

	snprintf(config, sizeof(config), LINUX("'namespaces':[%s]%s"), namespaces, rest);
	setup_begin(s, config);
	CHECK(build_ns(&s->b) == 0);
	return build_uts(&s->b);
}

static void check_sysctl(size_t i)
{
	struct setup s;
	char rest[256];

	snprintf(rest, sizeof(rest), ",'sysctl':{'%s':'1'}", sysctls[i].key);
	TEST(sysctls[i].name) {
		int r = run(&s, sysctls[i].namespaces, rest);
		const struct plan_sysctl *one = s.plan.uts.sysctl;

		CHECK_STR(r == 0 ? one->file : arena_printf(&s.a, " %s", s.err.msg),
			  sysctls[i].want);
		CHECK(s.plan.uts.n_sysctl == (r == 0));
		setup_end(&s);
	}
}

int main(void)
{
	struct setup s;

	for (size_t i = 0; i < COUNT(sysctls); i++)
		check_sysctl(i);
	TEST("a pointer to a name with slashes is escaped") {
		CHECK(run(&s, NET, ",'sysctl':{'vm/a~b':'1'}") < 0);
		CHECK_STR(s.err.at, "/linux/sysctl/vm~1a~0b");
		setup_end(&s);
	}
	TEST("a joined network may not be the host's") {
		setup_begin(&s, LINUX("'namespaces':[{'type':'network','path':'/n'}],"
				      "'sysctl':{'net.core.somaxconn':'1'}"));
		s.facts.has_net_is_host = s.facts.net_is_host = true;
		CHECK(build_ns(&s.b) == 0 && build_uts(&s.b) < 0);
		CHECK_STR(
			setup_error(&s),
			"/linux/sysctl/net.core.somaxconn: the network "
			"namespace that is joined is the host's; setting it would change the host");
		setup_end(&s);
	}
	TEST("both names are planned, also in a joined namespace") {
		setup_begin(&s, CONFIG(",'hostname':'h','domainname':'d',"
				       "'linux':{'namespaces':[{'type':'uts','path':'/u'}]}"));
		CHECK(build_ns(&s.b) == 0 && build_uts(&s.b) == 0);
		CHECK_STR(s.plan.uts.hostname, "h");
		CHECK_STR(s.plan.uts.domainname, "d");
		setup_end(&s);
	}
	TEST("an empty name is left") {
		setup_begin(&s, CONFIG(",'hostname':''"));
		CHECK(build_ns(&s.b) == 0 && build_uts(&s.b) == 0);
		CHECK(s.plan.uts.hostname == NULL);
		setup_end(&s);
	}
	return test_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The corpus of bad configs: what each says, to the letter. A change of a message shows here.
 * What is wrong as JSON (types, missing members, ranges) is tested with libocispec; rules of
 * cgroups, devices, attributes and seccomp in the tests of their own.
 */
#include "test-plan.h"

#define MNT "{'type':'mount'}"
#define NS(list) LINUX("'namespaces':[" list "]")
#define IN_MNT(rest) LINUX("'namespaces':[" MNT "]" rest)
#define MOUNT(m) CONFIG(",'linux':{'namespaces':[" MNT "]},'mounts':[{" m "}]")
#define MAP(c, h, n) "{'containerID':" #c ",'hostID':" #h ",'size':" #n "}"
#define ONE_MAP "[" MAP(0, 0, 1) "]"
#define USERNS(uid, gid) \
	LINUX("'namespaces':[{'type':'user'}],'uidMappings':" uid ",'gidMappings':" gid)
#define NET LINUX("'namespaces':[{'type':'network'}],"

static const struct {
	const char *config, *want;
} cases[] = {
	/* the document */
	{ "{'ociVersion':'0.2.0','root':{'path':'r'}}",
	  "/ociVersion: version 0.2.0 is not supported; mcrun knows 1.x" },
	{ "{'ociVersion':'one','root':{'path':'r'}}",
	  "/ociVersion: 'one' is no version; expected one like '1.2.0'" },
	{ "{'ociVersion':'1.2.0'}", "/root: missing; it says where the root file system is" },
	{ CONFIG(",'annotations':{'':'x'}"), "/annotations: a key must not be empty" },

	/* security modules that are off */
	{ PROCESS(",'apparmorProfile':'docker-default'"),
	  "/process/apparmorProfile: 'docker-default' cannot be had: AppArmor is not on here" },
	{ PROCESS(",'selinuxLabel':'system_u:system_r:x_t:s0'"),
	  "/process/selinuxLabel: 'system_u:system_r:x_t:s0' cannot be had: SELinux is not on "
	  "here" },
	{ LINUX("'mountLabel':'system_u:object_r:x_t:s0'"),
	  "/linux/mountLabel: 'system_u:object_r:x_t:s0' cannot be had: SELinux is not on here" },

	{ LINUX("'seccomp':{'defaultAction':'SCMP_ACT_ALLOW','listenerMetadata':'x'}"),
	  "/linux/seccomp/listenerMetadata: is of no use without listenerPath" },

	/* namespaces */
	{ NS("{'type':'network'},{'type':'net'}"),
	  "/linux/namespaces/1/type: unknown namespace type 'net'" },
	{ NS("{'type':'pid'},{'type':'ipc'},{'type':'pid','path':'/p'}"),
	  "/linux/namespaces/2: namespace type 'pid' is listed twice, first at "
	  "/linux/namespaces/0" },
	{ NS("{'type':'pid','path':'proc/1/ns/pid'}"),
	  "/linux/namespaces/0/path: 'proc/1/ns/pid' is relative; the path of a namespace must be "
	  "absolute" },
	{ LINUX("'timeOffsets':{'monotonic':{'secs':1}}"),
	  "/linux/timeOffsets/monotonic: needs a new time namespace in /linux/namespaces" },
	{ LINUX("'namespaces':[{'type':'time','path':'/t'}],'timeOffsets':{'boottime':{'secs':1}}"),
	  "/linux/timeOffsets/boottime: needs a new time namespace in /linux/namespaces" },
	{ LINUX("'namespaces':[{'type':'time'}],'timeOffsets':{'realtime':{'secs':1}}"),
	  "/linux/timeOffsets/realtime: unknown clock; there are monotonic and boottime" },

	/* ids */
	{ NS("{'type':'user'}"),
	  "/linux/uidMappings: a new user namespace needs at least one mapping" },
	{ LINUX("'namespaces':[{'type':'user'}],'uidMappings':" ONE_MAP),
	  "/linux/gidMappings: a new user namespace needs at least one mapping" },
	{ LINUX("'uidMappings':" ONE_MAP),
	  "/linux/uidMappings: needs a namespace of type 'user' in /linux/namespaces" },
	{ LINUX("'gidMappings':" ONE_MAP),
	  "/linux/gidMappings: needs a namespace of type 'user' in /linux/namespaces" },
	{ USERNS("[" MAP(0, 0, 0) "]", ONE_MAP), "/linux/uidMappings/0/size: must not be 0" },
	{ USERNS("[" MAP(0, 0, 10) "," MAP(9, 100, 5) "]", ONE_MAP),
	  "/linux/uidMappings/1: overlaps with mapping 0 in the container" },
	{ USERNS(ONE_MAP, "[" MAP(0, 50, 10) "," MAP(10, 45, 6) "]"),
	  "/linux/gidMappings/1: overlaps with mapping 0 on the host" },
	{ USERNS("[" MAP(1, 0, 4294967295) "]", ONE_MAP),
	  "/linux/uidMappings/0: 4294967295 ids from 1 (host: 0) go past the last id, 4294967294" },

	/* mounts */
	{ CONFIG(",'mounts':[{'destination':'/proc','type':'proc'}]"),
	  "/mounts: needs a namespace of type 'mount' in /linux/namespaces; without it, the host "
	  "would get these mounts" },
	{ CONFIG(",'linux':{'namespaces':[" MNT ",{'type':'user','path':'/u'}]},"
		 "'mounts':[{'destination':'/proc','type':'proc'}]"),
	  "/mounts/0: a new proc in a user namespace needs a namespace of type 'pid' in "
	  "/linux/namespaces" },
	{ CONFIG(",'linux':{'namespaces':[" MNT ",{'type':'user','path':'/u'}]},"
		 "'mounts':[{'destination':'/dev/mqueue','type':'mqueue'}]"),
	  "/mounts/0: a new mqueue in a user namespace needs a namespace of type 'ipc' in "
	  "/linux/namespaces" },
	{ MOUNT("'destination':'/x'"), "/mounts/0/type: missing; a mount without the option bind "
	  "or rbind needs a file system type" },
	{ MOUNT("'destination':'/x','type':'none','options':['ro']"),
	  "/mounts/0/type: missing; a mount without the option bind or rbind needs a file system "
	  "type" },
	{ MOUNT("'destination':'/x','options':['bind']"),
	  "/mounts/0/source: missing; a bind mount needs a file or folder of the host" },
	{ MOUNT("'destination':'/x','source':'','options':['rbind']"),
	  "/mounts/0/source: missing; a bind mount needs a file or folder of the host" },
	{ MOUNT("'destination':'/x','source':'/y','options':['ro','bind','idmap']"),
	  "/mounts/0/options/2: 'idmap' needs uidMappings and gidMappings here, or a user "
	  "namespace" },
	{ MOUNT("'destination':'/x','source':'/y','options':['ridmap','rbind']"),
	  "/mounts/0/options/0: 'ridmap' needs uidMappings and gidMappings here, or a user "
	  "namespace" },
	{ MOUNT("'destination':'/x','source':'/y','options':['bind'],'uidMappings':" ONE_MAP),
	  "/mounts/0/gidMappings: missing; uidMappings and gidMappings come together" },
	{ MOUNT("'destination':'/x','source':'/y','options':['bind'],'gidMappings':" ONE_MAP),
	  "/mounts/0/uidMappings: missing; uidMappings and gidMappings come together" },
	{ MOUNT("'destination':'/x','source':'/y','options':['bind'],'uidMappings':["
		MAP(0, 0, 0) "],'gidMappings':" ONE_MAP),
	  "/mounts/0/uidMappings/0/size: must not be 0" },
	{ MOUNT("'destination':'/x','type':'cgroup','options':['idmap']"),
	  "/mounts/0/options/0: only a bind mount or a new file system can have its ids mapped" },
	{ MOUNT("'destination':'/x','type':'proc','options':['ro','tmpcopyup']"),
	  "/mounts/0/options/1: 'tmpcopyup' is for a new tmpfs only" },

	/* root */
	{ "{'ociVersion':'1.0.0','root':{'path':'r','readonly':true}}",
	  "/root/readonly: needs a namespace of type 'mount' in /linux/namespaces" },
	{ LINUX("'maskedPaths':['/proc/kcore']"),
	  "/linux/maskedPaths: needs a namespace of type 'mount' in /linux/namespaces" },
	{ LINUX("'readonlyPaths':['/proc/sys']"),
	  "/linux/readonlyPaths: needs a namespace of type 'mount' in /linux/namespaces" },
	{ LINUX("'rootfsPropagation':'slave'"),
	  "/linux/rootfsPropagation: needs a namespace of type 'mount' in /linux/namespaces" },
	{ LINUX("'devices':[{'path':'/dev/x','type':'p'}]"),
	  "/linux/devices: needs a namespace of type 'mount' in /linux/namespaces" },
	{ IN_MNT(",'rootfsPropagation':'sharde'"),
	  "/linux/rootfsPropagation: unknown propagation 'sharde'; there are shared, slave, "
	  "private and unbindable, each with or without an 'r' before" },
	{ IN_MNT(",'maskedPaths':['/proc/kcore','proc/keys']"),
	  "/linux/maskedPaths/1: 'proc/keys' is relative; it must be absolute" },
	{ IN_MNT(",'readonlyPaths':['']"),
	  "/linux/readonlyPaths/0: '' is relative; it must be absolute" },
	{ IN_MNT(",'devices':[{'path':'/dev/x','type':'char','major':1,'minor':1}]"),
	  "/linux/devices/0/type: unknown device type 'char'; there are c, u, b and p" },
	{ IN_MNT(",'devices':[{'path':'/dev/x','type':'c','minor':1}]"),
	  "/linux/devices/0/major: missing; a device of type 'c' has major and minor" },
	{ IN_MNT(",'devices':[{'path':'/dev/x','type':'b','major':1}]"),
	  "/linux/devices/0/minor: missing; a device of type 'b' has major and minor" },
	{ IN_MNT(",'devices':[{'path':'dev/x','type':'p'}]"),
	  "/linux/devices/0/path: 'dev/x' is relative; it must be absolute" },
	{ IN_MNT(",'devices':[{'path':'/dev/..','type':'p'}]"),
	  "/linux/devices/0/path: '/dev/..' is the root itself, no place for a device" },
	{ IN_MNT(",'devices':[{'path':'/dev/x','type':'p'},"
		 "{'path':'/dev/x','type':'c','major':1,'minor':3}]"),
	  "/linux/devices/1/path: '/dev/x' is also /linux/devices/0, which is another device" },

	/* names and sysctls */
	{ CONFIG(",'hostname':'h'"), "/hostname: needs a namespace of type 'uts' in "
	  "/linux/namespaces; without it, the host would be renamed" },
	{ CONFIG(",'domainname':'d'"), "/domainname: needs a namespace of type 'uts' in "
	  "/linux/namespaces; without it, the host would be renamed" },
	{ CONFIG(",'hostname':'0123456789012345678901234567890123456789012345678901234567890123x',"
		 "'linux':{'namespaces':[{'type':'uts'}]}"),
	  "/hostname: is 65 bytes long; the kernel takes at most 64" },
	{ NET "'sysctl':{'kernel.panic':'1'}"),
	  "/linux/sysctl/kernel.panic: is the same for all containers; setting it would change the "
	  "host" },
	{ LINUX("'sysctl':{'net.ipv4.ip_forward':'1'}"),
	  "/linux/sysctl/net.ipv4.ip_forward: needs a namespace of type 'network' in "
	  "/linux/namespaces; without it, the host would be changed" },
	{ NET "'sysctl':{'net/../vm/swappiness':'1'}"),
	  "/linux/sysctl/net~1..~1vm~1swappiness: is no name of a sysctl" },
	{ CONFIG(",'hostname':'h','linux':{'namespaces':[{'type':'uts'}],"
		 "'sysctl':{'kernel.hostname':'x'}}"),
	  "/linux/sysctl/kernel.hostname: contradicts /hostname; give one of them" },
	{ CONFIG(",'domainname':'h','linux':{'namespaces':[{'type':'uts'}],"
		 "'sysctl':{'kernel.domainname':'x'}}"),
	  "/linux/sysctl/kernel.domainname: contradicts /domainname; give one of them" },

	/* hooks */
	{ CONFIG(",'hooks':{'prestart':[{'path':'/a'},{'path':'bin/hook'}]}"),
	  "/hooks/prestart/1/path: 'bin/hook' is relative; the path of a hook must be absolute" },
	{ CONFIG(",'hooks':{'poststop':[{'path':'/a','timeout':0}]}"),
	  "/hooks/poststop/0/timeout: expected an integer from 1 to 2147483647, got 0" },

	/* process */
	{ CONFIG(",'process':{'cwd':'/'}"),
	  "/process/args: at least one entry is needed: the program" },
	{ CONFIG(",'process':{'cwd':'/','args':[]}"),
	  "/process/args: at least one entry is needed: the program" },
	{ CONFIG(",'process':{'cwd':'/','args':['','x']}"),
	  "/process/args/0: the program's name is empty" },
	{ CONFIG(",'process':{'cwd':'home','args':['sh']}"),
	  "/process/cwd: 'home' is relative; it must be absolute" },
	{ PROCESS(",'terminal':true"), "/process/terminal: is true, but there is nobody to take "
	  "the terminal; give --console-socket" },
	{ PROCESS(",'rlimits':[{'type':'NOFILE','soft':1,'hard':1}]"),
	  "/process/rlimits/0/type: unknown limit 'NOFILE'; there are RLIMIT_NOFILE and others, "
	  "see getrlimit(2)" },
	{ PROCESS(",'rlimits':[{'type':'RLIMIT_CORE','soft':1,'hard':1},"
		  "{'type':'RLIMIT_CORE','soft':0,'hard':0}]"),
	  "/process/rlimits/1/type: 'RLIMIT_CORE' is listed twice, first at /process/rlimits/0" },
	{ PROCESS(",'rlimits':[{'type':'RLIMIT_CORE','soft':2,'hard':1}]"),
	  "/process/rlimits/0/soft: 2 is more than the hard limit, 1" },
	{ PROCESS(",'oomScoreAdj':1001"),
	  "/process/oomScoreAdj: expected an integer from -1000 to 1000, got 1001" },

	/* user */
	{ PROCESS(",'user':{'uid':0,'gid':0,'umask':1000}"),
	  "/process/user/umask: 1000 (01750) has more than permission bits" },
	{ PROCESS(",'user':{'uid':4294967295,'gid':0}"),
	  "/process/user/uid: 4294967295 is no id; the last one is 4294967294" },
	{ PROCESS(",'user':{'uid':0,'gid':0,'additionalGids':[1,4294967295]}"),
	  "/process/user/additionalGids/1: 4294967295 is no id; the last one is 4294967294" },
	{ PROCESS(",'capabilities':{'effective':['CAP_KILL']}"),
	  "/process/capabilities/effective: CAP_KILL must be in permitted, too" },
	{ CONFIG(",'process':{'cwd':'/','args':['x'],'user':{'uid':1,'gid':0}},'linux':{"
		 "'namespaces':[{'type':'user'}],'uidMappings':" ONE_MAP ",'gidMappings':" ONE_MAP
		 "}"), "/process/user/uid: 1 is not mapped in /linux/uidMappings" },
	{ CONFIG(",'process':{'cwd':'/','args':['x'],'user':{'uid':0,'gid':5}},'linux':{"
		 "'namespaces':[{'type':'user'}],'uidMappings':" ONE_MAP ",'gidMappings':" ONE_MAP
		 "}"), "/process/user/gid: 5 is not mapped in /linux/gidMappings" },
	{ CONFIG(",'process':{'cwd':'/','args':['x'],'user':{'additionalGids':[0,7]}},'linux':{"
		 "'namespaces':[{'type':'user'}],'uidMappings':" ONE_MAP ",'gidMappings':" ONE_MAP
		 "}"), "/process/user/additionalGids/1: 7 is not mapped in /linux/gidMappings" },
};

/* What names a field, but asks for nothing, is no error. */
static const char *const fine[] = {
	CONFIG(""),
	CONFIG(",'mounts':[],'hooks':{},'annotations':{},'linux':null,'hostname':null"),
	PROCESS(",'apparmorProfile':'','selinuxLabel':''"),
	PROCESS(",'apparmorProfile':'unconfined'"),
	PROCESS(",'scheduler':{'policy':'SCHED_OTHER'}"),
	PROCESS(",'execCPUAffinity':{'initial':'0','final':'0'}"),
	PROCESS(",'rlimits':[],'capabilities':{},'env':[]"),
	LINUX("'mountLabel':'','netDevices':{},'timeOffsets':{},'sysctl':{},'devices':[]"),
	LINUX("'personality':{'domain':'LINUX'},'memoryPolicy':{'mode':'MPOL_DEFAULT'}"),
	LINUX("'maskedPaths':[],'readonlyPaths':[],'rootfsPropagation':'','uidMappings':[]"),
	LINUX("'resources':{},'cgroupsPath':''"),
};

static void check_bad(const char *config, const char *want)
{
	struct setup s;

	setup_begin(&s, config);
	TEST(config) {
		CHECK(!setup_plan(&s));
		CHECK_STR(setup_error(&s), want);
	}
	setup_end(&s);
}

int main(void)
{
	struct setup s;

	for (size_t i = 0; i < COUNT(cases); i++)
		check_bad(cases[i].config, cases[i].want);
	for (size_t i = 0; i < COUNT(fine); i++) {
		setup_begin(&s, fine[i]);
		TEST(fine[i]) {
			CHECK(setup_plan(&s));
			CHECK_STR(setup_error(&s), "");
		}
		setup_end(&s);
	}
	TEST("a console socket without a terminal") {
		setup_begin(&s, PROCESS(""));
		s.options.console_socket = true;
		CHECK(!setup_plan(&s));
		CHECK_STR(setup_error(&s), "/process/terminal: is not true, but --console-socket "
			  "waits for a terminal");
		setup_end(&s);
	}
	TEST("other groups where setgroups is denied") {
		setup_begin(&s, CONFIG(",'process':{'cwd':'/','args':['x'],"
				       "'user':{'additionalGids':[0]}},'linux':{"
				       "'namespaces':[{'type':'user'}],"
				       "'uidMappings':[" MAP(0, 5, 1) "],"
				       "'gidMappings':[" MAP(0, 6, 1) "]}"));
		s.facts.uid = 5;
		s.facts.gid = 6;
		CHECK(!setup_plan(&s));
		CHECK_STR(setup_error(&s), "/process/user/additionalGids: a user namespace that "
			  "maps one group, made by who is not root, can have no others");
		setup_end(&s);
	}
	return test_done();
}

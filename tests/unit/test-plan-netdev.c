/* SPDX-License-Identifier: Apache-2.0 */
/* linux.netDevices: names, and what must be there for a device to move. */
#include "test-plan.h"

#define NEW "'namespaces':[{'type':'network'}]"
#define DEVS(list) LINUX(NEW ",'netDevices':{" list "}")

/* want: "HOST>NAME ...", or the error. */
static const struct {
	const char *name, *config, *want;
} cases[] = {
	{ "none", CONFIG(""), "" },
	{ "none, without a network namespace", LINUX("'netDevices':{}"), "" },
	{ "a device keeps its name", DEVS("'eth0':{}"), "eth0>eth0 " },
	{ "an empty name is none", DEVS("'eth0':{'name':''}"), "eth0>eth0 " },
	{ "a device gets another name", DEVS("'eth0':{'name':'c0'}"), "eth0>c0 " },
	{ "names of 15 bytes", DEVS("'eth0':{'name':'abcdefghijklmno'}"),
	  "eth0>abcdefghijklmno " },
	{ "names of 16 bytes", DEVS("'eth0':{'name':'abcdefghijklmnop'}"),
	  "/linux/netDevices/eth0/name: 'abcdefghijklmnop' is too long for a network device (15 "
	  "bytes)" },
	{ "a slash", DEVS("'a/b':{}"),
	  "/linux/netDevices/a~1b: 'a/b' is no name of a network device" },
	{ "a blank", DEVS("'eth0':{'name':'a b'}"),
	  "/linux/netDevices/eth0/name: 'a b' is no name of a network device" },
	{ "a colon, which is for aliases", DEVS("'eth0:1':{}"),
	  "/linux/netDevices/eth0:1: 'eth0:1' is no name of a network device" },
	{ "a dot", DEVS("'eth0':{'name':'.'}"),
	  "/linux/netDevices/eth0/name: '.' is no name of a network device" },
	{ "two dots", DEVS("'eth0':{'name':'..'}"),
	  "/linux/netDevices/eth0/name: '..' is no name of a network device" },
	{ "a template, also twice", DEVS("'a':{'name':'net%d'},'b':{'name':'net%d'}"),
	  "a>net%d b>net%d " },
	{ "two numbers in a template", DEVS("'a':{'name':'n%d%d'}"),
	  "/linux/netDevices/a/name: 'n%d%d' may have one %d, and no other %" },
	{ "something else in a template", DEVS("'a':{'name':'n%s'}"),
	  "/linux/netDevices/a/name: 'n%s' may have one %d, and no other %" },
	{ "one name for two", DEVS("'a':{'name':'x'},'b':{'name':'x'}"),
	  "/linux/netDevices/b/name: 'x' is already the name of the device of "
	  "/linux/netDevices/a" },
	{ "a name that another one keeps", DEVS("'x':{},'b':{'name':'x'}"),
	  "/linux/netDevices/b/name: 'x' is already the name of the device of "
	  "/linux/netDevices/x" },
	{ "two change their names for each other's", DEVS("'x':{'name':'y'},'y':{'name':'x'}"),
	  "x>y y>x " },
	{ "no network namespace", LINUX("'netDevices':{'eth0':{}}"),
	  "/linux/netDevices: needs a namespace of type 'network' in /linux/namespaces" },
};

static const char *run(struct setup *s)
{
	const char *text = "";

	if (build_ns(&s->b) < 0 || build_netdevs(&s->b) < 0)
		return setup_error(s);
	for (size_t i = 0; i < s->plan.n_netdev; i++)
		text = arena_printf(&s->a, "%s%s>%s ", text, s->plan.netdev[i].host,
				    s->plan.netdev[i].name);
	return text;
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
	setup_begin(&s, DEVS("'eth0':{}"));
	s.facts.has_net_is_host = s.facts.net_is_host = true;
	TEST("the host's network namespace")
		CHECK_STR(run(&s), "/linux/netDevices: the container is in the network "
			  "namespace of the host: there is nothing to move");
	setup_end(&s);
	setup_begin(&s, DEVS("'eth0':{}"));
	s.facts.uid = 1000;
	TEST("an ordinary user")
		CHECK_STR(run(&s), "/linux/netDevices: only root can move network devices");
	setup_end(&s);
	TEST("whose the network namespace is, is asked for only where it is needed") {
		setup_begin(&s, LINUX("'namespaces':[{'type':'network','path':'/n'}]"));
		CHECK(!(plan_ask(s.spec, &s.options) & ASK_NETNS));
		setup_end(&s);
		setup_begin(&s, LINUX("'namespaces':[{'type':'network','path':'/n'}],"
				      "'netDevices':{'a':{}}"));
		CHECK((plan_ask(s.spec, &s.options) & (ASK_NETNS | ASK_IDS)) ==
		      (ASK_NETNS | ASK_IDS));
	}
	setup_end(&s);
	return test_done();
}

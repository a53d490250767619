/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the OCI documents: what is taken, what is refused, and what the refusal says. */
#include <string.h>

#include "libocispec/oci.h"
#include "tests/unit/test-oci-file.h"
#include "tests/unit/test.h"

/* A config.json that is whole but for the member that the case is about. */
#define CONFIG(members) "{\"ociVersion\":\"1.3.0\"," members "}"
#define PROCESS(members) CONFIG("\"process\":{\"cwd\":\"/\"," members "}")
#define LINUX(members) CONFIG("\"linux\":{" members "}")
#define MEMORY(members) LINUX("\"resources\":{\"memory\":{" members "}}")

/* clang-format off */
static const struct {
	const char *name, *text, *at;
	unsigned line, column;
	const char *msg;
} bad[] = {
	/* no JSON */
	{ "nothing", "", "", 1, 1, "the document is empty" },
	{ "only blanks", " \n\t", "", 1, 1, "the document is empty" },
	{ "the end is missing", "{\"ociVersion\":\"1.3.0\"\n,", "", 2, 2,
	  "not JSON: the text ends before the document does" },
	{ "the end of a string is missing", "{\"ociVersion\":\"1", "", 1, 17,
	  "not JSON: the text ends before the document does" },
	{ "a word ends too early", "{\"root\":nul", "", 1, 12,
	  "not JSON: invalid string in json text" },
	{ "something behind the document", "{\"ociVersion\":\"1\"}\n x", "", 2, 2,
	  "not JSON: trailing garbage" },
	{ "a second document", "{\"ociVersion\":\"1\"}{}", "", 1, 19,
	  "not JSON: trailing garbage" },
	{ "a comma too many in an object", "{\"ociVersion\":\"1\",}", "", 1, 19,
	  "not JSON: invalid object key (must be a string)" },
	{ "a comma too many in an array", CONFIG("\n\"mounts\":[,]"), "", 2, 11,
	  "not JSON: unallowed token at this point in JSON text" },
	{ "no colon", "{\"ociVersion\" \"1\"}", "", 1, 15,
	  "not JSON: object key and value must be separated by a colon (':')" },
	{ "no quotes", "{ociVersion:1}", "", 1, 2, "not JSON: invalid char in json text" },
	{ "a comment", CONFIG("// no\n\"root\":null"), "", 1, 23,
	  "not JSON: probable comment found in input text, comments are not enabled" },
	{ "a leading zero", PROCESS("\"oomScoreAdj\": 010"), "", 1, 60,
	  "not JSON: after key and value, inside map, I expect ',' or '}'" },
	{ "an unknown escape", CONFIG("\"hostname\":\"a\\qb\""), "", 1, 36,
	  "not JSON: inside a string, '\\' occurs before a character which it may not" },
	{ "a newline in a string", CONFIG("\"hostname\":\"a\nb\""), "", 1, 36,
	  "not JSON: invalid character inside string" },
	{ "a byte order mark", "\xef\xbb\xbf{}", "", 1, 1, "not JSON: invalid char in json text" },

	/* strings that C or Linux could not take */
	{ "NUL in a string", PROCESS("\"env\":[\"A=1\",\"B=\\u00002\"]"), "/process/env/1", 1, 60,
	  "NUL (\\u0000) in a string" },
	{ "NUL in a name", CONFIG("\"annotations\":{\"a\\u0000b\":\"\"}"), "/annotations", 1, 40,
	  "NUL (\\u0000) in a string" },
	{ "NUL in what is skipped", CONFIG("\"x\":[[\"\\u0000\"]]"), "/x/0/0", 1, 30,
	  "NUL (\\u0000) in a string" },
	{ "half a surrogate pair", CONFIG("\"hostname\":\"\\ud83d!\""), "/hostname", 1, 35,
	  "half a surrogate pair in a string" },
	{ "the other half", CONFIG("\"hostname\":\"\\ude00\""), "/hostname", 1, 35,
	  "half a surrogate pair in a string" },
	{ "Latin-1", CONFIG("\"hostname\":\"\xe4\""), "/hostname", 1, 35, "invalid UTF-8" },
	{ "UTF-8, not in its shortest form", CONFIG("\"hostname\":\"\xc0\xaf\""), "/hostname", 1, 35,
	  "invalid UTF-8" },
	{ "a surrogate in UTF-8", CONFIG("\"hostname\":\"\xed\xa0\x80\""), "/hostname", 1, 35,
	  "invalid UTF-8" },
	{ "beyond Unicode", CONFIG("\"hostname\":\"\xf4\x90\x80\x80\""), "/hostname", 1, 35,
	  "invalid UTF-8" },
	{ "columns count characters", CONFIG("\"hostname\":\"\xc3\xa4\xe2\x82\xac\xff\""),
	  "/hostname", 1, 37, "invalid UTF-8" },

	/* the wrong type */
	{ "an array as the document", " []", "", 1, 2, "expected an object, got an array" },
	{ "null as the document", "null", "", 1, 1, "expected an object, got null" },
	{ "a number as the document", "\n 12", "", 2, 2, "expected an object, got a number" },
	{ "a number as the version", "{\n  \"ociVersion\" : 1.3\n}", "/ociVersion", 2, 18,
	  "expected a string, got a number" },
	{ "a string as an object", CONFIG("\"root\":\"/\""), "/root", 1, 30,
	  "expected an object, got a string" },
	{ "an object as an array", CONFIG("\"mounts\":{}"), "/mounts", 1, 32,
	  "expected an array of objects, got an object" },
	{ "a string among the objects", CONFIG("\"mounts\":[\n{\"destination\":\"/\"}, \"x\"]"),
	  "/mounts/1", 2, 22, "expected an object, got a string" },
	{ "a number as strings", PROCESS("\"args\":1"), "/process/args", 1, 51,
	  "expected an array of strings, got a number" },
	{ "a number among the strings",
	  CONFIG("\"mounts\":[{\"destination\":\"/\"},{\"destination\":\"/\",\"options\":[\"ro\",7]}]"),
	  "/mounts/1/options/1", 1, 88, "expected a string, got a number" },
	{ "null among the strings", PROCESS("\"args\":[null]"), "/process/args/0", 1, 52,
	  "expected a string, got null" },
	{ "null among the objects", CONFIG("\"mounts\":[null]"), "/mounts/0", 1, 33,
	  "expected an object, got null" },
	{ "a string as a number", PROCESS("\"oomScoreAdj\":\"7\""), "/process/oomScoreAdj", 1, 58,
	  "expected an integer, got a string" },
	{ "a string as a boolean", PROCESS("\"terminal\":\"yes\""), "/process/terminal", 1, 55,
	  "expected a boolean, got a string" },
	{ "a number as a boolean", PROCESS("\"terminal\":1"), "/process/terminal", 1, 55,
	  "expected a boolean, got a number" },
	{ "strings as numbers", PROCESS("\"user\":{\"additionalGids\":[1,\"2\"]}"),
	  "/process/user/additionalGids/1", 1, 72, "expected an integer, got a string" },
	{ "a number as an annotation", CONFIG("\"annotations\":{\"a/b~c\":1}"),
	  "/annotations/a~1b~0c", 1, 46, "expected a string, got a number" },
	{ "an array as annotations", CONFIG("\"annotations\":[]"), "/annotations", 1, 37,
	  "expected an object of strings, got an array" },
	{ "a string as a network device", LINUX("\"netDevices\":{\"eth0\":\"x\"}"),
	  "/linux/netDevices/eth0", 1, 53, "expected an object, got a string" },
	{ "an array as network devices", LINUX("\"netDevices\":[]"), "/linux/netDevices", 1, 45,
	  "expected an object of objects, got an array" },

	/* numbers */
	{ "a fraction", MEMORY("\"limit\":1.5"), "/linux/resources/memory/limit", 1, 63,
	  "expected an integer from -9223372036854775808 to 9223372036854775807, got 1.5" },
	{ "an exponent", MEMORY("\"swappiness\":1e3"), "/linux/resources/memory/swappiness", 1, 68,
	  "expected an integer from 0 to 18446744073709551615, got 1e3" },
	{ "2^63 where a sign may be", MEMORY("\"limit\":9223372036854775808"),
	  "/linux/resources/memory/limit", 1, 63,
	  "expected an integer from -9223372036854775808 to 9223372036854775807, "
	  "got 9223372036854775808" },
	{ "-2^63 - 1", MEMORY("\"limit\":-9223372036854775809"),
	  "/linux/resources/memory/limit", 1, 63,
	  "expected an integer from -9223372036854775808 to 9223372036854775807, "
	  "got -9223372036854775809" },
	{ "2^64", MEMORY("\"swappiness\":18446744073709551616"),
	  "/linux/resources/memory/swappiness", 1, 68,
	  "expected an integer from 0 to 18446744073709551615, got 18446744073709551616" },
	{ "very many digits", MEMORY("\"swappiness\":"
				     "12345678901234567890123456789012345678901234567890"),
	  "/linux/resources/memory/swappiness", 1, 68,
	  "expected an integer from 0 to 18446744073709551615, "
	  "got 1234567890123456789012345678901234567890..." },
	{ "-1 as an id", PROCESS("\"user\":{\"uid\":-1}"), "/process/user/uid", 1, 58,
	  "expected an integer from 0 to 4294967295, got -1" },
	{ "2^32 as an id", PROCESS("\"user\":{\"additionalGids\":[4294967296]}"),
	  "/process/user/additionalGids/0", 1, 70,
	  "expected an integer from 0 to 4294967295, got 4294967296" },
	{ "an OOM score that Linux does not know", PROCESS("\"oomScoreAdj\":-1001"),
	  "/process/oomScoreAdj", 1, 58, "expected an integer from -1000 to 1000, got -1001" },
	{ "a timeout of 0", CONFIG("\"hooks\":{\"poststop\":[{\"path\":\"/x\",\"timeout\":0}]}"),
	  "/hooks/poststop/0/timeout", 1, 67, "expected an integer from 1 to 2147483647, got 0" },
	{ "a seventh argument of a system call",
	  LINUX("\"seccomp\":{\"defaultAction\":\"A\",\"syscalls\":[{\"names\":[\"a\"],"
		"\"action\":\"A\",\"args\":[{\"index\":6}]}]}"),
	  "/linux/seccomp/syscalls/0/args/0/index", 1, 120,
	  "expected an integer from 0 to 5, got 6" },

	/* what is missing, empty or there twice */
	{ "no version", "\n{}", "", 2, 1, "ociVersion is missing (required)" },
	{ "null as the version", "{\"ociVersion\":null}", "", 1, 1,
	  "ociVersion is missing (required)" },
	{ "a mount without destination",
	  CONFIG("\"mounts\":[{\"destination\":\"/a\"},\n  {\"type\":\"proc\"}]"), "/mounts/1", 2, 3,
	  "destination is missing (required)" },
	{ "the wrong case", CONFIG("\"root\":{\"Path\":\"x\"}"), "/root", 1, 30,
	  "path is missing (required)" },
	{ "an empty path", CONFIG("\"root\":{\"path\":\"\"}"), "/root/path", 1, 38,
	  "must not be empty" },
	{ "a rule for no system call",
	  LINUX("\"seccomp\":{\"defaultAction\":\"A\",\"syscalls\":[{\"names\":[]}]}"),
	  "/linux/seccomp/syscalls/0/names", 1, 84, "must not be empty" },
	{ "a member twice", CONFIG("\"hostname\":\"a\",\n \"hostname\":\"b\""), "/hostname", 2, 2,
	  "given twice" },
	{ "a member twice, null first", CONFIG("\"root\":null,\"root\":{}"), "/root", 1, 35,
	  "given twice" },
	{ "a member twice, once escaped", CONFIG("\"hostname\":\"a\",\"host\\u006eame\":\"b\""),
	  "/hostname", 1, 38, "given twice" },
	{ "an annotation twice", CONFIG("\"annotations\":{\"a\":\"\",\"b\":\"\",\"a\":\"\"}"),
	  "/annotations/a", 1, 52, "given twice" },
	{ "a network device twice", LINUX("\"netDevices\":{\"e\":{},\"e\":null}"),
	  "/linux/netDevices/e", 1, 53, "given twice" },

	{ "17 levels", CONFIG("\"x\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"),
	  "/x/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0", 1, 42, "nested deeper than 16 levels" },
};
/* clang-format on */

static void test_bad(void)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct arena a = { 0 };
		struct error err = { 0 };
		size_t len = strlen(bad[i].text);

		TEST(bad[i].name) {
			CHECK(!oci_config_read(&a, arena_strndup(&a, bad[i].text, len), len, &err));
			CHECK_STR(err.at, bad[i].at);
			CHECK_STR(err.msg, bad[i].msg);
			CHECK(err.code == 0);
			CHECK(err.line == bad[i].line);
			CHECK(err.column == bad[i].column);
			if (test.bad)
				printf("# place %u:%u\n", err.line, err.column);
		}
		arena_done(&a);
	}
}

/* A hostname of dots, but for `fault` at one place. */
static void check_fault(size_t place, const char *fault, const char *msg)
{
	char text[] = CONFIG("\"hostname\":\"................................................\"");
	struct arena a = { 0 };
	struct error err = { 0 };

	memcpy(strchr(text + 20, '.') + place, fault, strlen(fault));
	CHECK(!oci_config_read(&a, text, strlen(text), &err));
	CHECK_STR(err.at, "/hostname");
	CHECK_STR(err.msg, msg);
	CHECK(err.line == 1 && err.column == 35 + place);
	arena_done(&a);
}

static void test_places(void)
{
	TEST("a fault is found wherever it stands") {
		for (size_t place = 0; place <= 40; place++) {
			check_fault(place, "\xff", "invalid UTF-8");
			check_fault(place, "\xc3", "invalid UTF-8");
			check_fault(place, "\\ud83d", "half a surrogate pair in a string");
			check_fault(place, "\\u0000", "NUL (\\u0000) in a string");
		}
	}
}

static struct oci_config *must_read(struct arena *a, const char *text)
{
	struct error err = { .msg = "untouched" };
	struct oci_config *c = oci_config_read(a, text, strlen(text), &err);

	CHECK_STR(err.msg, "untouched");
	if (!c)
		printf("# %u:%u: %s\n", err.line, err.column, err.at);
	return c ? c : arena_new(a, struct oci_config);
}

/* clang-format off */
static void test_good(struct arena *a)
{
	const struct oci_config *c;

	TEST("null is absent, in any place with a name") {
		c = must_read(a, CONFIG("\"root\":null,\"mounts\":null,\"hostname\":null,"
					"\"process\":{\"cwd\":\"/\",\"oomScoreAdj\":null,\"args\":null},"
					"\"annotations\":{\"a\":null,\"b\":\"x\"}"));
		CHECK(!c->root && !c->mounts && !c->hostname);
		CHECK(!c->process->has_oom_score_adj && !c->process->args);
		CHECK(c->n_annotations == 1);
		CHECK_STR(c->annotations[0].key, "b");
	}
	TEST("empty is not absent") {
		c = must_read(a, CONFIG("\"mounts\":[],\"hostname\":\"\",\"annotations\":{},"
					"\"process\":{\"cwd\":\"/\",\"args\":[],\"user\":"
					"{\"additionalGids\":[]}},\"linux\":{\"netDevices\":{}}"));
		CHECK(c->mounts && !c->n_mounts && c->annotations && !c->n_annotations);
		CHECK(c->process->args && !c->process->n_args && !c->process->args[0]);
		CHECK(c->process->user->additional_gids && !c->process->user->n_additional_gids);
		CHECK(c->linux_->net_devices && !c->linux_->n_net_devices);
		CHECK_STR(c->hostname, "");
	}
	TEST("what nobody knows is skipped, whatever is in it") {
		c = must_read(a, CONFIG("\"windows\":{\"a\":[1.5,1e400,{\"b\":null}],\"a\":1},"
					"\"hostname\":\"h\",\"Hostname\":7"));
		CHECK_STR(c->hostname, "h");
	}
	TEST("16 levels are not too deep") {
		must_read(a, CONFIG("\"x\":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]"));
	}
	TEST("the ends of the ranges are within") {
		c = must_read(a, MEMORY("\"limit\":9223372036854775807,\"swap\":-9223372036854775808,"
					"\"swappiness\":18446744073709551615,\"kernel\":-0"));

		const struct oci_memory *m = c->linux_->resources->memory;

		CHECK(m->limit == INT64_MAX && m->swap == INT64_MIN && m->swappiness == UINT64_MAX);
		CHECK(m->has_kernel && m->kernel == 0 && !m->has_kernel_tcp);
	}
	TEST("escapes are what they stand for") {
		c = must_read(a, CONFIG("\"hostname\":\"\\\"\\\\\\/\\t\\u00e4\\ud83d\\ude00\\\\u0000\""));
		CHECK_STR(c->hostname, "\"\\/\t\xc3\xa4\xf0\x9f\x98\x80\\u0000");
	}
	TEST("lists of any length are whole and strings end with NULL") {
		for (int n = 1; n <= 9; n++) {
			char text[200] = PROCESS("\"args\":[");
			char *at = strstr(text, "[") + 1;

			for (int i = 0; i < n; i++)
				at += sprintf(at, "%s\"%d\"", i ? "," : "", i);
			strcpy(at, "]}}");
			c = must_read(a, text);
			CHECK(c->process && c->process->n_args == (size_t)n);
			CHECK(c->process && !c->process->args[n]);
			CHECK(c->process && atoi(c->process->args[n - 1]) == n - 1);
		}
	}
}
/* clang-format on */

static void test_full(struct arena *a)
{
	size_t len;
	const char *text = file_text(a, "spec/parse/full.json", &len);
	const struct oci_config *c = must_read(a, text);

	TEST("a config.json with every field: what it says is what is read") {
		CHECK_STR(c->mounts[1].source, "/srv/d\xc3\xa4ta");
		CHECK(c->n_mounts == 3 && c->mounts[1].uid_mappings[0].host_id == 100000);
		CHECK(c->process->rlimits[0].hard == UINT64_MAX);
		CHECK(c->process->has_oom_score_adj && c->process->oom_score_adj == -100);
		CHECK(c->process->user->n_additional_gids == 3);
		CHECK(c->process->user->additional_gids[2] == 7);
		CHECK_STR(c->process->exec_cpu_affinity->final, "0-3,7");
		CHECK(c->hooks->n_prestart == 1 && c->hooks->prestart[0].timeout == 5);
		CHECK(c->n_annotations == 3);
		CHECK_STR(c->annotations[0].key, "org.example.z");
		CHECK_STR(c->annotations[2].value, "\xf0\x9f\x98\x80");
		CHECK(c->linux_->n_time_offsets == 2 && c->linux_->time_offsets[0].secs == -7);
		CHECK_STR(c->linux_->time_offsets[1].key, "monotonic");
		CHECK_STR(c->linux_->net_devices[0].key, "eth0");
		CHECK(!c->linux_->devices[1].has_major);
		CHECK(c->linux_->resources->devices[1].minor == -1);
		CHECK(c->linux_->resources->rdma[1].hca_objects == 1000);
		CHECK(c->linux_->seccomp->syscalls[0].args[0].value == UINT64_MAX);
	}
}

static void test_other(struct arena *a)
{
	struct error err = { 0 };

	TEST("a process and resources are read on their own") {
		const char *text = "{\"cwd\":\"/\",\"args\":[\"a\"]}",
			   *pids = "{\"pids\":{\"limit\":7}}";
		struct oci_process *p = oci_process_read(a, text, strlen(text), &err);
		struct oci_resources *r = oci_resources_read(a, pids, strlen(pids), &err);

		CHECK(p && p->n_args == 1 && r && r->pids->limit == 7);
		CHECK(!oci_process_read(a, "{}", 2, &err));
		CHECK_STR(err.msg, "cwd is missing (required)");
	}
	TEST("16 MiB are read, one byte more is not") {
		const size_t max = 16 << 20;
		char *text = malloc(max + 1);

		memset(text, ' ', max + 1);
		memcpy(text, "{\"ociVersion\":\"1\"}", 18);
		CHECK(oci_config_read(a, text, max, &err));
		CHECK(!oci_config_read(a, text, max + 1, &err));
		CHECK_STR(err.msg, "the document is larger than 16 MiB");
		free(text);
	}
	TEST("a pointer that is too long is cut") {
		char *text = calloc(1, 1000);

		strcpy(text, "{\"ociVersion\":\"1\",\"annotations\":{\"");
		memset(text + strlen(text), '/', 900);
		strcat(text, "\":1}}");
		CHECK(!oci_config_read(a, text, strlen(text), &err));
		CHECK(strlen(err.at) > 490);
		free(text);
	}
	TEST("the members that nobody knows can be listed") {
		const char *text = CONFIG(
			"\"windows\":{\"a\":1},\"mounts\":[{\"destination\":\"/\",\"\":1,"
			"\"a/b\":2}],\"linux\":{\"\\u0061\":{}},\"annotations\":{\"k\":\"\"}");
		const char **unknown = oci_config_unknown(a, text, strlen(text));

		CHECK_STR(unknown[0], "/windows");
		CHECK_STR(unknown[1], "/mounts/0/");
		CHECK_STR(unknown[2], "/mounts/0/a~1b");
		CHECK_STR(unknown[3], "/linux/a");
		CHECK(!unknown[4]);
		CHECK(!oci_config_unknown(a, "{", 1)[0]);
	}
}

int main(void)
{
	struct arena a = { 0 };

	test_bad();
	test_places();
	test_good(&a);
	test_full(&a);
	test_other(&a);
	arena_done(&a);
	return test_done();
}

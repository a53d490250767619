/* SPDX-License-Identifier: Apache-2.0 */
/* Writing the OCI documents: exact text, and that what was written reads back as it was. */
#include <glob.h>
#include <string.h>

#include "libocispec/oci.h"
#include "tests/unit/test-oci-file.h"
#include "tests/unit/test.h"

/* Names each row of the type, and of the types in it, that no object in the list of them has. */
static bool all_rows(const struct table_type *type, const char *const *objects, size_t n);

static bool row_used(const struct table_type *type, size_t row, const char *const *objects,
		     size_t n)
{
	const struct table_field *f = &type->fields[row];
	bool list = f->kind == TABLE_LIST || f->kind == TABLE_OBJMAP;
	const struct table_type *child =
		list || f->kind == TABLE_OBJ ? type->child(f->child) : NULL;
	const char **inner = calloc(n * 8 + 1, sizeof(*inner));
	size_t n_inner = 0, n_used = 0;

	for (size_t i = 0; i < n; i++) {
		const char *const *value = (const char *const *)(objects[i] + f->value_at);
		size_t count = 1;

		if (f->kind <= TABLE_UINT ? !objects[i][f->aux_at] : !*value)
			continue;
		n_used++;
		if (list)
			memcpy(&count, objects[i] + f->aux_at, sizeof(count));
		for (size_t k = 0; child && k < count && n_inner < n * 8; k++)
			inner[n_inner++] = *value + k * child->size;
	}
	if (!n_used)
		printf("# %s: nobody has '%s'\n", type->name, f->key);

	bool good = n_used && (!child || all_rows(child, inner, n_inner));

	free(inner);
	return good;
}

static bool all_rows(const struct table_type *type, const char *const *objects, size_t n)
{
	bool good = true;

	for (size_t i = 0; i < type->n_fields; i++)
		good &= row_used(type, i, objects, n);
	return good;
}

static void check_round(struct arena *a, const struct table_type *type, const void *doc)
{
	for (enum table_style style = TABLE_COMPACT; style <= TABLE_PRETTY; style++) {
		struct error err = { 0 };
		const char *once = table_write(type, a, doc, style);
		void *again = table_read(type, a, once, strlen(once), &err);

		CHECK_STR(err.msg, "");
		if (again)
			CHECK_STR(table_write(type, a, again, style), once);
	}
}

static void test_round(struct arena *a)
{
	struct error err = { 0 };
	size_t len;
	const char *text = file_text(a, "spec/parse/full.json", &len);
	const char *doc = table_read(oci_config_type(), a, text, len, &err);

	TEST("full.json has every member of config.json that there is") {
		CHECK_STR(err.msg, "");
		CHECK(doc && all_rows(oci_config_type(), &doc, 1));
	}
	TEST("a config.json with every member is written, read and written the same") {
		check_round(a, oci_config_type(), doc);
	}
	text = file_text(a, "spec/parse/full-features.json", &len);
	doc = table_read(oci_features_type(), a, text, len, &err);
	TEST("full-features.json has every member of the features") {
		CHECK_STR(err.msg, "");
		CHECK(doc && all_rows(oci_features_type(), &doc, 1));
	}
	TEST("pretty features are exactly those that were read") {
		CHECK_STR(oci_features_write(a, (const void *)doc, TABLE_PRETTY), text);
	}
}

static const struct table_type *type_of(const char *path)
{
	if (strstr(path, ".process"))
		return oci_process_type();
	return strstr(path, ".resources") ? oci_resources_type() : oci_config_type();
}

/* What docker, containerd, podman and others really hand over. */
static void test_engines(struct arena *a)
{
	const char *dir = getenv("srcdir"), *tests;
	glob_t found;
	size_t len;

	TEST("what engines were seen to write is read, written, read and written the same") {
		const char *pattern =
			arena_printf(a, "%s/tests/data/engines/*.json", dir ? dir : ".");

		CHECK(glob(pattern, 0, NULL, &found) == 0);
		for (size_t i = 0; i < found.gl_pathc; i++) {
			struct error err = { 0 };
			const struct table_type *type = type_of(found.gl_pathv[i]);

			tests = strstr(found.gl_pathv[i], "tests/data/engines/") + strlen("tests/");

			const char *text = file_text(a, tests, &len);
			const void *doc = table_read(type, a, text, len, &err);

			CHECK_STR(err.msg, "");
			if (doc)
				check_round(a, type, doc);
			else
				printf("# %s:%u:%u: %s\n", tests, err.line, err.column, err.at);
		}
		globfree(&found);
	}
}

/* clang-format off */
static void test_text(struct arena *a)
{
	struct oci_state state = {
		.oci_version = "1.3.0", .id = "x", .status = "running",
		.has_pid = true, .pid = 42, .bundle = "/b/\xc3\xa4",
		.annotations = (struct oci_pair[]){ { "a/b", "\"\\\n\x01" }, { "", "" } },
		.n_annotations = 2,
	};

	TEST("a state, compact: row order, slashes as they are, only what must be is escaped") {
		CHECK_STR(oci_state_write(a, &state, TABLE_COMPACT),
			  "{\"ociVersion\":\"1.3.0\",\"id\":\"x\",\"status\":\"running\",\"pid\":42,"
			  "\"bundle\":\"/b/\xc3\xa4\",\"annotations\":{\"a/b\":\"\\\"\\\\\\n\\u0001\","
			  "\"\":\"\"}}");
		check_round(a, oci_state_type(), &state);
	}
	state.n_annotations = 0;
	state.has_pid = false;
	TEST("a state, pretty: four spaces, a newline at the end, nothing within an empty object") {
		CHECK_STR(oci_state_write(a, &state, TABLE_PRETTY),
			  "{\n    \"ociVersion\": \"1.3.0\",\n    \"id\": \"x\",\n"
			  "    \"status\": \"running\",\n    \"bundle\": \"/b/\xc3\xa4\",\n"
			  "    \"annotations\": {}\n}\n");
	}
	TEST("bytes that are no UTF-8 become U+FFFD") {
		state.bundle = "/\xff\xc3\xa4\xe2\x82";
		state.annotations = NULL;
		check_round(a, oci_state_type(), &state);
		CHECK(strstr(oci_state_write(a, &state, TABLE_COMPACT),
			     "\"/\xef\xbf\xbd\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd\""));
	}
	TEST("what a seccomp agent is sent") {
		const char *fds[] = { "seccompFd" };
		struct oci_process_state ps = {
			.oci_version = "1.3.0", .fds = fds, .n_fds = 1,
			.has_pid = true, .pid = 7, .state = &state,
		};

		state.bundle = "/b";
		CHECK_STR(oci_process_state_write(a, &ps, TABLE_COMPACT),
			  "{\"ociVersion\":\"1.3.0\",\"fds\":[\"seccompFd\"],\"pid\":7,\"state\":"
			  "{\"ociVersion\":\"1.3.0\",\"id\":\"x\",\"status\":\"running\","
			  "\"bundle\":\"/b\"}}");
	}
}

static void test_numbers(struct arena *a)
{
	struct oci_memory memory = {
		.has_limit = true, .limit = INT64_MIN, .has_swap = true, .swap = INT64_MAX,
		.has_swappiness = true, .swappiness = UINT64_MAX,
	};
	struct oci_resources resources = { .memory = &memory };
	struct oci_linux linux_ = { .resources = &resources };
	struct oci_config config = { .oci_version = "", .linux_ = &linux_ };

	TEST("the largest and the smallest numbers") {
		CHECK_STR(oci_config_write(a, &config, TABLE_COMPACT),
			  "{\"ociVersion\":\"\",\"linux\":{\"resources\":{\"memory\":"
			  "{\"limit\":-9223372036854775808,\"swap\":9223372036854775807,"
			  "\"swappiness\":18446744073709551615}}}}");
	}
	TEST("an empty object is written, compact and pretty") {
		resources.memory = NULL;
		CHECK_STR(oci_config_write(a, &config, TABLE_COMPACT),
			  "{\"ociVersion\":\"\",\"linux\":{\"resources\":{}}}");
		CHECK_STR(oci_config_write(a, &config, TABLE_PRETTY),
			  "{\n    \"ociVersion\": \"\",\n    \"linux\": {\n"
			  "        \"resources\": {}\n    }\n}\n");
	}
}
/* clang-format on */

int main(void)
{
	struct arena a = { 0 };

	test_round(&a);
	test_engines(&a);
	test_text(&a);
	test_numbers(&a);
	arena_done(&a);
	return test_done();
}

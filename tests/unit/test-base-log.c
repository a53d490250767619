/* SPDX-License-Identifier: Apache-2.0 */
/* base/log and base/trace: what the lines look like, and which go where. */
#include "base/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/trace.h"
#include "test.h"

static char dir_path[] = "/tmp/mcrun-test-log-XXXXXX";
static char log_path[64], trace_path[64], stderr_path[64];
static struct arena arena;

static const char *text_of(const char *path)
{
	char *text = NULL;

	return read_at(AT_FDCWD, path, 1 << 20, &arena, &text) < 0 ? "(unreadable)" : text;
}

/* Is `text` what `want` says, where a '#' stands for any digit and '~' for any text to a '"'? */
static bool looks_like(const char *text, const char *want)
{
	for (; *want; want++) {
		if (*want == '#' ? *text < '0' || *text > '9' : *want != '~' && *text != *want)
			return false;
		if (*want == '~')
			text += strcspn(text, "\"");
		else
			text++;
	}
	return *text == '\0';
}

/* What `say` writes to stderr. */
static const char *heard(void (*say)(void))
{
	int saved = dup(STDERR_FILENO);
	int file = open(stderr_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	fflush(NULL);
	dup2(file, STDERR_FILENO);
	say();
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(file);
	return text_of(stderr_path);
}

static void say_all(void)
{
	log_fatal("a %s", "b");
	log_warning("w");
	log_debug("d");
}

static void open_log(bool json, enum log_level level)
{
	struct log_options options = { .file = log_path, .json = json, .level = level };
	struct error err = { 0 };

	unlink(log_path);
	CHECK(log_open(&options, &err) == 0);
}

static void say_hostile(void)
{
	log_fatal("%s", "say \"hi\"\n\xff\x1b[0m");
}

static void say_long(void)
{
	char text[20000];

	memset(text, '\x01', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_fatal("%s", text);
}

static void test_stderr(void)
{
	struct error err = { 0 };

	TEST("before log_open, errors and warnings go to stderr")
	CHECK_STR(heard(say_all), "mcrun: a b\nmcrun: warning: w\n");
	TEST("without a file the level is stderr's")
	{
		CHECK(log_open(&(struct log_options){ .level = LOG_DEBUG }, &err) == 0);
		CHECK(log_fd() == -1);
		CHECK_STR(heard(say_all),
			  "mcrun: a b\nmcrun: warning: w\nmcrun: debug: d\n");
	}
	TEST("a log that cannot be opened is an error with its name")
	{
		struct log_options options = { .file = "/nonexistent/log" };

		CHECK(log_open(&options, &err) == -1);
		CHECK_STR(err.msg, "open log file '/nonexistent/log': missing (ENOENT)");
	}
}

static void test_file(void)
{
	struct stat st;

	TEST("a fatal error is one JSON object in the file, and a line on stderr")
	{
		open_log(true, LOG_ERROR);
		CHECK_STR(heard(say_all), "mcrun: a b\n");
		CHECK(looks_like(text_of(log_path), "{\"level\":\"error\",\"msg\":\"a b\",\"time\":"
						    "\"####-##-##T##:##:##Z\"}\n"));
	}
	TEST("the file is close-on-exec, appended to, and readable by others")
	{
		CHECK(fcntl(log_fd(), F_GETFD) == FD_CLOEXEC);
		CHECK(fcntl(log_fd(), F_GETFL) & O_APPEND);
		CHECK(fstat(log_fd(), &st) == 0 && (st.st_mode & 0700) == 0600);
	}
	TEST("a hostile message stays one object, and one line on stderr")
	{
		open_log(true, LOG_ERROR);
		CHECK_STR(heard(say_hostile), "mcrun: say \"hi\"?\xff?[0m\n");
		CHECK(looks_like(text_of(log_path),
				 "{\"level\":\"error\",\"msg\":\"say \\\"hi\\\"\\n\\ufffd\\u001b[0m"
				 "\",\"time\":\"~\"}\n"));
	}
	TEST("a message that is too long is cut, and its line still whole")
	{
		open_log(true, LOG_ERROR);
		heard(say_long);
		CHECK(looks_like(text_of(log_path),
				 "{\"level\":\"error\",\"msg\":\"~\",\"time\":\"~\"}\n"));
	}
	TEST("the text form has the same parts, and the level counts")
	{
		open_log(false, LOG_INFO);
		heard(say_all);
		CHECK(looks_like(text_of(log_path),
				 "time=\"~\" level=error msg=\"a b\"\ntime=\"~\" level=warning "
				 "msg=\"w\"\n"));
	}
}

static void trace_something(void)
{
	trace_span("mount \"/proc\"");
}

static void test_trace(void)
{
	struct error err = { 0 };

	TEST("without a trace file a span is nothing")
	{
		trace_something();
		trace_name("x");
		CHECK(trace_fd() == -1);
		CHECK(trace_begin("x").name == NULL);
	}
	TEST("spans and process names are lines of an open array")
	{
		CHECK(trace_open(trace_path, &err) == 0);
		trace_name("mcrun:[parent]");
		CHECK(trace_open(trace_path, &err) == 0); /* another process: no second '[' */
		trace_something();

		const char *text = text_of(trace_path);

		text = str_after(text, "[\n{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":");
		CHECK(text != NULL);
		text = text ? strstr(text, "\"args\":{\"name\":\"mcrun:[parent]\"}},\n{") : NULL;
		CHECK(text != NULL);
		CHECK(text &&
		      strstr(text, "{\"name\":\"mount \\\"/proc\\\"\",\"ph\":\"X\",\"ts\":"));
		CHECK(text && streq(text + strlen(text) - 3, "},\n"));
		CHECK(fcntl(trace_fd(), F_GETFD) == FD_CLOEXEC);
	}
	TEST("a trace file that cannot be opened is an error")
	{
		CHECK(trace_open("/nonexistent/t", &err) == -1);
		CHECK_STR(err.msg, "open trace file '/nonexistent/t': missing (ENOENT)");
	}
}

int main(void)
{
	if (!mkdtemp(dir_path))
		return 1;
	snprintf(log_path, sizeof(log_path), "%s/log", dir_path);
	snprintf(trace_path, sizeof(trace_path), "%s/trace", dir_path);
	snprintf(stderr_path, sizeof(stderr_path), "%s/stderr", dir_path);
	test_stderr();
	test_file();
	test_trace();
	unlink(log_path);
	unlink(trace_path);
	unlink(stderr_path);
	rmdir(dir_path);
	arena_done(&arena);
	return test_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* front/opts: words of the command line become values, or one message. */
#include "front/opts.h"

#include "base/str.h"
#include "test.h"

struct given {
	const char *file;
	unsigned number, word;
	bool flag, ignored;
	enum opt_switch toggle;
	struct opt_list list;
};

static const char *const words[] = { "table", "json", NULL };

static const struct opt rows[] = {
	{ "file", 'f', OPT_STR, OPT_AT(given, file), "FILE", "a file" },
	{ "number", 'n', OPT_UINT, OPT_AT(given, number), "N", "a number" },
	{ "format", 0, OPT_WORD, OPT_AT(given, word), "FORMAT", "a word", words },
	{ "flag", 'x', OPT_FLAG, OPT_AT(given, flag), NULL, "a flag" },
	{ "toggle", 't', OPT_SWITCH, OPT_AT(given, toggle), NULL, "on or off" },
	{ "env", 'e', OPT_LIST, OPT_AT(given, list), "K=V", "a list" },
	{ "no-subreaper", 0, OPT_UNUSED, 0, NULL, "unused" },
};

enum { MAX_WORDS = 6 };

/* What came of the words, in one line: "file=a number=3 ... args=x,y". */
static const char *show(struct arena *a, const struct given *g, const struct opts_parsed *p)
{
	const char *s = "";

	if (p->help)
		return "help";
	if (g->file)
		s = arena_printf(a, "%s file=%s", s, g->file);
	if (g->number)
		s = arena_printf(a, "%s number=%u", s, g->number);
	if (g->word)
		s = arena_printf(a, "%s word=%u", s, g->word);
	if (g->flag)
		s = arena_printf(a, "%s flag", s);
	if (g->toggle)
		s = arena_printf(a, "%s toggle=%s", s, g->toggle == SWITCH_ON ? "on" : "off");
	for (size_t i = 0; i < g->list.n; i++)
		s = arena_printf(a, "%s env:%s", s, g->list.item[i]);
	for (size_t i = 0; i < p->n_arg; i++)
		s = arena_printf(a, "%s arg:%s", s, p->arg[i]);
	for (size_t i = 0; p->rest && p->rest[i]; i++)
		s = arena_printf(a, "%s rest:%s", s, p->rest[i]);
	return *s ? s + 1 : s;
}

#define HINT " (try 'mcrun cmd --help')"

static const struct {
	const char *name;
	const char *word[MAX_WORDS];
	enum opts_flags flags;
	const char *want; /* NULL: `message` is expected */
	const char *message;
} cases[] = {
	{ "no words", { 0 }, 0, "", NULL },
	{ "a value behind a space", { "--file", "a" }, 0, "file=a", NULL },
	{ "a value behind =", { "--file=a" }, 0, "file=a", NULL },
	{ "an empty value", { "--file=" }, 0, "file=", NULL },
	{ "a value with = in it", { "--file=a=b" }, 0, "file=a=b", NULL },
	{ "a value that looks like an option", { "--file", "--flag" }, 0, "file=--flag", NULL },
	{ "the short form", { "-f", "a" }, 0, "file=a", NULL },
	{ "the short form and its value in one word", { "-fa" }, 0, "file=a", NULL },
	{ "the short form with =", { "-f=a" }, 0, "file=a", NULL },
	{ "a long name with one dash", { "-file", "a", "-no-subreaper" }, 0, "file=a", NULL },
	{ "a long name with one dash is no group of letters",
	  { "-flag", "-toggle=false" },
	  0,
	  "flag toggle=off",
	  NULL },
	{ "letters of flags in one word", { "-xt" }, 0, "flag toggle=on", NULL },
	{ "the last of them may take a value", { "-xtf", "a", "b" }, 0,
	  "file=a flag toggle=on arg:b", NULL },
	{ "in the same word, too", { "-xfa" }, 0, "file=a flag", NULL },
	{ "or behind =", { "-xf=a", "-tn=3" }, 0, "file=a number=3 flag toggle=on", NULL },
	{ "a letter that takes a value takes all the rest", { "-fx" }, 0, "file=x", NULL },
	{ "a flag's letter with true or false", { "-xtrue", "-tfalse" }, 0, "flag toggle=off", NULL },
	{ "behind =, too", { "-x=true", "-t=false" }, 0, "flag toggle=off", NULL },
	{ "in a group, too", { "-xtfalse" }, 0, "flag toggle=off", NULL },
	{ "help in a group", { "-xhq" }, 0, "help", NULL },
	{ "the beginning of one long name", { "--fi", "a", "--form=json" }, 0, "file=a word=2", NULL },
	{ "the beginning of a flag's", { "--fl=true", "--no-s" }, 0, "flag", NULL },
	{ "the beginning of help", { "--he" }, 0, "help", NULL },
	{ "options behind arguments",
	  { "id", "--file=a", "sig", "-x" },
	  0,
	  "file=a flag arg:id arg:sig",
	  NULL },
	{ "the last one counts", { "--file=a", "-f", "b" }, 0, "file=b", NULL },
	{ "lists collect", { "--env=A=1", "-e", "B=2" }, 0, "env:A=1 env:B=2", NULL },
	{ "a flag, true and false", { "--flag=true", "--flag=false" }, 0, "", NULL },
	{ "a switch that is off is not one that was not given",
	  { "--toggle=false" },
	  0,
	  "toggle=off",
	  NULL },
	{ "a number", { "--number", "3" }, 0, "number=3", NULL },
	{ "a word of the list", { "--format=json" }, 0, "word=2", NULL },
	{ "a dash alone is an argument", { "-" }, 0, "arg:-", NULL },
	{ "two dashes end the options", { "a", "--", "--flag" }, 0, "arg:a arg:--flag", NULL },
	{ "what stands behind two dashes is kept apart where it is another's",
	  { "-x", "--", "sh", "--", "-c" },
	  OPTS_REST,
	  "flag rest:sh rest:-- rest:-c",
	  NULL },
	{ "without two dashes there is no rest", { "a" }, OPTS_REST, "arg:a", NULL },
	{ "before a command the first argument ends it",
	  { "-x", "run", "--nosuch" },
	  OPTS_STOP_AT_ARG,
	  "flag rest:run rest:--nosuch",
	  NULL },
	{ "behind the first argument all is another program's",
	  { "-x", "id", "--nosuch", "--", "a" },
	  OPTS_TAIL,
	  "flag arg:id rest:--nosuch rest:-- rest:a",
	  NULL },
	{ "nothing is behind it", { "id" }, OPTS_TAIL, "arg:id", NULL },
	{ "not even an argument", { "-x" }, OPTS_TAIL, "flag", NULL },
	{ "words of a program begin at the second argument",
	  { "id", "-x", "sh", "-c" },
	  OPTS_WORDS,
	  "flag arg:id rest:sh rest:-c",
	  NULL },
	{ "or behind two dashes",
	  { "id", "--", "-x" },
	  OPTS_WORDS,
	  "arg:id rest:-x",
	  NULL },
	{ "also before the first argument",
	  { "-x", "--", "id", "sh" },
	  OPTS_WORDS,
	  "flag arg:id rest:sh",
	  NULL },
	{ "there may be no program", { "-x", "id" }, OPTS_WORDS, "flag arg:id", NULL },
	{ "help ends it, whatever follows", { "--help", "--nosuch" }, 0, "help", NULL },
	{ "help has a short form", { "id", "-h" }, 0, "help", NULL },

	{ "an unknown option", { "--zzz" }, 0, NULL, "cmd: unknown option '--zzz'" HINT },
	{ "an unknown option, nearly right",
	  { "--flie=a" },
	  0,
	  NULL,
	  "cmd: unknown option '--flie=a', did you mean '--file'?" HINT },
	{ "an unknown letter", { "-q" }, 0, NULL, "cmd: unknown option '-q'" HINT },
	{ "an unknown letter in a group", { "-xq" }, 0, NULL, "cmd: unknown option '-xq'" HINT },
	{ "a group whose last letter misses its value",
	  { "-xf" },
	  0,
	  NULL,
	  "cmd: --file needs a value: FILE" HINT },
	{ "a letter's value that is neither true nor false",
	  { "-x=yes" },
	  0,
	  NULL,
	  "cmd: --flag takes no value but true or false, not 'yes'" HINT },
	{ "the beginning of several long names",
	  { "--f=a" },
	  0,
	  NULL,
	  "cmd: option '--f=a' is ambiguous: --file, --format, --flag" HINT },
	{ "the beginning of a long name has two dashes",
	  { "-togg" },
	  0,
	  NULL,
	  "cmd: unknown option '-togg', did you mean '--toggle'?" HINT },
	{ "no name at all", { "--=a" }, 0, NULL, "cmd: unknown option '--=a'" HINT },
	{ "a missing value", { "--file" }, 0, NULL, "cmd: --file needs a value: FILE" HINT },
	{ "a value too many",
	  { "--flag=yes" },
	  0,
	  NULL,
	  "cmd: --flag takes no value but true or false, not 'yes'" HINT },
	{ "a number that is none",
	  { "--number=-1" },
	  0,
	  NULL,
	  "cmd: --number: '-1' is not a whole number" HINT },
	{ "a number out of range",
	  { "-n", "4294967297" },
	  0,
	  NULL,
	  "cmd: --number: '4294967297' is not a whole number" HINT },
	{ "a word that is not in the list",
	  { "--format=xml" },
	  0,
	  NULL,
	  "cmd: --format: 'xml' is not one of: table, json" HINT },
};

int main(void)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < COUNT(cases); i++) {
		char *argv[MAX_WORDS + 1] = { 0 };
		struct opts_parsed parsed;
		struct given given = { 0 };
		struct error err = { 0 };

		for (size_t j = 0; j < MAX_WORDS && cases[i].word[j]; j++)
			argv[j] = arena_strdup(&a, cases[i].word[j]);

		const struct opts_input in = {
			"cmd", { rows, COUNT(rows) }, cases[i].flags, argv, &a
		};

		TEST(cases[i].name) {
			int r = opts_parse(&in, &given, &parsed, &err);

			CHECK(r == (cases[i].want ? 0 : -1));
			if (r == 0)
				CHECK_STR(show(&a, &given, &parsed), cases[i].want);
			else
				CHECK_STR(err.msg, cases[i].message);
		}
	}
	TEST("help has one line for each option, in the order of the table") {
		const struct opts two = { rows, 2 };

		CHECK_STR(opts_help(&a, two), "  --file, -f FILE              a file\n"
					      "  --number, -n N               a number\n");
	}
	TEST("a text of 49 characters ends in column 80 of help, a long name has a line of its own") {
		static const struct opt wide[] = {
			{ "x", 0, OPT_FLAG, 0, NULL,
			  "a text of forty-nine characters which fits in one" },
			{ "quite-a-long-name-it-is-this-one", 'z', OPT_STR, 0, "FILE", "a text" },
		};

		CHECK_STR(opts_help(&a, (struct opts){ wide, COUNT(wide) }),
			  "  --x                          "
			  "a text of forty-nine characters which fits in one\n"
			  "  --quite-a-long-name-it-is-this-one, -z FILE\n"
			  "                               a text\n");
	}
	arena_done(&a);
	return test_done();
}

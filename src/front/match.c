/* SPDX-License-Identifier: Apache-2.0 */
/* Goes through the containers whose ids match a pattern. See match.h. */
#include "front/match.h"

#include <errno.h>
#include <regex.h>

#include "base/log.h"
#include "front/view.h"

static void free_regex(regex_t *regex)
{
	regfree(regex);
}

static int compile(regex_t *regex, const struct call *call, const char *pattern, struct error *err)
{
	char why[128];
	int r = regcomp(regex, pattern, REG_EXTENDED | REG_NOSUB);

	if (r == 0)
		return 0;
	regerror(r, regex, why, sizeof(why));
	return opts_error(err, call->command->name, "'%s' is no regular expression: %s", pattern,
			  why);
}

/* One that somebody else deleted meanwhile has not failed. */
static void count(const struct error *why, size_t *failed, struct error *err)
{
	if (why->code == ENOENT)
		return;
	if ((*failed)++ == 0)
		*err = *why;
	else
		log_warning("%s", why->msg);
}

int match_each(struct call *call, const char *pattern, match_fn *one, struct error *err)
{
	struct id_list ids;
	size_t matched = 0, failed = 0;
	regex_t compiled;

	if (compile(&compiled, call, pattern, err) < 0)
		return -1;

	__attribute__((cleanup(free_regex))) regex_t regex = compiled;

	if (view_ids(call->root, call->arena, &ids, err) < 0)
		return -1;
	for (size_t i = 0; i < ids.n; i++) {
		struct error why = { 0 };

		if (regexec(&regex, ids.id[i], 0, NULL, 0) != 0)
			continue;
		matched++;
		if (one(call, ids.id[i], &why) < 0)
			count(&why, &failed, err);
	}
	if (matched == 0)
		return err_set(err, 0, "no container has an id that matches '%s'", pattern);
	return failed ? -1 : 0;
}

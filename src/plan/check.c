/* SPDX-License-Identifier: Apache-2.0 */
/* The document as a whole: its version, and what must be there. */
#include "plan/build.h"

/* Digits of a SemVer number; moves *s behind them. */
static bool take_number(const char **s, unsigned *out)
{
	size_t n = strspn(*s, "0123456789");

	if (n == 0 || n > 6 || (n > 1 && **s == '0'))
		return false;
	for (*out = 0; n; n--)
		*out = *out * 10 + (unsigned)(*(*s)++ - '0');
	return true;
}

/* "1.2.0", "1.2.0-rc.1", "1.1.0+dev" */
static bool parse_version(const char *s, unsigned out[3])
{
	for (int i = 0; i < 3; i++) {
		if (i && *s++ != '.')
			return false;
		if (!take_number(&s, &out[i]))
			return false;
	}
	if (*s && *s != '-' && *s != '+')
		return false;
	return !*s || (s[1] && strspn(s, "-+.0123456789abcdefghijklmnopqrstuvwxyz"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(s));
}

static int check_version(struct build *b)
{
	const char *version = b->spec->oci_version;
	unsigned number[3], newest[3] = { 0 };

	parse_version(PLAN_OCI_NEWEST, newest);
	if (!parse_version(version, number))
		return err_in(b->err, "/ociVersion",
			      "'%s' is no version; expected one like '1.2.0'", version);
	if (number[0] != 1)
		return err_in(b->err, "/ociVersion",
			      "version %s is not supported; mcrun knows 1.x", version);
	if (number[1] > newest[1])
		build_warn(b, "/ociVersion: %s is newer than " PLAN_OCI_NEWEST ", the newest that "
			      "mcrun knows; fields that came since are ignored", version);
	return 0;
}

int build_check(struct build *b)
{
	if (check_version(b) < 0)
		return -1;
	if (!b->spec->root)
		return err_in(b->err, "/root", "missing; it says where the root file system is");
	return 0;
}

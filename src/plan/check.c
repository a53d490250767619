/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The document as a whole: its version, what must be there, and what mcrun cannot do. A field
 * that is known but not carried out is an error that names it, as soon as it asks for something:
 * a container with less protection than was asked for must not start. A row goes when its feature
 * comes.
 */
#include "plan/build.h"

#define NEWEST "1.3"
enum { NEWEST_MINOR = 3 };

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
	unsigned number[3];

	if (!parse_version(version, number))
		return err_in(b->err, "/ociVersion",
			      "'%s' is no version; expected one like '1.2.0'", version);
	if (number[0] != 1)
		return err_in(b->err, "/ociVersion",
			      "version %s is not supported; mcrun knows 1.x", version);
	if (number[1] > NEWEST_MINOR)
		build_warn(b, "/ociVersion: %s is newer than " NEWEST ", the newest that mcrun "
			      "knows; fields that came since are ignored", version);
	return 0;
}

static const struct oci_process no_process;

/* Each answers: does this spec ask for it? What changes nothing is not asked for. */

static bool asks_apparmor(const struct oci_process *p, const struct oci_linux *lx)
{
	(void)lx;
	return !build_no_text(p->apparmor_profile) && !streq(p->apparmor_profile, "unconfined");
}

static bool asks_selinux(const struct oci_process *p, const struct oci_linux *lx)
{
	(void)lx;
	return !build_no_text(p->selinux_label);
}

static bool asks_mount_label(const struct oci_process *p, const struct oci_linux *lx)
{
	(void)p;
	return !build_no_text(lx->mount_label);
}

static bool asks_net_devices(const struct oci_process *p, const struct oci_linux *lx)
{
	(void)p;
	return lx->n_net_devices;
}

static const struct {
	const char *at;
	bool (*asks)(const struct oci_process *p, const struct oci_linux *lx);
} missing[] = {
	{ "/process/apparmorProfile", asks_apparmor },
	{ "/process/selinuxLabel", asks_selinux },
	{ "/linux/mountLabel", asks_mount_label },
	{ "/linux/netDevices", asks_net_devices },
};

int build_check(struct build *b)
{
	const struct oci_process *process = b->spec->process ? b->spec->process : &no_process;
	const struct oci_seccomp *seccomp = b->linux_->seccomp;

	if (check_version(b) < 0)
		return -1;
	if (!b->spec->root)
		return err_in(b->err, "/root", "missing; it says where the root file system is");
	if (seccomp && !build_no_text(seccomp->listener_metadata) &&
	    build_no_text(seccomp->listener_path))
		return err_in(b->err, "/linux/seccomp/listenerMetadata",
			      "is of no use without listenerPath");
	for (size_t i = 0; i < COUNT(missing); i++)
		if (missing[i].asks(process, b->linux_))
			return err_in(b->err, missing[i].at, "mcrun does not carry this out yet");
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --version. Engines take the line with "version" and the one that begins with "commit: "; the
 * rest is for people. Only what is known without looking at the host.
 */
#include <seccomp.h>
#include <sys/capability.h>
#include <yajl/yajl_version.h>

#include "config.h"
#include "front/command.h"

#ifndef MCRUN_COMMIT
#define MCRUN_COMMIT ""
#endif

static const char *libcap_text(struct arena *a)
{
#ifdef LIBCAP_MAJOR
	return arena_printf(a, "libcap: %d.%d\n", LIBCAP_MAJOR, LIBCAP_MINOR);
#else
	(void)a;
	return "";
#endif
}

char *version_text(struct arena *a)
{
	static const char commit[] = MCRUN_COMMIT;
	const struct scmp_version *seccomp = seccomp_version();
	int yajl = yajl_version();

	return arena_printf(a,
			    "mcrun version %s\ncommit: %s\nspec: 1.3.0\n"
			    "libseccomp: %u.%u.%u\nyajl: %d.%d.%d\n%s",
			    PACKAGE_VERSION, sizeof(commit) > 1 ? commit : "unknown",
			    seccomp->major, seccomp->minor, seccomp->micro, yajl / 10000,
			    yajl / 100 % 100, yajl % 100, libcap_text(a));
}

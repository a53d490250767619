/* SPDX-License-Identifier: Apache-2.0 */
/* Sets names and sysctls. That they are namespaced was checked by plan/uts.c. */
#include "act/uts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "act/procfs.h"

int uts_set(const struct plan_uts *uts, struct error *err)
{
	if (uts->hostname && sethostname(uts->hostname, strlen(uts->hostname)) < 0) {
		err_set(err, errno, "set the host name '%s'", uts->hostname);
		return err_at(err, "/hostname");
	}
	if (uts->domainname && setdomainname(uts->domainname, strlen(uts->domainname)) < 0) {
		err_set(err, errno, "set the domain name '%s'", uts->domainname);
		return err_at(err, "/domainname");
	}
	return 0;
}

int sysctl_set(int proc, const struct plan_uts *uts, struct error *err)
{
	for (size_t i = 0; i < uts->n_sysctl; i++) {
		const struct plan_sysctl *s = &uts->sysctl[i];
		char path[4096];

		snprintf(path, sizeof(path), "sys/%s", s->file);

		int r = procfs_write(proc, path, s->value);

		if (r < 0) {
			err_set(err, -r, "write '%s' to /proc/sys/%s", s->value, s->file);
			return err_at(err, "%s", s->from);
		}
	}
	return 0;
}

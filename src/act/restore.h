/* SPDX-License-Identifier: Apache-2.0 */
/* restore: a container from the images that checkpoint has made, and from its bundle. */
#ifndef ACT_RESTORE_H
#define ACT_RESTORE_H

#include "act/create.h"
#include "act/criu.h"
#include "plan/criu.h"

struct restore_options {
	struct create_options create; /* pidfd_socket is not used */
	struct criu_options criu;
	const char *lsm_profile, *lsm_mount; /* "selinux:LABEL"; a context; or NULL */
	bool tcp_close, detach;
};

/*
 * Returns with the container `running`: detached 0, otherwise once its process has ended, with its
 * exit status, as act_run does. Or -1, with nothing left behind. A container of this id that a
 * checkpoint has ended gives up its place first.
 */
int act_restore(const struct plan *plan, const struct plan_criu *host,
		const struct restore_options *options, struct arena *a, struct error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Options of `checkpoint` and `restore`: most of them are those of both. */
#ifndef FRONT_CRIU_H
#define FRONT_CRIU_H

#include "act/criu.h"
#include "front/command.h"

struct criu_given {
	const char *images, *work, *parent;
	bool tcp_established, ext_unix, shell_job, file_locks, auto_dedup, lazy_pages;
	unsigned cgroups, network_lock; /* OPT_WORD */
	struct opt_list empty_ns;

	/* restore */
	const char *bundle, *console_socket, *pid_file, *lsm_profile, *lsm_mount;
	bool tcp_close, detach;
	unsigned preserve_fds; /* not used: which descriptors the processes have is in the images */

	/* checkpoint */
	const char *page_server;
	unsigned status_fd; /* 0, which it cannot be: not given */
	bool pre_dump, leave_running, skip_in_flight, link_remap;
};

/* Those of restore alone, those of both, those of checkpoint alone. */
enum { N_RESTORE_ROWS = 11, N_CRIU_ROWS = 12, N_CHECKPOINT_ROWS = 6 };
extern const struct opt criu_rows[N_RESTORE_ROWS + N_CRIU_ROWS + N_CHECKPOINT_ROWS];

/* 0, or -1 and err names the option. */
int criu_fill(const struct criu_given *given, const char *command, struct arena *a,
	      struct criu_options *out, struct error *err);

#endif

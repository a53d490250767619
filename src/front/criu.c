/* SPDX-License-Identifier: Apache-2.0 */
/* Options of `checkpoint` and `restore` in CRIU's terms. */
#include "front/criu.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/path.h"
#include "base/str.h"

static const char *const cgroup_words[] = { "ignore", "none",   "props", "soft",
					    "full",   "strict", NULL };

static const char *const network_words[] = { "iptables", "nftables", NULL };

const struct opt criu_rows[] = {
	{ "bundle", 'b', OPT_STR, OPT_AT(criu_given, bundle), "DIR",
	  "folder of config.json (default: the current one)" },
	{ "console-socket", 0, OPT_STR, OPT_AT(criu_given, console_socket), "SOCKET",
	  "send the terminal's descriptor to this socket" },
	{ "detach", 'd', OPT_FLAG, OPT_AT(criu_given, detach), NULL,
	  "return as soon as the container runs" },
	{ "pid-file", 0, OPT_STR, OPT_AT(criu_given, pid_file), "FILE",
	  "write the pid of its first process to FILE" },
	{ "tcp-close", 0, OPT_FLAG, OPT_AT(criu_given, tcp_close), NULL,
	  "connections that were open are closed ones" },
	{ "lsm-profile", 0, OPT_STR, OPT_AT(criu_given, lsm_profile), "TYPE:NAME",
	  "a label in place of the images' ('selinux:...')" },
	{ "lsm-mount-context", 0, OPT_STR, OPT_AT(criu_given, lsm_mount), "LABEL",
	  "the same for mounts" },
	{ "no-pivot", 0, OPT_UNUSED, 0, NULL, "accepted for callers that give it, not used" },
	{ "no-new-keyring", 0, OPT_UNUSED, 0, NULL, "accepted for callers that give it, not used" },
	{ "preserve-fds", 0, OPT_UINT, OPT_AT(criu_given, preserve_fds), "N",
	  "accepted for callers that give it, not used" },
	{ "no-subreaper", 0, OPT_UNUSED, 0, NULL, "accepted for callers that give it, not used" },

	{ "image-path", 0, OPT_STR, OPT_AT(criu_given, images), "DIR",
	  "folder of the images (default: checkpoint)" },
	{ "work-path", 0, OPT_STR, OPT_AT(criu_given, work), "DIR",
	  "for CRIU's log and files (default: --image-path)" },
	{ "parent-path", 0, OPT_STR, OPT_AT(criu_given, parent), "DIR",
	  "images of a pre-dump, relative to --image-path" },
	{ "tcp-established", 0, OPT_FLAG, OPT_AT(criu_given, tcp_established), NULL,
	  "with open TCP connections" },
	{ "ext-unix-sk", 0, OPT_FLAG, OPT_AT(criu_given, ext_unix), NULL,
	  "with unix sockets connected to the outside" },
	{ "shell-job", 0, OPT_FLAG, OPT_AT(criu_given, shell_job), NULL,
	  "with a terminal of the host's" },
	{ "file-locks", 0, OPT_FLAG, OPT_AT(criu_given, file_locks), NULL, "with file locks" },
	{ "auto-dedup", 0, OPT_FLAG, OPT_AT(criu_given, auto_dedup), NULL,
	  "drop from older images what newer ones have" },
	{ "lazy-pages", 0, OPT_FLAG, OPT_AT(criu_given, lazy_pages), NULL,
	  "fetch memory when it is used ('criu lazy-pages')" },
	{ "manage-cgroups-mode", 0, OPT_WORD, OPT_AT(criu_given, cgroups), "MODE",
	  "what CRIU does with cgroups (default: soft)", cgroup_words },
	{ "network-lock", 0, OPT_WORD, OPT_AT(criu_given, network_lock), "METHOD",
	  "how connections are held meanwhile", network_words },
	{ "empty-ns", 0, OPT_LIST, OPT_AT(criu_given, empty_ns), "network",
	  "leave out what is in the network namespace" },

	{ "leave-running", 0, OPT_FLAG, OPT_AT(criu_given, leave_running), NULL,
	  "the container runs on" },
	{ "pre-dump", 0, OPT_FLAG, OPT_AT(criu_given, pre_dump), NULL,
	  "memory alone, in advance; the container runs on" },
	{ "tcp-skip-in-flight", 0, OPT_FLAG, OPT_AT(criu_given, skip_in_flight), NULL,
	  "without TCP connections that are being made" },
	{ "link-remap", 0, OPT_FLAG, OPT_AT(criu_given, link_remap), NULL,
	  "with unlinked open files that have another name" },
	{ "page-server", 0, OPT_STR, OPT_AT(criu_given, page_server), "HOST:PORT",
	  "send the memory to 'criu page-server' there" },
	{ "status-fd", 0, OPT_UINT, OPT_AT(criu_given, status_fd), "FD",
	  "gets a zero byte when --lazy-pages can be fetched" },
};
_Static_assert(COUNT(criu_rows) == N_RESTORE_ROWS + N_CRIU_ROWS + N_CHECKPOINT_ROWS,
	       "criu.h counts the rows");

int criu_fill(const struct criu_given *given, const char *command, struct arena *a,
	      struct criu_options *out, struct error *err)
{
	char *here = getcwd(NULL, 0);

	if (!here)
		return err_set(err, errno, "find the current folder");
	*out = (struct criu_options){
		.images = path_join(a, here, given->images ? given->images : "checkpoint"),
		.work = given->work ? path_join(a, here, given->work) : NULL,
		.tcp_established = given->tcp_established,
		.ext_unix = given->ext_unix,
		.shell_job = given->shell_job,
		.file_locks = given->file_locks,
		.auto_dedup = given->auto_dedup,
		.lazy_pages = given->lazy_pages,
		.cgroups = given->cgroups ? given->cgroups - 1 : CGROUPS_SOFT,
		.network_lock = given->network_lock,
		.empty_net = given->empty_ns.n > 0,
	};
	free(here);
	for (size_t i = 0; i < given->empty_ns.n; i++)
		if (!streq(given->empty_ns.item[i], "network"))
			return opts_error(err, command, "--empty-ns '%s': only network can be",
					  given->empty_ns.item[i]);
	return 0;
}

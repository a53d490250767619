/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's program: finding it in the container's PATH and executing it, with words for
 * what goes wrong that say more than the errno. Engines read these words: "executable file not
 * found in $PATH" and "no such file or directory" become exit status 127, "permission denied" 126.
 */
#ifndef ACT_PROGRAM_H
#define ACT_PROGRAM_H

#include "act/init.h"
#include "libocispec/error.h"
#include "plan/plan.h"

/* After the pivot: goes to the working directory, and proves that it is inside the container. */
int program_cwd(const struct plan_process *process, struct error *err);

/* Finds argv[0] the way a shell would, in the planned PATH; fills in->program and in->head. */
int program_find(struct init *in, const struct plan_process *process, struct error *err);

/*
 * The planned environment, with HOME for those who have none or an empty one: from the container's
 * /etc/passwd, else "/"; and with the LISTEN_PID of who is handed sockets: sd_listen_fds(3) takes
 * them for itself alone. Before the filter is loaded, as it takes memory and reads a file.
 */
const char *const *program_env(struct arena *a, const struct plan_process *process, uint32_t uid);

/* execve. Returns only when it failed; err->code is then PROGRAM_MISSING or PROGRAM_REFUSED. */
int program_exec(const struct init *in, const struct plan *plan, const char *const *envp,
		 struct error *err);

/* err->code of program_find and program_exec, and the exit status that follows from it. */
enum { PROGRAM_MISSING = 127, PROGRAM_REFUSED = 126 };

#endif

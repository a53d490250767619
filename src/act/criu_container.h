/* SPDX-License-Identifier: Apache-2.0 */
/* A container in CRIU's terms: what of it is the host's, by which names, at both ends. */
#ifndef ACT_CRIU_CONTAINER_H
#define ACT_CRIU_CONTAINER_H

#include "act/criu.h"
#include "act/state.h"
#include "plan/criu.h"

#define TABLE_DEF "act/criu.def"
#include "libocispec/table_structs.h"

struct criu_container {
	const struct plan *plan;
	const struct plan_criu *host; /* plan_criu() */
	const char *folder;           /* of the state */
	pid_t pid;                    /* of its init; restore: 0 */
	const struct state *streams;  /* dump: the record, in which stdio is */
	struct arena *a;
};

/* Is its network another one than the host's? */
bool criu_has_network(const struct plan *plan);

/*
 * dump. Mounts are named by where they really are, which is asked of the container's own root.
 */
int criu_dump_options(struct pb *m, const struct criu_container *c, bool shell_job,
		      struct error *err);

int criu_record_write(int images, const struct criu_container *c, struct error *err);

/* NULL and no error: there is none, another program has made the images. */
int criu_record_read(int images, struct arena *a, const struct criu_record **out,
		     struct error *err);

/* restore. What CRIU has to inherit is added to fd[], CRIU_FDS at most; the caller closes it. */
enum { CRIU_FDS = 8 };
struct criu_fds {
	int fd[CRIU_FDS];
	size_t n;
};
int criu_restore_options(struct pb *m, const struct criu_container *c,
			 const struct criu_record *record, struct criu_fds *fds, struct error *err);
void criu_fds_close(struct criu_fds *fds);
#define autocriufds __attribute__((cleanup(criu_fds_close)))

/* The places in the rootfs at which CRIU is going to mount: made where they are missing. */
int criu_make_targets(const struct criu_container *c, struct error *err);

#endif

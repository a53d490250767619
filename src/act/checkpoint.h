/* SPDX-License-Identifier: Apache-2.0 */
/*
 * checkpoint: the processes of a container into images. In this order:
 *
 *	autocheckpoint struct checkpoint c = CHECKPOINT_INIT;
 *
 *	checkpoint_open(&c, root, id, arena, err);	// it is there, runs, and is locked
 *	... plan_criu_build() from c.config and c.state, plan_criu() ...
 *	act_checkpoint(&c, plan, &host, &options, err);
 *
 * The container goes on when that fails. Otherwise it is stopped, unless it is to be left running.
 */
#ifndef ACT_CHECKPOINT_H
#define ACT_CHECKPOINT_H

#include "act/criu.h"
#include "act/state.h"
#include "plan/criu.h"

struct checkpoint {
	struct state_dir dir;
	struct state *state;
	enum status status;
	int pidfd;
	char *config; /* config.json as it was at create */
	size_t config_len;
	struct arena *a;
	const struct plan *plan; /* act_checkpoint's */
};
#define CHECKPOINT_INIT                                                                            \
	{                                                                                          \
		.dir = STATE_DIR_INIT, .pidfd = -1                                                 \
	}

void checkpoint_done(struct checkpoint *c);
#define autocheckpoint __attribute__((cleanup(checkpoint_done)))

int checkpoint_open(struct checkpoint *c, const char *root, const char *id, struct arena *a,
		    struct error *err);

struct checkpoint_options {
	struct criu_options criu;
	const char *parent;    /* of an earlier pre-dump, relative to the images; or NULL */
	const char *page_host; /* of a page server; or NULL */
	unsigned page_port;
	int status_fd; /* gets a byte when a lazy dump may be fetched; or -1 */
	bool pre_dump, leave_running, skip_in_flight, link_remap;
};

int act_checkpoint(struct checkpoint *c, const struct plan *plan, const struct plan_criu *host,
		   const struct checkpoint_options *options, struct error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every word that mcrun's processes say to each other, over SOCK_SEQPACKET sockets: one packet a
 * word, at most one descriptor beside it.
 *
 *	create (parent)                init (child)             start
 *	    |  <- CLONED (stage only)    |                        |
 *	    |  TREE -> (each one)        |                        |
 *	    |  GO -> (see below)         |  mounts                |
 *	    |  <- MOUNTED (see below)    |                        |
 *	    |  hooks, late limits        |                        |
 *	    |  HOOKS_RAN ->              |  hooks                 |
 *	    |                            |  pivot                 |
 *	    |  <- READY                  |                        |
 *	    |  state written; KEPT ->    |  now outlives create   |
 *	    x                            |  <- GO                 |
 *	                                 |  hooks                 |
 *	                                 |  EXEC ->               |
 *	                                 |  filter                |
 *	                                 |  LISTENER -> (NOTIFY)  |  to the agent
 *	                                 |  <- TAKEN    (NOTIFY)  |
 *	                                 |  execve                |
 *
 * `run` is create and start in one: it says GO in place of KEPT, and hears EXEC on the same socket.
 * Where nothing has to be done or asked once all of init's work is done (plan_waits_ready), READY
 * comes when the mounts are up, and GO, as in exec KEPT, lies ready when init comes for it: nobody
 * is woken and waited for. A parent that has died by then is noticed at the next word to it.
 *
 *	exec (parent)                  stage (where one is)     the process
 *	    |  GO ->                     |  in the cgroup; joins  |
 *	    |  <- CLONED                 x                        |
 *	    |  GO ->                                              |
 *	    |  <- READY                                           |  root, ids, terminal
 *	    |  limits; KEPT ->                                    |  now outlives exec
 *	    |  <- EXEC, and on as above                           |  execve
 *
 * FAILED with an error can take the place of every word of init and is its last. End-of-file
 * means that the other side is gone: before KEPT, or EXEC where that comes early, it ends init.
 */
#ifndef ACT_SYNC_H
#define ACT_SYNC_H

#include <stdint.h>
#include <sys/types.h>

#include "libocispec/error.h"

#define SYNC_WORDS(X)                                                                              \
	X(CLONED)    /* stage:  who is made is there: value is its pid, or -pid if not in its */   \
		     /*         cgroup yet; its pidfd rides along                             */   \
	X(TREE)      /* parent: a descriptor that you could not open; value says which        */   \
		     /*         (trees.h)                                                     */   \
	X(GO)        /* parent: your ids are mapped, you are in your cgroup; set up. To init  */   \
		     /*         only if plan_waits_go, or if it had to be moved into it       */   \
		     /* start:  run the program                                               */   \
	X(MOUNTED)   /* init:   mounts are up, pivot not yet done; if plan_waits_mounted      */   \
	X(HOOKS_RAN) /* parent: prestart and createRuntime hooks returned 0, limits are set   */   \
	X(READY)     /* init:   set up, or (see above) will be; will wait for start           */   \
	X(KEPT)      /* parent: state is written; outlive me                                  */   \
	X(EXEC)      /* init:   last word before the filter is loaded and the program runs    */   \
	X(LISTENER)  /* init:   only with SCMP_ACT_NOTIFY: the filter is loaded, and its      */   \
		     /*         listener rides along (listener.h)                             */   \
	X(TAKEN)     /* start:  the seccomp agent has it                                      */   \
	X(FAILED)    /* init:   the error is in this packet; last word                        */

enum sync_word {
#define X(w) SYNC_##w,
	SYNC_WORDS(X)
#undef X
};

/* One end of a conversation. The other two descriptors are only watched; -1: not there. */
struct sync {
	int fd;
	int pidfd;	/* of the other side: ready when it has died */
	int stop;	/* a signalfd: somebody wants this command to end */
};
#define SYNC_INIT { .fd = -1, .pidfd = -1, .stop = -1 }

const char *sync_name(enum sync_word word);

/* Says one word. 0 or -1. */
int sync_say(const struct sync *s, enum sync_word word, int32_t value, struct error *err);
int sync_say_fd(const struct sync *s, enum sync_word word, int32_t value, int fd,
		struct error *err);

/*
 * Waits for one word and for nothing else. FAILED gives the error inside as the caller's own;
 * another word, a short packet and a closed socket are different errors. A pidfd that becomes
 * ready after the socket is drained counts as closed; a signal at `stop` is an error with code
 * EINTR. value and fd may be NULL; a descriptor that nobody asked for is closed.
 */
int sync_expect(const struct sync *s, enum sync_word want, int32_t *value, struct error *err);
int sync_expect_fd(const struct sync *s, enum sync_word want, int32_t *value, int *out_fd,
		   struct error *err);

/* Of a side that is gone: what it said last if it FAILED, or that it is GONE. -1. */
int sync_last_word(const struct sync *s, struct error *err);

/* The code that sync_expect's error carries when the other side closed the socket or died. */
enum { SYNC_GONE = -1 };

/* Sends the error, or dies of SIGPIPE if nobody is there to hear it. For init's one exit. */
void sync_fail(const struct sync *s, const struct error *err);

#endif

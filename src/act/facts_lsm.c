/* SPDX-License-Identifier: Apache-2.0 */
/* Which security modules with labels or profiles are on, as the kernel tells it. */
#include <fcntl.h>
#include <unistd.h>

#include "act/facts.h"
#include "base/fd.h"

void facts_lsm(struct arena *a, struct facts *out)
{
	struct facts_lsm *lsm = arena_new(a, struct facts_lsm);
	char answer[8];
	ssize_t n = read_small(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", answer,
			       sizeof(answer));

	lsm->has_apparmor = lsm->has_selinux = true;
	lsm->apparmor = n > 0 && answer[0] == 'Y';
	/* selinuxfs is there when it is on, whether it enforces or only tells. */
	lsm->selinux = access("/sys/fs/selinux/enforce", F_OK) == 0;
	out->lsm = lsm;
}

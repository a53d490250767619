/* SPDX-License-Identifier: Apache-2.0 */
/* Names the caller's standard streams. See streams.h. */
#include "act/streams.h"

#include <sys/sysmacros.h>

#include "base/sys.h"

enum { TTY_MAJOR_FIRST = 136, TTY_MAJOR_LAST = 143 };

static const char *name_of(int fd, struct arena *a)
{
	struct statx st;

	if (sys_statx(fd, STATX_TYPE | STATX_INO | STATX_MNT_ID, &st) < 0 ||
	    S_ISSOCK(st.stx_mode))
		return "";
	if (S_ISFIFO(st.stx_mode) && st.stx_dev_major == 0)
		return arena_printf(a, "pipe:[%llu]", (unsigned long long)st.stx_ino);
	if (S_ISCHR(st.stx_mode) && st.stx_rdev_major >= TTY_MAJOR_FIRST &&
	    st.stx_rdev_major <= TTY_MAJOR_LAST)
		return arena_printf(
			a, "tty[%llx:%llx]",
			(unsigned long long)makedev(st.stx_rdev_major, st.stx_rdev_minor),
			(unsigned long long)makedev(st.stx_dev_major, st.stx_dev_minor));
	return arena_printf(a, "file[%llx:%llx]", (unsigned long long)st.stx_mnt_id,
			    (unsigned long long)st.stx_ino);
}

const char **streams_name(struct arena *a)
{
	const char **name = arena_alloc(a, STREAMS, sizeof(*name));

	for (int fd = 0; fd < STREAMS; fd++)
		name[fd] = name_of(fd, a);
	return name;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The line that tells how far something is. See progress.h. */
#include "act/progress.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/sys.h"

enum { SECOND = 1000, LINE_MAX_SIZE = 512, USUAL_COLUMNS = 80 };

#define CLEAR "\r\033[K"

/* What the files of a folder take, in bytes. One that goes meanwhile takes nothing. */
static int64_t size_of(int folder)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int64_t sum = 0;
	struct stat st;

	if (!dir) {
		autofd_close(&fd);
		return 0;
	}
	while ((entry = readdir(dir)))
		if (fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			sum += st.st_size;
	closedir(dir);
	return sum;
}

/* A line that goes on in the next one could not be written again: it is cut. */
static size_t columns(void)
{
	struct winsize size = { 0 };

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		size.ws_col = USUAL_COLUMNS;
	return size.ws_col - 1u;
}

void progress_show(struct progress *p)
{
	char text[LINE_MAX_SIZE], line[LINE_MAX_SIZE], size[32] = "";

	if (!p || !p->on)
		return;
	if (p->folder >= 0)
		snprintf(size, sizeof(size), ", %.1f MiB", (double)size_of(p->folder) / (1 << 20));
	snprintf(text, sizeof(text), "mcrun: %s: %d s%s, %s", p->what,
		 (int)((sys_now_ms() - p->since) / SECOND), size, p->where);
	snprintf(line, sizeof(line), CLEAR "%.*s", (int)columns(), text);
	(void)write_all(STDERR_FILENO, line, strlen(line));
	p->shown = true;
}

void progress_begin(struct progress *p, const char *what, const char *where, int folder)
{
	*p = (struct progress){ .what = what,
				.where = where,
				.folder = folder,
				.since = sys_now_ms(),
				.on = isatty(STDERR_FILENO) };
	progress_show(p);
}

int progress_ms(const struct progress *p)
{
	return p && p->on ? (int)(SECOND - (sys_now_ms() - p->since) % SECOND) : -1;
}

void progress_hide(struct progress *p)
{
	if (!p || !p->shown)
		return;
	(void)write_all(STDERR_FILENO, CLEAR, strlen(CLEAR));
	p->shown = false;
}

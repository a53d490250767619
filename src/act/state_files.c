/* SPDX-License-Identifier: Apache-2.0 */
/* The files beside the record: config.json as it was at create, and the pid file for the caller. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "act/state.h"
#include "base/fd.h"
#include "libocispec/table.h"

static const char config_name[] = "config.json";

int state_config_save(const struct state_dir *dir, const char *text, size_t len, struct error *err)
{
	int r = write_new(dir->fd, config_name, text, len, 0600);

	return r < 0 ? err_set(err, -r, "copy %s to %s", config_name, dir->path) : 0;
}

int state_config_read(const struct state_dir *dir, struct arena *a, char **out, size_t *out_len,
		      struct error *err)
{
	ssize_t n = read_at(dir->fd, config_name, TABLE_MAX_SIZE, a, out);

	if (n < 0)
		return err_set(err, (int)-n, "read %s/%s", dir->path, config_name);
	*out_len = (size_t)n;
	return 0;
}

int pid_file_write(const char *path, pid_t pid, struct error *err)
{
	char text[16];

	if (!path)
		return 0;

	int n = snprintf(text, sizeof(text), "%d", pid);
	int r = replace_at(AT_FDCWD, path, text, (size_t)n, 0644);

	return r < 0 ? err_set(err, -r, "write the pid file %s", path) : 0;
}

void pid_file_remove(const char *path)
{
	if (path)
		unlink(path);
}

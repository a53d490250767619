/* SPDX-License-Identifier: Apache-2.0 */
/* Has mcrun run from where nobody can write to it. See seal.h. */
#include "act/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/sys.h"

enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

/* By its mount; then it may stay where it is. */
static bool is_readonly(void)
{
	struct statvfs fs;

	return statvfs("/proc/self/exe", &fs) == 0 && (fs.f_flag & ST_RDONLY);
}

/* A memory file that cannot be written to either. */
static bool is_sealed(int exe)
{
	int seals = fcntl(exe, F_GET_SEALS); /* -1: a file of a kind that has none */

	return seals >= 0 && (seals & SEALS) == SEALS;
}

/* A mount of this one file that only this process has; writing through it is EROFS. */
static int readonly_mount(void)
{
	struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };
	autofd int tree =
		sys_open_tree(AT_FDCWD, "/proc/self/exe", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	int r = tree < 0 ? tree : sys_mount_setattr(tree, "", AT_EMPTY_PATH, &readonly);

	return r < 0 ? r : take_fd(&tree);
}

static int sealed_copy(int exe)
{
	autofd int copy = memfd_create("mcrun", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct stat st;
	ssize_t n = 1;

	if (copy < 0 || fstat(exe, &st) < 0)
		return -errno;
	for (off_t left = st.st_size; left > 0 && n > 0; left -= n)
		n = sendfile(copy, exe, NULL, (size_t)left);
	if (n <= 0 || fchmod(copy, 0500) < 0 || fcntl(copy, F_ADD_SEALS, SEALS) < 0)
		return n == 0 ? -EIO : -errno;
	return take_fd(&copy);
}

static int protect(struct dl_phdr_info *image, size_t size, void *unused)
{
	const uintptr_t page = getauxval(AT_PAGESZ);

	(void)size, (void)unused;
	for (unsigned i = 0; i < image->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &image->dlpi_phdr[i];
		uintptr_t at = (image->dlpi_addr + p->p_vaddr) & ~(page - 1);
		uintptr_t end = (image->dlpi_addr + p->p_vaddr + p->p_memsz) & ~(page - 1);

		if (p->p_type == PT_GNU_RELRO && mprotect((void *)at, end - at, PROT_READ) < 0)
			return -errno;
	}
	return 1; /* the program itself is the first; a loader has seen to the others */
}

int seal_relocated(struct error *err)
{
	int r = dl_iterate_phdr(protect, NULL);

	return r < 0 ? err_set(err, -r, "make what was relocated read-only") : 0;
}

int seal_self(char *const argv[], struct error *err)
{
	if (seal_entered || is_readonly())
		return 0;

	autofd int exe = fd_open("/proc/self/exe", O_RDONLY);

	if (exe < 0)
		return err_set(err, errno, "open /proc/self/exe");
	if (is_sealed(exe))
		return 0;

	autofd int safe = readonly_mount();

	/* argv[0] follows argc. */
	if (safe >= 0 && seal_place((const long *)argv - 1, safe, SEAL_RELOCATED) == 0)
		return seal_relocated(err);
	if (safe < 0)
		safe = sealed_copy(exe);
	if (safe < 0)
		return err_set(err, -safe, "make a read-only copy of mcrun itself");
	syscall(SYS_execveat, safe, "", argv, environ, AT_EMPTY_PATH);
	return err_set(err, errno, "execute the read-only copy of mcrun itself");
}

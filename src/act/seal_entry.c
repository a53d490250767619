/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a static mcrun begins, in front of libc's _start: it is sealed here, before anything is
 * relocated, so that no page of data is written to twice. Only a short cut: it fails in silence,
 * and seal_self sees to the rest.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "act/bare.h"
#include "act/seal.h"
#include "base/mount.h"

#if defined(__x86_64__)

__asm__(".pushsection .text\n"
	".globl seal_entry\n"
	".type seal_entry, @function\n"
	"seal_entry:\n"
	"	endbr64\n"
	"	xorl %ebp, %ebp\n"
	"	movq %rsp, %rdi\n"
	"	pushq %rdx\n" /* _start's; twice, since the stack is to be aligned */
	"	pushq %rdx\n"
	"	call seal_early\n"
	"	popq %rdx\n"
	"	popq %rdx\n"
	"	jmp _start\n"
	".size seal_entry, . - seal_entry\n"
	".popsection\n");

#elif defined(__aarch64__)

__asm__(".pushsection .text\n"
	".globl seal_entry\n"
	".type seal_entry, %function\n"
	"seal_entry:\n"
	"	stp x0, x30, [sp, -16]!\n"
	"	add x0, sp, 16\n"
	"	bl seal_early\n"
	"	ldp x0, x30, [sp], 16\n"
	"	b _start\n"
	".size seal_entry, . - seal_entry\n"
	".popsection\n");

#endif

bool seal_entered;

#if BARE_CALLS

/* COMMAND_SEAL's. One missing here, or a container of such a name, costs only time. */
static const char sealed[][8] = { "create", "run", "exec", "mounts" };

BARE static bool same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

BARE static bool is_sealed_command(char *const *argv)
{
	for (; *argv; argv++)
		for (size_t i = 0; i < sizeof(sealed) / sizeof(sealed[0]); i++)
			if (same(*argv, sealed[i]))
				return true;
	return false;
}

/* `stack` is as the kernel leaves it: argc, argv, NULL and so on. */
__attribute__((used, visibility("hidden"))) void seal_early(const long *stack);

BARE void seal_early(const long *stack)
{
	static const char self[] = "/proc/self/exe", empty[] = "";
	const long detached = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
	struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };
	struct statfs fs;
	long tree;

#ifndef __OPTIMIZE__
	return; /* what is to be zero, compilers leave to memset then */
#endif
	if (*stack < 2 || !is_sealed_command((char *const *)(stack + 2)))
		return;
	if (bare_call(SYS_statfs, (long[6]){ (long)self, (long)&fs }) < 0)
		return;
	if (fs.f_flags & ST_RDONLY) {
		seal_entered = true;
		return;
	}
	tree = bare_call(SYS_open_tree, (long[6]){ AT_FDCWD, (long)self, detached });
	if (tree < 0)
		return;
	if (bare_call(SYS_mount_setattr, (long[6]){ tree, (long)empty, AT_EMPTY_PATH,
						    (long)&readonly, sizeof(readonly) }) == 0)
		seal_entered = seal_place(stack, (int)tree, SEAL_BEFORE_LIBC) == 0;
	bare_call(SYS_close, (long[6]){ tree });
}

#endif

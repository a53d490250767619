/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a static mcrun begins, in front of libc's _start: the second start that seal.h asks for,
 * before the first one has cost anything (libc's is a third of a millisecond in a virtual machine,
 * where each cpuid traps). Only a short cut: it fails in silence, and seal_self sees to the rest.
 *
 * Nothing of libc works yet, and nothing is relocated: no calls, no pointers in static data, no
 * stack protector, which reads its word from memory that is not there.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

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

static inline long call(long number, const long arg[5])
{
	register long r10 __asm__("r10") = arg[3];
	register long r8 __asm__("r8") = arg[4];
	long r;

	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "0"(number), "D"(arg[0]), "S"(arg[1]), "d"(arg[2]), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return r;
}

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

static inline long call(long number, const long arg[5])
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = arg[0];
	register long x1 __asm__("x1") = arg[1];
	register long x2 __asm__("x2") = arg[2];
	register long x3 __asm__("x3") = arg[3];
	register long x4 __asm__("x4") = arg[4];

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
			 : "memory");
	return x0;
}

#endif

#if defined(__x86_64__) || defined(__aarch64__)

enum { DETACHED = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC };

/* COMMAND_SEAL's. One missing here, or a container of such a name, costs only time. */
static const char sealed[][8] = { "create", "run", "exec", "mounts" };

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static bool is_sealed_command(char *const *argv)
{
	for (; *argv; argv++)
		for (size_t i = 0; i < sizeof(sealed) / sizeof(sealed[0]); i++)
			if (same(*argv, sealed[i]))
				return true;
	return false;
}

/* `stack` is as the kernel leaves it: argc, argv, NULL, environ, NULL. */
__attribute__((used, no_stack_protector, visibility("hidden"))) void seal_early(long *stack);

void seal_early(long *stack)
{
	static const char self[] = "/proc/self/exe", empty[] = "";
	char **argv = (char **)(stack + 1), **environment = argv + stack[0] + 1;
	struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };
	struct statfs fs;
	long tree;

	if (stack[0] < 2 || !is_sealed_command(argv + 1))
		return;
	if (call(SYS_statfs, (long[5]){ (long)self, (long)&fs }) < 0 || (fs.f_flags & ST_RDONLY))
		return;
	tree = call(SYS_open_tree, (long[5]){ AT_FDCWD, (long)self, DETACHED });
	if (tree < 0)
		return;
	if (call(SYS_mount_setattr, (long[5]){ tree, (long)empty, AT_EMPTY_PATH, (long)&readonly,
					       sizeof(readonly) }) == 0)
		call(SYS_execveat, (long[5]){ tree, (long)empty, (long)argv, (long)environment,
					      AT_EMPTY_PATH });
	call(SYS_close, (long[5]){ tree });
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seals the process where it is: every mapping of mcrun's file is exchanged for one of the same
 * file by a read-only mount, and then /proc/PID/exe, too. That is as much as a second start does,
 * without what a start takes: for a dynamic build, loading all libraries anew.
 *
 * It runs in the text that it exchanges, and in front of libc's start as well: see bare.h.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "act/bare.h"
#include "act/seal.h"
#include "base/mount.h"

#if BARE_CALLS

/* The linker's name for the file's header, which is part of the first segment. */
extern const Elf64_Ehdr __ehdr_start __attribute__((visibility("hidden")));

struct image {
	const Elf64_Phdr *segment, *end;
	uintptr_t base; /* what is to be added to a segment's address */
	uintptr_t page; /* bytes */
};

BARE static void image_find(struct image *out)
{
	out->segment = (const void *)((uintptr_t)&__ehdr_start + __ehdr_start.e_phoff);
	out->end = out->segment + __ehdr_start.e_phnum;
	for (const Elf64_Phdr *p = out->segment; p < out->end; p++)
		if (p->p_type == PT_LOAD && p->p_offset == 0)
			out->base = (uintptr_t)&__ehdr_start - p->p_vaddr;
}

/* The pages of segments from one to another. */
struct pages {
	uintptr_t at;
	size_t len;
	long offset; /* in the file */
};

BARE static struct pages pages_of(const struct image *image, const Elf64_Phdr *first,
				  const Elf64_Phdr *last)
{
	uintptr_t before = first->p_vaddr & (image->page - 1);
	uintptr_t end = last->p_vaddr + last->p_filesz;

	return (struct pages){
		.at = image->base + first->p_vaddr - before,
		.len = ((end + image->page - 1) & ~(image->page - 1)) - first->p_vaddr + before,
		.offset = (long)(first->p_offset - before),
	};
}

/*
 * What nobody writes to lies side by side, in the file as in memory: one mapping takes the place of
 * all these segments, as each that is exchanged has the processor forget what was mapped. Its pages
 * come when they are touched, since few are. For a moment those of no code are executable, too.
 */
BARE static long text_exchange(const struct image *image, const Elf64_Phdr *first,
			       const Elf64_Phdr *end, long exe)
{
	struct pages all = pages_of(image, first, end - 1);
	const long how = MAP_PRIVATE | MAP_FIXED;
	long r = bare_call(SYS_mmap, (long[6]){ (long)all.at, (long)all.len, PROT_READ | PROT_EXEC,
						how, exe, all.offset });

	for (const Elf64_Phdr *p = first; p < end && !bare_failed(r); p++) {
		struct pages one = pages_of(image, p, p);

		if (!(p->p_flags & PF_X))
			r = bare_call(SYS_mprotect,
				      (long[6]){ (long)one.at, (long)one.len, PROT_READ });
	}
	return r;
}

/* The first segment behind `first` that does not lie beside it. */
BARE static const Elf64_Phdr *text_end(const struct image *image, const Elf64_Phdr *first)
{
	const Elf64_Phdr *p = first + 1;

	while (p < image->end && p->p_type == PT_LOAD && !(p->p_flags & PF_W) &&
	       p->p_vaddr - p->p_offset == first->p_vaddr - first->p_offset)
		p++;
	return p;
}

/* What was relocated, or written to: a copy of all its pages takes their place at once. */
BARE static long relocated_exchange(struct pages pages)
{
	const long how = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
	const long *from = (const long *)pages.at;
	long len = (long)pages.len;
	long fresh = bare_call(SYS_mmap, (long[6]){ 0, len, PROT_READ | PROT_WRITE, how, -1 });
	long *to = (long *)fresh;

	if (bare_failed(fresh))
		return fresh;
	for (size_t i = 0; i < pages.len / sizeof(*to); i++) {
		to[i] = from[i];
		__asm__ volatile("" ::: "memory"); /* else this loop becomes a call of memcpy */
	}
	return bare_call(SYS_mremap, (long[6]){ fresh, len, len, MREMAP_MAYMOVE | MREMAP_FIXED,
						(long)pages.at });
}

/* What nobody has written to is there again from the file; like the kernel, with the last page's
 * rest, the beginning of .bss, cleared. */
BARE static long data_exchange(const struct image *image, const Elf64_Phdr *p, long exe,
			       enum seal_when when)
{
	const long how = MAP_PRIVATE | MAP_FIXED | MAP_POPULATE;
	struct pages pages = pages_of(image, p, p);
	char *rest = (char *)(image->base + p->p_vaddr + p->p_filesz);
	long r;

	if (when == SEAL_RELOCATED)
		return relocated_exchange(pages);
	r = bare_call(SYS_mmap, (long[6]){ (long)pages.at, (long)pages.len, PROT_READ | PROT_WRITE,
					   how, exe, pages.offset });
	if (bare_failed(r))
		return r;
	for (; rest < (char *)(pages.at + pages.len); rest++) {
		*rest = 0;
		__asm__ volatile("" ::: "memory"); /* else this loop becomes a call of memset */
	}
	return r;
}

BARE static long image_exchange(const struct image *image, long exe, enum seal_when when)
{
	const Elf64_Phdr *next;
	long r = 0;

	for (const Elf64_Phdr *p = image->segment; p < image->end && !bare_failed(r); p = next) {
		next = p + 1;
		if (p->p_type != PT_LOAD)
			continue;
		if (p->p_flags & PF_W) {
			r = data_exchange(image, p, exe, when);
		} else {
			next = text_end(image, p);
			r = text_exchange(image, p, next, exe);
		}
	}
	return r;
}

/* What the kernel leaves on the stack: argc, argv, NULL, environ, NULL, the auxiliary vector. */
struct stack {
	char *const *argv, *const *environment;
	uintptr_t page; /* bytes */
	uintptr_t end;  /* of the environment's words: where the name of the file begins */
};

BARE static void stack_read(struct stack *out, const long *stack)
{
	char *const *word = (char *const *)(stack + 1) + *stack + 1;

	out->argv = (char *const *)(stack + 1);
	out->environment = word;
	while (*word)
		word++;
	for (const Elf64_auxv_t *aux = (const void *)(word + 1); aux->a_type != AT_NULL; aux++)
		if (aux->a_type == AT_PAGESZ)
			out->page = aux->a_un.a_val;
		else if (aux->a_type == AT_EXECFN)
			out->end = aux->a_un.a_val;
}

/*
 * Names the file that /proc/PID/exe shows, which the kernel lets be done when nothing of the old
 * one is mapped any more (PR_SET_MM_EXE_FILE in prctl(2)): with all else that PR_SET_MM_MAP sets,
 * and which stays as it is, since that is what CAP_SYS_ADMIN of any user namespace may do.
 */
BARE static long exe_exchange(const struct image *image, const struct stack *s, long exe)
{
	struct prctl_mm_map map = { .exe_fd = (unsigned)exe };

	for (const Elf64_Phdr *p = image->segment; p < image->end; p++) {
		if (p->p_type == PT_LOAD && (p->p_flags & PF_X)) {
			map.start_code = image->base + p->p_vaddr;
			map.end_code = map.start_code + p->p_filesz;
		} else if (p->p_type == PT_LOAD && (p->p_flags & PF_W)) {
			map.start_data = image->base + p->p_vaddr;
			map.end_data = map.start_data + p->p_filesz;
		}
	}
	map.brk = (uintptr_t)bare_call(SYS_brk, (long[6]){ 0 });
	map.start_brk = map.brk; /* below that it may not shrink any more, and never does */
	map.start_stack = (uintptr_t)(s->argv - 1);
	map.arg_start = (uintptr_t)s->argv[0];
	map.env_end = s->end;
	map.env_start = *s->environment ? (uintptr_t)*s->environment : map.env_end;
	map.arg_end = map.env_start;
	return bare_call(SYS_prctl, (long[6]){ PR_SET_MM, PR_SET_MM_MAP, (long)&map, sizeof(map) });
}

/* A mount's root that is no folder has no other name than the link in /proc. */
BARE static long open_root(long mount)
{
	char path[32] = "/proc/self/fd/";
	size_t len = sizeof("/proc/self/fd/") - 1;

	for (long unit = 1000000000; unit > 0; unit /= 10)
		if (mount >= unit || unit == 1)
			path[len++] = (char)('0' + mount / unit % 10);
	path[len] = '\0';
	return bare_call(SYS_openat, (long[6]){ AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC });
}

BARE int seal_place(const long *stack, int mount, enum seal_when when)
{
	struct image image = { 0 };
	struct stack s = { 0 };
	long exe = open_root(mount), r = exe;

	stack_read(&s, stack);
	image_find(&image);
	image.page = s.page;
	if (!bare_failed(r))
		r = image_exchange(&image, exe, when);
	if (!bare_failed(r))
		r = exe_exchange(&image, &s, exe);
	if (exe >= 0)
		bare_call(SYS_close, (long[6]){ exe });
	return bare_failed(r) ? (int)r : 0;
}

#else

int seal_place(const long *stack, int mount, enum seal_when when)
{
	(void)stack, (void)mount, (void)when;
	return -ENOSYS;
}

#endif

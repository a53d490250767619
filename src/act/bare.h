/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For code that runs where nothing of libc works: in front of libc's start, where nothing is
 * relocated yet, or while the program's own memory is exchanged (seal_place.c, seal_entry.c).
 * BARE_CALLS is there on processors for which the way into the kernel is written down here.
 *
 * Such a function is BARE: it has no stack protector, which reads its word from memory that is not
 * there, and no sanitizer watches it. It makes no calls but to its like, not even those that a
 * compiler makes of a loop, and has no pointers in static data.
 */
#ifndef ACT_BARE_H
#define ACT_BARE_H

#include <stdbool.h>

#define BARE __attribute__((no_stack_protector, no_sanitize("address", "undefined")))

#if defined(__x86_64__) && defined(__LP64__)

#define BARE_CALLS 1

/* What the kernel answers: -errno where bare_failed. */
BARE static inline long bare_call(long number, const long arg[6])
{
	register long r10 __asm__("r10") = arg[3];
	register long r8 __asm__("r8") = arg[4];
	register long r9 __asm__("r9") = arg[5];
	long r;

	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "0"(number), "D"(arg[0]), "S"(arg[1]), "d"(arg[2]), "r"(r10), "r"(r8),
			   "r"(r9)
			 : "rcx", "r11", "memory");
	return r;
}

#elif defined(__aarch64__) && defined(__LP64__)

#define BARE_CALLS 1

BARE static inline long bare_call(long number, const long arg[6])
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = arg[0];
	register long x1 __asm__("x1") = arg[1];
	register long x2 __asm__("x2") = arg[2];
	register long x3 __asm__("x3") = arg[3];
	register long x4 __asm__("x4") = arg[4];
	register long x5 __asm__("x5") = arg[5];

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

#else

#define BARE_CALLS 0

#endif

/* An address may be negative, too. */
BARE static inline bool bare_failed(long r)
{
	return r < 0 && r > -4096;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of linux.seccomp and the numbers behind them. Tables only: what a profile means is
 * decided in filter.c.
 */
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include "base/str.h"
#include "plan/filter.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* Architectures that older versions of libseccomp do not have. */
#ifndef SCMP_ARCH_RISCV64
#define SCMP_ARCH_RISCV64 0
#endif
#ifndef SCMP_ARCH_LOONGARCH64
#define SCMP_ARCH_LOONGARCH64 0
#endif
#ifndef SCMP_ARCH_M68K
#define SCMP_ARCH_M68K 0
#endif
#ifndef SCMP_ARCH_SH
#define SCMP_ARCH_SH 0
#define SCMP_ARCH_SHEB 0
#endif

#define MAX_ERRNO 4095

const struct filter_action filter_actions[] = {
	{ "SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD, 0 },
	{ "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS, 0 },
	{ "SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD, 0 },
	{ "SCMP_ACT_TRAP", SECCOMP_RET_TRAP, 0 },
	{ "SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO, MAX_ERRNO },
	{ "SCMP_ACT_TRACE", SECCOMP_RET_TRACE, SECCOMP_RET_DATA },
	{ "SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW, 0 },
	{ "SCMP_ACT_LOG", SECCOMP_RET_LOG, 0 },
	{ "SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF, 0 },
};
const size_t n_filter_actions = COUNT(filter_actions);

const struct filter_action *filter_action_find(const char *name)
{
	static const char all[] = "SCMP_ACT_"; /* what each begins with */
	const char *rest = str_after(name, all);

	for (size_t i = 0; rest && i < n_filter_actions; i++)
		if (streq(filter_actions[i].name + sizeof(all) - 1, rest))
			return &filter_actions[i];
	return NULL;
}

const struct filter_operator filter_operators[] = {
	{ "SCMP_CMP_NE", FILTER_NE },
	{ "SCMP_CMP_LT", FILTER_LT },
	{ "SCMP_CMP_LE", FILTER_LE },
	{ "SCMP_CMP_EQ", FILTER_EQ },
	{ "SCMP_CMP_GE", FILTER_GE },
	{ "SCMP_CMP_GT", FILTER_GT },
	{ "SCMP_CMP_MASKED_EQ", FILTER_MASKED },
};
const size_t n_filter_operators = COUNT(filter_operators);

const struct filter_flag filter_flags[] = {
	{ "SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC },
	{ "SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV },
};
const size_t n_filter_flags = COUNT(filter_flags);

#define X32_FIRST 0x40000000

const struct filter_arch filter_archs[] = {
	{ "SCMP_ARCH_X86", SCMP_ARCH_X86, 0, MUX_X86, COLUMN_X86 },
	{ "SCMP_ARCH_X86_64", SCMP_ARCH_X86_64, 0, MUX_NONE, COLUMN_X86_64 },
	{ "SCMP_ARCH_X32", SCMP_ARCH_X32, X32_FIRST, MUX_NONE, COLUMN_X32 },
	{ "SCMP_ARCH_ARM", SCMP_ARCH_ARM, 0, MUX_NONE, COLUMN_ARM },
	{ "SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64, 0, MUX_NONE, COLUMN_AARCH64 },
	{ "SCMP_ARCH_MIPS", SCMP_ARCH_MIPS, 4000, MUX_MIPS, COLUMN_NONE },
	{ "SCMP_ARCH_MIPS64", SCMP_ARCH_MIPS64, 5000, MUX_NONE, COLUMN_NONE },
	{ "SCMP_ARCH_MIPS64N32", SCMP_ARCH_MIPS64N32, 6000, MUX_NONE, COLUMN_NONE },
	{ "SCMP_ARCH_MIPSEL", SCMP_ARCH_MIPSEL, 4000, MUX_MIPS, COLUMN_NONE },
	{ "SCMP_ARCH_MIPSEL64", SCMP_ARCH_MIPSEL64, 5000, MUX_NONE, COLUMN_NONE },
	{ "SCMP_ARCH_MIPSEL64N32", SCMP_ARCH_MIPSEL64N32, 6000, MUX_NONE, COLUMN_NONE },
	{ "SCMP_ARCH_PPC", SCMP_ARCH_PPC, 0, MUX_PPC, COLUMN_NONE },
	{ "SCMP_ARCH_PPC64", SCMP_ARCH_PPC64, 0, MUX_PPC, COLUMN_NONE },
	{ "SCMP_ARCH_PPC64LE", SCMP_ARCH_PPC64LE, 0, MUX_PPC, COLUMN_NONE },
	{ "SCMP_ARCH_S390", SCMP_ARCH_S390, 0, MUX_S390, COLUMN_NONE },
	{ "SCMP_ARCH_S390X", SCMP_ARCH_S390X, 0, MUX_S390, COLUMN_NONE },
	{ "SCMP_ARCH_PARISC", SCMP_ARCH_PARISC, 0, MUX_NONE, COLUMN_NONE },
	{ "SCMP_ARCH_PARISC64", SCMP_ARCH_PARISC64, 0, MUX_NONE, COLUMN_NONE },
	{ "SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64, 0, MUX_NONE, COLUMN_NONE },
	{ "SCMP_ARCH_LOONGARCH64", SCMP_ARCH_LOONGARCH64, 0, MUX_NONE, COLUMN_NONE },
	{ "SCMP_ARCH_M68K", SCMP_ARCH_M68K, 0, MUX_M68K, COLUMN_NONE },
	{ "SCMP_ARCH_SH", SCMP_ARCH_SH, 0, MUX_SH, COLUMN_NONE },
	{ "SCMP_ARCH_SHEB", SCMP_ARCH_SHEB, 0, MUX_SH, COLUMN_NONE },
};
const size_t n_filter_archs = COUNT(filter_archs);

uint32_t filter_arch_audit(const struct filter_arch *arch)
{
	return arch->token == SCMP_ARCH_X32 ? AUDIT_ARCH_X86_64 : arch->token;
}

bool filter_arch_is_64(const struct filter_arch *arch)
{
	if (arch->token == SCMP_ARCH_MIPS64N32 || arch->token == SCMP_ARCH_MIPSEL64N32)
		return false; /* 64-bit registers for the kernel, 32-bit values for libseccomp */
	return arch->token & __AUDIT_ARCH_64BIT;
}

bool filter_arch_can_occur(const struct filter_arch *arch)
{
	bool little = arch->token & __AUDIT_ARCH_LE;

	return arch->token && little == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
}

#define NR_SOCKETCALL 102
#define NR_IPC 117
#define SEMTIMEDOP 4

/* By the selectors of <linux/net.h>: socket, bind, connect, listen, accept and so on. 0: none. */
static const uint16_t socket_direct[][21] = {
	[MUX_X86] = { 0,   359, 361, 362, 363, 0,   367, 368, 360, 0,  0,
		      369, 371, 373, 366, 365, 370, 372, 364, 337, 345 },
	[MUX_S390] = { 0,   359, 361, 362, 363, 0,   367, 368, 360, 0,  0,
		       369, 371, 373, 366, 365, 370, 372, 364, 357, 358 },
	[MUX_PPC] = { 0,   326, 327, 328, 329, 330, 331, 332, 333, 334, 336,
		      335, 337, 338, 339, 340, 341, 342, 344, 343, 349 },
	[MUX_MIPS] = { 0,   183, 169, 170, 174, 168, 172, 171, 184, 178, 175,
		       180, 176, 182, 181, 173, 179, 177, 334, 335, 343 },
	[MUX_M68K] = { 0,   356, 358, 359, 360, 0,   364, 365, 357, 0,  0,
		       366, 368, 370, 363, 362, 367, 369, 361, 371, 372 },
	[MUX_SH] = { 0,   340, 341, 342, 343, 344, 345, 346, 347, 348, 350,
		     349, 351, 352, 353, 354, 355, 356, 358, 357, 363 },
};

/* By the selectors of <linux/ipc.h>; the same everywhere, semtimedop on 64-bit ones alone. */
static const uint16_t ipc_direct[25] = {
	[2] = 393,  [3] = 394,  [SEMTIMEDOP] = 392, [11] = 400, [12] = 401, [13] = 399,
	[14] = 402, [21] = 397, [22] = 398,         [23] = 395, [24] = 396,
};

bool filter_arch_muxed(const struct filter_arch *arch, int pseudo, struct filter_muxed *out)
{
	bool ipc = pseudo < -200;
	int selector = -pseudo - (ipc ? 200 : 100), known = ipc ? COUNT(ipc_direct) : 21;

	if (arch->mux == MUX_NONE || selector < 1 || selector >= known)
		return false;

	uint32_t direct = ipc ? ipc_direct[selector] : socket_direct[arch->mux][selector];

	if (ipc && selector == SEMTIMEDOP && !filter_arch_is_64(arch))
		direct = 0;
	*out = (struct filter_muxed){
		.number = arch->first + (ipc ? NR_IPC : NR_SOCKETCALL),
		.selector = (uint32_t)selector,
		.direct = direct ? arch->first + direct : 0,
	};
	return true;
}

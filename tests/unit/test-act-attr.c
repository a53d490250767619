/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scheduler, I/O priority, memory policy and personality on a live process, this one, as far as an
 * ordinary user may; then without each of the system calls.
 */
#include "act/attr.h"

#include <errno.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/unit/test-without.h"
#include "tests/unit/test.h"

static struct error err;

static const struct plan_scheduler scheduler = { .what = "SCHED_BATCH, nice 3",
						  .policy = SCHED_BATCH,
						  .nice = 3 };
static const struct plan_scheduler idle = { .what = "SCHED_IDLE, nice 5",
					     .policy = SCHED_IDLE,
					     .nice = 5 };
static const struct plan_io_priority io = { .what = "IOPRIO_CLASS_BE, priority 6",
					     .value = 2 << 13 | 6 };
static const struct plan_memory_policy memory = { .what = "MPOL_DEFAULT" };
static const struct plan_personality person = { .what = "LINUX32", .persona = 8 };

static void check_live(void)
{
	TEST("scheduler and I/O priority of a process") {
		struct plan_attr attr = { .scheduler = &scheduler, .io_priority = &io };

		CHECK(attr_set(&attr, getpid(), &err) == 0);
		CHECK(syscall(SYS_sched_getscheduler, 0) == SCHED_BATCH);
		CHECK(getpriority(PRIO_PROCESS, 0) == 3);
		CHECK(syscall(SYS_ioprio_get, 1, 0) == io.value);
	}
	TEST("the nice value counts for a policy that the kernel does not take it for, too") {
		struct plan_attr attr = { .scheduler = &idle };

		CHECK(attr_set(&attr, getpid(), &err) == 0);
		CHECK(syscall(SYS_sched_getscheduler, 0) == SCHED_IDLE);
		CHECK(getpriority(PRIO_PROCESS, 0) == 5);
	}
	TEST("personality and memory policy of the process itself") {
		struct plan_attr attr = { .memory = &memory, .personality = &person };

		CHECK(attr_set_own(&attr, &err) == 0);
		CHECK(personality(0xffffffff) == PER_LINUX32);
	}
	TEST("what is not planned stays") {
		struct plan_attr attr = { 0 };

		CHECK(attr_set(&attr, getpid(), &err) == 0 && attr_set_own(&attr, &err) == 0);
		CHECK(syscall(SYS_sched_getscheduler, 0) == SCHED_IDLE);
		CHECK(personality(0xffffffff) == PER_LINUX32);
	}
	TEST("a refusal names the field and what was to be set") {
		static const unsigned long far[64] = { [63] = 1 };
		struct plan_memory_policy bind = { "MPOL_BIND 4032", 2, { far, 64 } };
		struct plan_attr attr = { .memory = &bind };

		CHECK(attr_set_own(&attr, &err) < 0);
		CHECK_STR(err.at, "/linux/memoryPolicy");
		CHECK_STR(err.msg, "set MPOL_BIND 4032: Invalid argument");
	}
}

static void check_without(int number, const struct plan_attr *attr, const char *at, const char *msg)
{
	err = (struct error){ 0 };
	TEST(msg) {
		CHECK(test_without(number, ENOSYS));
		CHECK(attr_set(attr, getpid(), &err) < 0 || attr_set_own(attr, &err) < 0);
		CHECK_STR(err.at, at);
		CHECK_STR(err.msg, msg);
	}
}

int main(void)
{
	check_live();
	check_without(SYS_sched_setattr, &(struct plan_attr){ .scheduler = &scheduler },
		      "/process/scheduler",
		      "SCHED_BATCH, nice 3: this kernel has no sched_setattr(2)");
	check_without(SYS_ioprio_set, &(struct plan_attr){ .io_priority = &io },
		      "/process/ioPriority",
		      "IOPRIO_CLASS_BE, priority 6: this kernel has no ioprio_set(2)");
	check_without(SYS_set_mempolicy, &(struct plan_attr){ .memory = &memory },
		      "/linux/memoryPolicy", "MPOL_DEFAULT: this kernel has no set_mempolicy(2)");
	check_without(SYS_personality, &(struct plan_attr){ .personality = &person },
		      "/linux/personality", "LINUX32: this kernel has no personality(2)");
	return test_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scheduler, I/O priority, memory policy, personality and the CPUs of exec. A member that is there
 * is always carried out, defaults too: mcrun's caller may itself be niced, bound to a node or run
 * under setarch(8), and its own values are not the container's. What the kernel would refuse
 * whatever the machine (sched_setattr(2), set_mempolicy(2), ioprio_set(2)) is refused here.
 */
#include "plan/attr.h"

#include <inttypes.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>

#include "plan/build.h"

#define SCHEDULER "/process/scheduler"
#define IO_PRIORITY "/process/ioPriority"
#define AFFINITY "/process/execCPUAffinity"
#define MEMORY "/linux/memoryPolicy"
#define PERSONALITY "/linux/personality"

enum {
	NICE_MIN = -20,
	NICE_MAX = 19,
	RT_MIN = 1,	/* priorities of SCHED_FIFO and SCHED_RR, sched(7) */
	RT_MAX = 99,
	DEADLINE_MIN = 1024,	/* nanoseconds, sched(7): below it the kernel cannot count */
	IO_LEVELS = 8,
	WEIGHTED_INTERLEAVE = 6,	/* MPOL_WEIGHTED_INTERLEAVE, since Linux 6.9 */
	PERSONA_LINUX = 0x0000,		/* PER_LINUX of <sys/personality.h> */
	PERSONA_LINUX32 = 0x0008,
};

/* SCHED_ISO is reserved in the kernel's list, and has never been there. */
static const struct attr_word policies[] = {
	{ "SCHED_OTHER", SCHED_NORMAL },     { "SCHED_FIFO", SCHED_FIFO }, { "SCHED_RR", SCHED_RR },
	{ "SCHED_BATCH", SCHED_BATCH },	     { "SCHED_IDLE", SCHED_IDLE },
	{ "SCHED_DEADLINE", SCHED_DEADLINE }, { NULL, 0 },
};

static const struct attr_word scheduler_flags[] = {
	{ "SCHED_FLAG_RESET_ON_FORK", SCHED_FLAG_RESET_ON_FORK },
	{ "SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM },
	{ "SCHED_FLAG_DL_OVERRUN", SCHED_FLAG_DL_OVERRUN },
	{ "SCHED_FLAG_KEEP_POLICY", SCHED_FLAG_KEEP_POLICY },
	{ "SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS },
	{ "SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN },
	{ "SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX },
	{ NULL, 0 },
};

static const struct attr_word io_classes[] = {
	{ "IOPRIO_CLASS_RT", IOPRIO_CLASS_RT },
	{ "IOPRIO_CLASS_BE", IOPRIO_CLASS_BE },
	{ "IOPRIO_CLASS_IDLE", IOPRIO_CLASS_IDLE },
	{ NULL, 0 },
};

const struct attr_word attr_memory_modes[] = {
	{ "MPOL_DEFAULT", MPOL_DEFAULT },
	{ "MPOL_BIND", MPOL_BIND },
	{ "MPOL_INTERLEAVE", MPOL_INTERLEAVE },
	{ "MPOL_WEIGHTED_INTERLEAVE", WEIGHTED_INTERLEAVE },
	{ "MPOL_PREFERRED", MPOL_PREFERRED },
	{ "MPOL_PREFERRED_MANY", MPOL_PREFERRED_MANY },
	{ "MPOL_LOCAL", MPOL_LOCAL },
	{ NULL, 0 },
};

const struct attr_word attr_memory_flags[] = {
	{ "MPOL_F_NUMA_BALANCING", MPOL_F_NUMA_BALANCING },
	{ "MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES },
	{ "MPOL_F_STATIC_NODES", MPOL_F_STATIC_NODES },
	{ NULL, 0 },
};

static const struct attr_word domains[] = {
	{ "LINUX", PERSONA_LINUX },
	{ "LINUX32", PERSONA_LINUX32 },
	{ NULL, 0 },
};

static const struct attr_word *find(const struct attr_word *table, const char *name)
{
	for (; table->name; table++)
		if (streq(table->name, name))
			return table;
	return NULL;
}

/* The row of a word that must be in the table, or NULL and an error. */
static const struct attr_word *read_word(struct build *b, const char *at,
					 const struct attr_word *table, const char *word)
{
	const struct attr_word *row = find(table, word);

	if (!row)
		err_in(b->err, at, "unknown value '%s'", word);
	return row;
}

struct flags {
	const char *at; /* of the list */
	const char *const *word;
	size_t n;
};

static int read_flags(struct build *b, const struct attr_word *table, struct flags given,
		      uint64_t *out)
{
	for (size_t i = 0; i < given.n; i++) {
		const struct attr_word *row = find(table, given.word[i]);

		if (!row)
			return err_in(b->err, build_at(b, "%s/%zu", given.at, i),
				      "unknown flag '%s'", given.word[i]);
		*out |= row->value;
	}
	return 0;
}

/* " FLAG FLAG", in the table's order, or "". */
static const char *flag_text(struct build *b, const struct attr_word *table, uint64_t flags)
{
	const char *text = "";

	for (; table->name; table++)
		if (flags & table->value)
			text = arena_printf(b->a, "%s %s", text, table->name);
	return text;
}

/* ---- scheduler ------------------------------------------------------------------------------- */

static bool is_realtime(uint32_t policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

static int check_priority(struct build *b, const struct oci_scheduler *s, uint32_t policy)
{
	if (s->nice < NICE_MIN || s->nice > NICE_MAX)
		return err_in(b->err, SCHEDULER "/nice", "%" PRId64 " is out of range: a nice "
			      "value is between %d and %d", s->nice, NICE_MIN, NICE_MAX);
	if (!is_realtime(policy) && s->priority)
		return err_in(b->err, SCHEDULER "/priority", "%s has none: it must be 0 or absent",
			      s->policy);
	if (is_realtime(policy) && (s->priority < RT_MIN || s->priority > RT_MAX))
		return err_in(b->err, SCHEDULER "/priority", "%" PRId64 " is out of range: %s has "
			      "%d to %d", s->priority, s->policy, RT_MIN, RT_MAX);
	return 0;
}

/* As the kernel checks them (sched_setattr(2)), with a period of 0 standing for the deadline. */
static int check_deadline(struct build *b, const struct oci_scheduler *s)
{
	uint64_t period = s->period ? s->period : s->deadline;

	if (s->runtime < DEADLINE_MIN)
		return err_in(b->err, SCHEDULER "/runtime", "%" PRIu64 " ns is too short: "
			      "SCHED_DEADLINE takes at least %d ns", s->runtime, DEADLINE_MIN);
	if (s->deadline < s->runtime)
		return err_in(b->err, SCHEDULER "/deadline", "%" PRIu64 " ns is less than runtime, "
			      "%" PRIu64 " ns", s->deadline, s->runtime);
	if (period < s->deadline)
		return err_in(b->err, SCHEDULER "/period", "%" PRIu64 " ns is less than deadline, "
			      "%" PRIu64 " ns", period, s->deadline);
	if (period > INT64_MAX)
		return err_in(b->err, SCHEDULER "/period", "%" PRIu64 " ns is too long", period);
	return 0;
}

static int check_no_deadline(struct build *b, const struct oci_scheduler *s, uint64_t flags)
{
	const char *key = s->runtime ? "runtime" : s->deadline ? "deadline" : "period";

	if (s->runtime || s->deadline || s->period)
		return err_in(b->err, build_at(b, SCHEDULER "/%s", key),
			      "%s has none; it belongs to SCHED_DEADLINE", s->policy);
	if (flags & (SCHED_FLAG_RECLAIM | SCHED_FLAG_DL_OVERRUN))
		return err_in(b->err, SCHEDULER "/flags", "SCHED_FLAG_RECLAIM and "
			      "SCHED_FLAG_DL_OVERRUN belong to SCHED_DEADLINE, not to %s",
			      s->policy);
	return 0;
}

/* The parent sets it before startContainer hooks run, and the kernel lets no such process fork. */
static int check_hooks(struct build *b, uint64_t flags)
{
	if ((flags & SCHED_FLAG_RESET_ON_FORK) || !b->plan->hooks.n[HOOK_START_CONTAINER])
		return 0;
	return err_in(b->err, SCHEDULER "/flags",
		      "SCHED_DEADLINE without SCHED_FLAG_RESET_ON_FORK lets no process be made, so "
		      "the startContainer hooks cannot run");
}

static const char *scheduler_text(struct build *b, const struct oci_scheduler *s,
				  const struct plan_scheduler *plan)
{
	const char *text = arena_printf(b->a, "%s, nice %d", s->policy, plan->nice);

	if (is_realtime(plan->policy))
		text = arena_printf(b->a, "%s, priority %" PRIu32, text, plan->priority);
	if (plan->policy == SCHED_DEADLINE)
		text = arena_printf(b->a,
				    "%s, %" PRIu64 " ns within %" PRIu64 " of every %" PRIu64,
				    text, plan->runtime, plan->deadline, plan->period);
	return arena_printf(b->a, "%s%s", text, flag_text(b, scheduler_flags, plan->flags));
}

static int plan_scheduler(struct build *b, const struct oci_scheduler *s)
{
	struct plan_scheduler *out = arena_new(b->a, struct plan_scheduler);
	struct flags flags = { SCHEDULER "/flags", s->flags, s->n_flags };

	if (streq(s->policy, "SCHED_ISO"))
		return err_in(b->err, SCHEDULER "/policy",
			      "no Linux kernel has SCHED_ISO; the name is only reserved");

	const struct attr_word *policy = read_word(b, SCHEDULER "/policy", policies, s->policy);

	if (!policy || read_flags(b, scheduler_flags, flags, &out->flags) < 0)
		return -1;
	out->policy = (uint32_t)policy->value;
	if (check_priority(b, s, out->policy) < 0)
		return -1;
	if (out->policy != SCHED_DEADLINE && check_no_deadline(b, s, out->flags) < 0)
		return -1;
	if (out->policy == SCHED_DEADLINE &&
	    (check_deadline(b, s) < 0 || check_hooks(b, out->flags) < 0))
		return -1;
	out->nice = (int32_t)s->nice;
	out->priority = (uint32_t)s->priority;
	out->runtime = s->runtime;
	out->deadline = s->deadline;
	out->period = s->period ? s->period : s->deadline;
	out->what = scheduler_text(b, s, out);
	b->plan->attr.scheduler = out;
	return 0;
}

/* ---- I/O priority, personality, CPUs --------------------------------------------------------- */

static int plan_io_priority(struct build *b, const struct oci_io_priority *p)
{
	struct plan_io_priority *out = arena_new(b->a, struct plan_io_priority);
	const struct attr_word *class = read_word(b, IO_PRIORITY "/class", io_classes, p->class);

	if (!class)
		return -1;
	if (!p->has_priority)
		return err_in(b->err, IO_PRIORITY "/priority",
			      "missing; it is between 0, the highest, and %d", IO_LEVELS - 1);
	if (p->priority < 0 || p->priority >= IO_LEVELS)
		return err_in(b->err, IO_PRIORITY "/priority", "%" PRId64 " is out of range: it is "
			      "between 0, the highest, and %d", p->priority, IO_LEVELS - 1);
	out->value = (int)(class->value << IOPRIO_CLASS_SHIFT | (uint64_t)p->priority);
	out->what = arena_printf(b->a, "%s, priority %" PRId64, p->class, p->priority);
	b->plan->attr.io_priority = out;
	return 0;
}

static int plan_personality(struct build *b, const struct oci_personality *p)
{
	struct plan_personality *out = arena_new(b->a, struct plan_personality);
	const struct attr_word *domain = read_word(b, PERSONALITY "/domain", domains, p->domain);

	if (!domain)
		return -1;
	if (p->n_flags)
		return err_in(b->err, PERSONALITY "/flags/0", "unknown flag '%s': the "
			      "specification has none yet", p->flags[0]);
	out->persona = domain->value;
	out->what = domain->name;
	b->plan->attr.personality = out;
	return 0;
}

/* A list that exec will use, checked now: `create` is where a mistake in it can be mended. */
static int plan_cpus(struct build *b, const char *key, const char *list, const char **out)
{
	struct plan_mask mask;
	const char *why;

	if (build_no_text(list))
		return 0;
	if (plan_mask_read(b->a, list, &mask, &why) < 0)
		return err_in(b->err, build_at(b, AFFINITY "/%s", key), "'%s' %s", list, why);
	if (!mask.n_word)
		return err_in(b->err, build_at(b, AFFINITY "/%s", key), "'%s' names no CPU", list);
	*out = list;
	return 0;
}

static int plan_affinity(struct build *b, const struct oci_cpu_affinity *c)
{
	struct plan_attr *out = &b->plan->attr;

	if (plan_cpus(b, "initial", c->initial, &out->exec_cpu_initial) < 0)
		return -1;
	return plan_cpus(b, "final", c->final, &out->exec_cpu_final);
}

/* ---- memory policy --------------------------------------------------------------------------- */

/* Which modes want nodes, and which flags go with which mode: set_mempolicy(2). */
static int check_memory(struct build *b, const struct oci_memory_policy *m, int mode,
			const struct plan_memory_policy *plan)
{
	bool none = mode == MPOL_DEFAULT || mode == MPOL_LOCAL, any = mode == MPOL_PREFERRED;
	int of_nodes = MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES, flags = plan->mode & ~mode;

	if (none && plan->nodes.n_word)
		return err_in(b->err, MEMORY "/nodes", "%s takes no nodes, but '%s' is given",
			      m->mode, m->nodes);
	if (!none && !any && !plan->nodes.n_word)
		return err_in(b->err, MEMORY "/nodes", "%s needs at least one node", m->mode);
	if ((flags & of_nodes) == of_nodes)
		return err_in(b->err, MEMORY "/flags", "MPOL_F_STATIC_NODES and "
			      "MPOL_F_RELATIVE_NODES exclude each other");
	if ((flags & of_nodes) && mode != MPOL_DEFAULT && !plan->nodes.n_word)
		return err_in(b->err, MEMORY "/flags", "%s without nodes takes neither "
			      "MPOL_F_STATIC_NODES nor MPOL_F_RELATIVE_NODES", m->mode);
	if ((flags & MPOL_F_NUMA_BALANCING) && mode != MPOL_BIND && mode != MPOL_PREFERRED_MANY)
		return err_in(b->err, MEMORY "/flags", "MPOL_F_NUMA_BALANCING goes with MPOL_BIND "
			      "and MPOL_PREFERRED_MANY, not with %s", m->mode);
	return 0;
}

static int plan_memory(struct build *b, const struct oci_memory_policy *m)
{
	struct plan_memory_policy *out = arena_new(b->a, struct plan_memory_policy);
	const struct attr_word *mode = read_word(b, MEMORY "/mode", attr_memory_modes, m->mode);
	struct flags given = { MEMORY "/flags", m->flags, m->n_flags };
	uint64_t flags = 0;
	const char *why;

	if (!mode || read_flags(b, attr_memory_flags, given, &flags) < 0)
		return -1;
	if (plan_mask_read(b->a, m->nodes, &out->nodes, &why) < 0)
		return err_in(b->err, MEMORY "/nodes", "'%s' %s", m->nodes, why);
	out->mode = (int)(mode->value | flags);
	if (check_memory(b, m, (int)mode->value, out) < 0)
		return -1;
	out->what = arena_printf(b->a, "%s%s%s%s", mode->name, out->nodes.n_word ? " " : "",
				 out->nodes.n_word ? m->nodes : "",
				 flag_text(b, attr_memory_flags, flags));
	b->plan->attr.memory = out;
	return 0;
}

int build_attr(struct build *b)
{
	const struct oci_process *p = b->spec->process;
	const struct oci_linux *lx = b->linux_;

	if (p && p->scheduler && plan_scheduler(b, p->scheduler) < 0)
		return -1;
	if (p && p->io_priority && plan_io_priority(b, p->io_priority) < 0)
		return -1;
	if (p && p->exec_cpu_affinity && plan_affinity(b, p->exec_cpu_affinity) < 0)
		return -1;
	if (lx->memory_policy && plan_memory(b, lx->memory_policy) < 0)
		return -1;
	return lx->personality ? plan_personality(b, lx->personality) : 0;
}

/* PIDINFO: the order of its checks, and the flavors that no other file has. */
#include "inside.h"

#include <string.h>

enum { COMPARE_IDVERSION = 1, COMPARE_UNIQUEID = 2, LAST_FLAVOR = 34 };
enum { LISTFDS = 1, PATHINFO = 11, WORKQUEUEINFO = 12 };
enum { PATH_MAX_SIZE = 4096 };
enum { NOTE_EXITSTATUS = 0x04000000, EXIT_STATUS_MASK = 0xfffff };
enum { RT_RECORD = SIZE_vm_rtfault_record_t };

static int32_t workqueue(const struct call *c, struct process *p)
{
	if (p->value[DOUBLE_WORKQUEUE_BUSY] > 0) {
		p->value[DOUBLE_WORKQUEUE_BUSY]--;
		return -D_ESRCH;
	}
	if (!p->value[DOUBLE_WORKQUEUE])
		return -D_ESRCH;
	uint8_t *out = begin(c, SIZE_proc_workqueueinfo);
	if (meaningful()) {
		put32(out + pwq_nthreads, p->list[DOUBLE_THREAD].count);
		put32(out + pwq_runthreads, 0);
		put32(out + pwq_blockedthreads, p->list[DOUBLE_THREAD].count);
		put32(out + pwq_state, 0);
	}
	return finish(c, out, SIZE_proc_workqueueinfo);
}

static int32_t arch(const struct call *c, struct process *p)
{
	(void)p;
	enum { CPU_TYPE_ARM64 = 0x0100000c, CPU_SUBTYPE_ARM64E = 2 };
	uint8_t *out = begin(c, SIZE_proc_archinfo);
	if (meaningful()) {
		put32(out + p_cputype, CPU_TYPE_ARM64);
		put32(out + p_cpusubtype, CPU_SUBTYPE_ARM64E);
	}
	return finish(c, out, SIZE_proc_archinfo);
}

static int32_t coalition(const struct call *c, struct process *p)
{
	uint8_t *out = begin(c, SIZE_proc_pidcoalitioninfo);
	if (meaningful()) {
		memset(out, 0, SIZE_proc_pidcoalitioninfo);
		put64(out, p->value[DOUBLE_RESOURCE_COALITION]);
		put64(out + 8, p->value[DOUBLE_JETSAM_COALITION]);
	}
	return finish(c, out, SIZE_proc_pidcoalitioninfo);
}

static int32_t note_exit(const struct call *c, struct process *p)
{
	if (!is_parent(p))
		return -D_EACCES;
	uint8_t *out = begin(c, sizeof(uint32_t));
	if (meaningful()) {
		uint32_t status = (uint32_t)p->value[DOUBLE_XSTATUS] & EXIT_STATUS_MASK;
		put32(out, is(p, DOUBLE_ZOMBIE) && (c->arg & NOTE_EXITSTATUS) ? status : 0);
	}
	return finish(c, out, sizeof(uint32_t));
}

static void reason(uint8_t *out, uint32_t len)
{
	enum { NAMESPACE_SIGNAL = 2, SIGNAL_KILL = 9 };
	put32(out + beri_namespace, NAMESPACE_SIGNAL);
	put64(out + beri_code, SIGNAL_KILL);
	put64(out + beri_flags, 0);
	put32(out + beri_reason_buf_size, len);
}

/* The struct is input and output: the caller passes the address and the size of a second buffer. */
static int32_t exit_reason(const struct call *c, struct process *p)
{
	if (!is_parent(p))
		return -D_EACCES;
	const struct blob *b = find_blob(DOUBLE_EXIT_REASON, p->pid, 0);
	if (!b)
		return -D_ENOENT;
	if (!mapped(c->buffer))
		return -D_EFAULT;
	uint64_t address = get64(c->buffer + eri_kcd_buf);
	if (address == 0 || get32(c->buffer + eri_reason_buf_size) < b->len)
		return -D_ENOMEM;
	uint8_t *data = (uint8_t *)(uintptr_t)address;
	if (b->len && !mapped(data))
		return -D_EFAULT;
	if (b->len)
		memcpy(data, b->bytes, b->len);
	uint8_t *out = begin(c, SIZE_proc_exitreasoninfo);
	if (meaningful())
		reason(out, b->len);
	put32(out + eri_reason_buf_size, b->len);
	put64(out + eri_kcd_buf, address);
	return finish(c, out, SIZE_proc_exitreasoninfo);
}

static int32_t exit_reason_basic(const struct call *c, struct process *p)
{
	if (!is_parent(p))
		return -D_EACCES;
	const struct blob *b = find_blob(DOUBLE_EXIT_REASON, p->pid, 0);
	if (!b)
		return -D_ENOENT;
	uint8_t *out = begin(c, SIZE_proc_exitreasonbasicinfo);
	if (meaningful())
		reason(out, b->len);
	put32(out + beri_reason_buf_size, b->len);
	return finish(c, out, SIZE_proc_exitreasonbasicinfo);
}

/* Returns a count. If the buffer is too small, copies the records that fit and returns ENOMEM. */
static int32_t faults(const struct call *c, struct process *p)
{
	const struct list *list = &p->list[DOUBLE_FAULT];
	uint32_t room = c->size / RT_RECORD, count = list->count < room ? list->count : room, seed = seed_of(c);
	if (!is_self(p))
		return -D_EINVAL;
	if (!c->buffer && c->size == 0)
		return -D_ENOMEM;
	if (count && !mapped(c->buffer))
		return -D_EFAULT;
	for (uint32_t i = 0; i < count; i++) {
		uint8_t *out = c->buffer + i * RT_RECORD;
		for (uint32_t j = 0; j < RT_RECORD; j++)
			out[j] = pattern(seed, i * RT_RECORD + j);
		put64(out + rtfabstime, list->at[i].key);
		put64(out + rtfaddr, list->at[i].value);
	}
	return room < list->count ? -D_ENOMEM : (int32_t)count;
}

static int32_t platform(const struct call *c, struct process *p)
{
	uint8_t *out = begin(c, sizeof(uint32_t));
	if (meaningful())
		put32(out, (uint32_t)p->value[DOUBLE_PLATFORM]);
	return finish(c, out, sizeof(uint32_t));
}

static int32_t ipc_table(const struct call *c, struct process *p)
{
	if (is(p, DOUBLE_DEAD_SPACE))
		return -D_EINVAL;
	uint8_t *out = begin(c, SIZE_proc_ipctableinfo);
	if (meaningful()) {
		put32(out + table_size, 64);
		put32(out + table_free, 40);
	}
	return finish(c, out, SIZE_proc_ipctableinfo);
}

enum { NULL_SIZES = 1 };                            /* a NULL buffer queries the size */
enum { LIVING, ZOMBIE_IF_ARG, ZOMBIE_TOO };
enum { SAME_USER, ANY_USER };

static const struct {
	uint32_t least;
	uint8_t null_sizes, zombie, who;
	process_worker work;
} flavors[LAST_FLAVOR + 1] = {
	[1] = {SIZE_proc_fdinfo, NULL_SIZES, LIVING, SAME_USER, list_fds},
	[2] = {SIZE_proc_taskallinfo, 0, LIVING, SAME_USER, bsd_all},
	[3] = {SIZE_proc_bsdinfo, 0, ZOMBIE_IF_ARG, SAME_USER, bsd_full},
	[4] = {SIZE_proc_taskinfo, 0, LIVING, SAME_USER, bsd_task},
	[5] = {SIZE_proc_threadinfo, 0, LIVING, SAME_USER, thread_info},
	[6] = {sizeof(uint64_t), 0, LIVING, SAME_USER, list_threads},
	[7] = {SIZE_proc_regioninfo, 0, LIVING, SAME_USER, region_info},
	[8] = {SIZE_proc_regionwithpathinfo, 0, LIVING, SAME_USER, region_info},
	[9] = {SIZE_proc_vnodepathinfo, 0, LIVING, SAME_USER, vnode_paths},
	[10] = {SIZE_proc_threadwithpathinfo, 0, LIVING, SAME_USER, thread_info},
	[11] = {1024, 0, LIVING, ANY_USER, exec_path},
	[12] = {SIZE_proc_workqueueinfo, 0, LIVING, SAME_USER, workqueue},
	[13] = {SIZE_proc_bsdshortinfo, 0, ZOMBIE_IF_ARG, ANY_USER, bsd_short},
	[14] = {SIZE_proc_fileportinfo, NULL_SIZES, LIVING, SAME_USER, list_fileports},
	[15] = {SIZE_proc_threadinfo, 0, LIVING, SAME_USER, thread_info},
	[17] = {SIZE_proc_uniqidentifierinfo, 0, ZOMBIE_IF_ARG, ANY_USER, bsd_unique},
	[18] = {SIZE_proc_bsdinfowithuniqid, 0, ZOMBIE_IF_ARG, SAME_USER, bsd_with_unique},
	[19] = {SIZE_proc_archinfo, 0, LIVING, SAME_USER, arch},
	[20] = {SIZE_proc_pidcoalitioninfo, 0, LIVING, ANY_USER, coalition},
	[21] = {sizeof(uint32_t), 0, ZOMBIE_TOO, SAME_USER, note_exit},
	[22] = {SIZE_proc_regionwithpathinfo, 0, LIVING, SAME_USER, region_info},
	[23] = {SIZE_proc_regionwithpathinfo, 0, LIVING, SAME_USER, region_info},
	[24] = {SIZE_proc_exitreasoninfo, 0, ZOMBIE_TOO, SAME_USER, exit_reason},
	[25] = {SIZE_proc_exitreasonbasicinfo, 0, ZOMBIE_TOO, SAME_USER, exit_reason_basic},
	[26] = {sizeof(uint64_t), NULL_SIZES, LIVING, SAME_USER, list_uptrs},
	[27] = {sizeof(uint64_t), NULL_SIZES, LIVING, SAME_USER, list_dynkqueues},
	[28] = {sizeof(uint64_t), 0, LIVING, SAME_USER, list_threads},
	[29] = {RT_RECORD, NULL_SIZES, LIVING, SAME_USER, faults},
	[30] = {sizeof(uint32_t), 0, ZOMBIE_TOO, ANY_USER, platform},
	[31] = {SIZE_proc_regionpath, 0, LIVING, SAME_USER, region_path},
	[32] = {SIZE_proc_ipctableinfo, 0, LIVING, SAME_USER, ipc_table},
	[33] = {SIZE_proc_threadschedinfo, 0, LIVING, SAME_USER, thread_sched},
	[34] = {SIZE_proc_threadcounts, 0, LIVING, SAME_USER, thread_counts},
};

static int32_t kernel_process(uint32_t flavor)
{
	switch (flavor) {
	case WORKQUEUEINFO:
		return -D_EINVAL;
	case 7:
	case 8:
	case 22:
	case 23:
	case 31:
		return -D_EPERM;
	default:
		return 0;
	}
}

static bool is_other(const struct call *c, const struct process *p)
{
	if ((c->flags & COMPARE_IDVERSION) && (uint32_t)c->ext_id != (uint32_t)p->value[DOUBLE_IDVERSION])
		return true;
	return (c->flags & COMPARE_UNIQUEID) && c->ext_id != p->value[DOUBLE_UNIQUEID];
}

int32_t pid_info(const struct call *c)
{
	uint32_t f = c->flavor;
	bool known = f <= LAST_FLAVOR && flavors[f].work && f <= option[DOUBLE_MAX_PIDINFO];
	int32_t refused = c->pid == 0 ? kernel_process(f) : 0;
	if (refused)
		return refused;
	if (!known)
		return -D_EINVAL;
	if (c->size < flavors[f].least && !(flavors[f].null_sizes && !c->buffer))
		return -D_ENOMEM;
	if (f == PATHINFO && c->size > PATH_MAX_SIZE)
		return -D_EOVERFLOW;
	uint8_t zombie = flavors[f].zombie;
	struct process *p = find_live(c->pid);
	if (!p && (zombie == ZOMBIE_TOO || (zombie == ZOMBIE_IF_ARG && c->arg)))
		p = find_zombie(c->pid);
	if (!p || is_other(c, p))
		return -D_ESRCH;
	refused = flavors[f].who == ANY_USER ? policy(c->callnum) : same_user(c, p);
	if (!refused && f == LISTFDS)
		refused = policy(CALL_PIDFDINFO);
	return refused ? refused : flavors[f].work(c, p);
}

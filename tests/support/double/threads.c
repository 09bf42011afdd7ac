/* Threads. Flavors 5, 6 and 10 use thread handles; 15, 28, 33 and 34 use thread ids. */
#include "inside.h"

#include <string.h>

enum { THREADINFO = 5, LISTTHREADS = 6, THREADPATHINFO = 10, NAME_ROOM = 64 };

static const struct record *thread_of(const struct process *p, uint64_t arg, bool by_handle)
{
	const struct list *list = &p->list[DOUBLE_THREAD];
	for (uint32_t i = 0; i < list->count; i++)
		if ((by_handle ? list->at[i].value : list->at[i].key) == arg)
			return &list->at[i];
	return NULL;
}

int32_t list_threads(const struct call *c, struct process *p)
{
	const struct list *list = &p->list[DOUBLE_THREAD];
	uint32_t count = list->count < c->size / 8 ? list->count : c->size / 8;
	if (!mapped(c->buffer))
		return -D_EFAULT;
	for (uint32_t i = 0; i < count; i++)
		put64(c->buffer + 8 * i, c->flavor == LISTTHREADS ? list->at[i].value : list->at[i].key);
	return (int32_t)(count * 8);
}

static uint64_t nanoseconds(uint64_t ticks)
{
	uint64_t denom = option[DOUBLE_DENOM] ? option[DOUBLE_DENOM] : 1;
	return ticks * option[DOUBLE_NUMER] / denom / 1000 * 1000;
}

static void threadinfo(uint8_t *out, const struct process *p, const struct record *t)
{
	enum { TIMESHARE = 1, WAITING = 3, PRIORITY = 31, HIGHEST = 63 };
	const struct blob *name = find_blob(DOUBLE_THREAD_NAME, p->pid, t->key);
	memset(out, 0, SIZE_proc_threadinfo);
	put64(out + pth_user_time, nanoseconds(p->value[DOUBLE_USER_TICKS]));
	put64(out + pth_system_time, nanoseconds(p->value[DOUBLE_SYSTEM_TICKS]));
	put32(out + pth_policy, TIMESHARE);
	put32(out + pth_run_state, WAITING);
	put32(out + pth_curpri, PRIORITY);
	put32(out + pth_priority, PRIORITY);
	put32(out + pth_maxpriority, HIGHEST);
	if (name)
		put_text(out + pth_name, NAME_ROOM, name->bytes, name->len);
}

int32_t thread_info(const struct call *c, struct process *p)
{
	const struct record *t = thread_of(p, c->arg, c->flavor == THREADINFO || c->flavor == THREADPATHINFO);
	uint32_t size = c->flavor == THREADPATHINFO ? SIZE_proc_threadwithpathinfo : SIZE_proc_threadinfo;
	if (!t)
		return -D_ESRCH;
	uint8_t *out = begin(c, size);
	if (meaningful()) {
		threadinfo(out, p, t);
		if (c->flavor == THREADPATHINFO && t->extra)
			vnode(out + proc_threadwithpathinfo__pvip, DOUBLE_THREAD_CWD, p->pid, t->key, 1, "/double/thread");
		else if (c->flavor == THREADPATHINFO)
			memset(out + proc_threadwithpathinfo__pvip, 0, SIZE_vnode_info_path);
	}
	return finish(c, out, size);
}

/* Supports only the calling thread, which is the first one of the caller. */
int32_t thread_sched(const struct call *c, struct process *p)
{
	const struct list *list = &p->list[DOUBLE_THREAD];
	if (!is_self(p) || list->count == 0 || list->at[0].key != c->arg)
		return -D_EINVAL;
	uint8_t *out = begin(c, SIZE_proc_threadschedinfo);
	if (meaningful())
		put64(out + int_time_ns, 0);
	return finish(c, out, SIZE_proc_threadschedinfo);
}

int32_t thread_counts(const struct call *c, struct process *p)
{
	enum { MOST_LEVELS = 64 };
	uint64_t levels = option[DOUBLE_PERF_LEVELS] < MOST_LEVELS ? option[DOUBLE_PERF_LEVELS] : MOST_LEVELS;
	uint32_t size = SIZE_proc_threadcounts + (uint32_t)levels * SIZE_proc_threadcounts_data;
	if (option[DOUBLE_VIRTUAL_MACHINE])
		return -D_ENOTSUP;
	if (!thread_of(p, c->arg, false))
		return -D_ESRCH;
	uint8_t *out = begin(c, size);
	put16(out + ptc_len, (uint16_t)levels);
	return finish(c, out, c->size < size ? c->size : size);
}

int pthread_threadid_np(void *thread, uint64_t *id)
{
	if (thread)
		return D_ESRCH;
	lock();
	const struct process *p = caller();
	const struct list *list = p ? &p->list[DOUBLE_THREAD] : NULL;
	bool found = list && list->count > 0;
	if (found)
		*id = list->at[0].key;
	unlock();
	return found ? 0 : D_ESRCH;
}

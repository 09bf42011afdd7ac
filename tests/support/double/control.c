/* The double_* functions. */
#define _GNU_SOURCE
#include "inside.h"

#include <errno.h>
#include <string.h>

static int32_t reset_now(void)
{
	table_reset();
	calls_reset();
	poke_reset();
	return 0;
}

__attribute__((constructor)) static void start(void) { reset_now(); }

static struct process *find(int32_t pid)
{
	struct process *p = find_live(pid);
	return p ? p : find_zombie(pid);
}

/* Evaluates an expression under the lock, and returns its value. */
#define LOCKED(type, expression)   \
	do {                       \
		lock();            \
		type v_ = expression; \
		unlock();          \
		return v_;         \
	} while (0)

void double_reset(void)
{
	lock();
	reset_now();
	unlock();
}

void double_caller(int32_t pid, uint32_t euid, int32_t entitled)
{
	lock();
	option[DOUBLE_CALLER_PID] = (uint32_t)pid;
	option[DOUBLE_CALLER_EUID] = euid;
	option[DOUBLE_ENTITLED] = entitled != 0;
	struct process *p = find_live(pid);
	if (p)
		p->value[DOUBLE_EUID] = p->value[DOUBLE_RUID] = euid;
	else
		table_add(pid, 1, pid, UINT32_MAX, euid, euid, 0);
	unlock();
}

int32_t double_add(int32_t pid, int32_t ppid, int32_t pgid, uint32_t tdev, uint32_t euid, uint32_t ruid,
    uint32_t flags)
{
	LOCKED(int32_t, table_add(pid, ppid, pgid, tdev, euid, ruid, flags) ? 0 : -1);
}

int32_t double_add_many(int32_t n) { LOCKED(int32_t, n > 0 ? table_grow((uint32_t)n) : 0); }

int32_t double_remove(int32_t pid)
{
	lock();
	struct process *p = find(pid);
	if (p)
		table_remove(p);
	unlock();
	return p ? 0 : -1;
}

int32_t double_zombie(int32_t pid)
{
	lock();
	struct process *p = find_live(pid);
	if (p)
		table_end(p, 0);
	unlock();
	return p ? 0 : -1;
}

static int32_t set(int32_t pid, int32_t attribute, uint64_t value)
{
	struct process *p = find(pid);
	if (!p || attribute < 0 || attribute >= DOUBLE_ATTRIBUTES)
		return -1;
	if (attribute == DOUBLE_FLAGS) { /* only double_zombie sets this flag */
		value &= ~(uint64_t)DOUBLE_ZOMBIE;
		value |= p->value[DOUBLE_FLAGS] & DOUBLE_ZOMBIE;
	}
	p->value[attribute] = value;
	return 0;
}

static uint64_t get(int32_t pid, int32_t attribute)
{
	const struct process *p = find(pid);
	return p && attribute >= 0 && attribute < DOUBLE_ATTRIBUTES ? p->value[attribute] : 0;
}

int32_t double_set(int32_t pid, int32_t attribute, uint64_t value) { LOCKED(int32_t, set(pid, attribute, value)); }
uint64_t double_get(int32_t pid, int32_t attribute) { LOCKED(uint64_t, get(pid, attribute)); }
int32_t double_count(void) { LOCKED(int32_t, process_count()); }
int32_t double_exists(int32_t pid) { LOCKED(int32_t, find_live(pid) ? 1 : find_zombie(pid) ? 2 : 0); }

static int32_t item(int32_t pid, int32_t list, struct record r)
{
	struct process *p = find(pid);
	if (!p || list < 0 || list >= DOUBLE_LISTS)
		return -1;
	if (list == DOUBLE_FD && p->value[DOUBLE_NFILES] <= r.key)
		p->value[DOUBLE_NFILES] = r.key + 1;
	bool sorted = list == DOUBLE_FD || list == DOUBLE_FILEPORT || list == DOUBLE_REGION || list == DOUBLE_GROUP;
	bool unique = list != DOUBLE_UPTR && list != DOUBLE_FAULT;
	return list_put(&p->list[list], r, sorted, unique) ? 0 : -1;
}

int32_t double_item(int32_t pid, int32_t list, uint64_t key, uint64_t value, uint64_t extra, uint64_t more)
{
	LOCKED(int32_t, item(pid, list, ((struct record){key, value, extra, more})));
}

int32_t double_clear(int32_t pid, int32_t list)
{
	lock();
	struct process *p = list >= 0 && list < DOUBLE_LISTS ? find(pid) : NULL;
	if (p)
		list_clear(&p->list[list]);
	unlock();
	return p ? 0 : -1;
}

void double_coalition(uint64_t id, uint32_t type, uint32_t tasks)
{
	lock();
	list_put(&coalitions, (struct record){id, type, tasks, 0}, false, true);
	unlock();
}

void double_set_blob(int32_t kind, int32_t pid, uint64_t key, const void *ptr, uint32_t len)
{
	lock();
	set_blob(kind, pid, key, ptr, len);
	unlock();
}

int32_t double_get_blob(int32_t kind, int32_t pid, uint64_t key, void *ptr, uint32_t size)
{
	lock();
	const struct blob *b = find_blob(kind, pid, key);
	int32_t len = b ? (int32_t)b->len : -1;
	if (b && ptr && b->bytes)
		memcpy(ptr, b->bytes, b->len < size ? b->len : size);
	unlock();
	return len;
}

int32_t double_identity(int32_t kind, int32_t pid, uint64_t key, uint64_t fsid, uint64_t inode)
{
	lock();
	struct blob *b = find_blob(kind, pid, key);
	if (b) {
		b->fsid = fsid;
		b->inode = inode;
	}
	unlock();
	return b ? 0 : -1;
}

int32_t double_fail(int32_t callnum, uint32_t nth, int32_t error) { LOCKED(int32_t, arm(callnum, nth, error)); }

void double_short(int32_t callnum, uint32_t n)
{
	lock();
	arm_short(callnum, n);
	unlock();
}

void double_poke(int32_t callnum, int32_t pid, uint32_t flavor, uint64_t arg, uint32_t offset, const void *ptr,
    uint32_t len)
{
	lock();
	poke_add(callnum, pid, flavor, arg, offset, ptr, len);
	unlock();
}

uint64_t double_calls(int32_t callnum) { LOCKED(uint64_t, calls_of(callnum)); }

void double_last(uint64_t out[8])
{
	lock();
	last_call(out);
	unlock();
}

static int32_t set_option(int32_t which, uint64_t value)
{
	if (which < 0 || which >= DOUBLE_OPTIONS)
		return -1;
	option[which] = value;
	return 0;
}

static uint64_t get_option(int32_t which) { return which >= 0 && which < DOUBLE_OPTIONS ? option[which] : 0; }

int32_t double_option(int32_t which, uint64_t value) { LOCKED(int32_t, set_option(which, value)); }
uint64_t double_option_get(int32_t which) { LOCKED(uint64_t, get_option(which)); }

void double_grow(uint32_t n) { double_option(DOUBLE_GROW_ONCE, n); }
void double_grow_each(uint32_t n) { double_option(DOUBLE_GROW_EACH, n); }
void double_meaningful(int32_t on) { double_option(DOUBLE_MEANINGFUL, on != 0); }
void double_tbfrequency(uint64_t hertz) { double_option(DOUBLE_TBFREQUENCY, hertz); }
void double_translated(int32_t value) { double_option(DOUBLE_TRANSLATED, (uint64_t)(int64_t)value); }

void double_timebase(uint32_t numer, uint32_t denom)
{
	double_option(DOUBLE_NUMER, numer);
	double_option(DOUBLE_DENOM, denom);
}

void double_old_kernel(int32_t max_rusage_flavor, int32_t max_pidinfo_flavor)
{
	double_option(DOUBLE_MAX_RUSAGE, max_rusage_flavor < 0 ? INT32_MAX : (uint32_t)max_rusage_flavor);
	double_option(DOUBLE_MAX_PIDINFO, max_pidinfo_flavor < 0 ? INT32_MAX : (uint32_t)max_pidinfo_flavor);
}

void double_fill(void *ptr, uint64_t n, int32_t byte) { memset(ptr, byte, (size_t)n); }
uint64_t double_address(const void *ptr) { return (uint64_t)(uintptr_t)ptr; }

int32_t double_errno_storm(int32_t seed)
{
	errno = 1 + (int)((uint32_t)seed % 100);
	return -1;
}

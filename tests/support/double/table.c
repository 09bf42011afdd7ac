/* The process table, its lists, blobs and options. */
#define _GNU_SOURCE
#include "inside.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct process *table[DOUBLE_MAX_PROCESSES];
int32_t table_count;
uint64_t option[DOUBLE_OPTIONS];
struct list coalitions;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct blob *blobs;
static uint32_t blob_count, blob_room;
static uint64_t next_unique, next_version;
static int32_t next_pid;

enum { FIRST_PID = 60000, FIRST_UNIQUE = 1000, FIRST_VERSION = 100, CAPACITY_STEP = 25, NO_DEVICE = -1 };

void lock(void) { pthread_mutex_lock(&mutex); }
void unlock(void) { pthread_mutex_unlock(&mutex); }

bool is(const struct process *p, uint32_t flag) { return (p->value[DOUBLE_FLAGS] & flag) != 0; }
bool is_self(const struct process *p) { return p->pid == (int32_t)option[DOUBLE_CALLER_PID]; }

static struct process *find(int32_t pid, uint32_t unwanted, uint32_t wanted)
{
	for (int32_t i = table_count - 1; i >= 0; i--)
		if (table[i]->pid == pid && !is(table[i], unwanted) && (!wanted || is(table[i], wanted)))
			return table[i];
	return NULL;
}

struct process *find_live(int32_t pid) { return find(pid, DOUBLE_ZOMBIE | DOUBLE_SHADOW, 0); }
struct process *find_zombie(int32_t pid) { return find(pid, DOUBLE_SHADOW, DOUBLE_ZOMBIE); }
struct process *caller(void) { return find_live((int32_t)option[DOUBLE_CALLER_PID]); }

int32_t process_count(void)
{
	int32_t n = 0;
	for (int32_t i = 0; i < table_count; i++)
		n += table[i]->pid != 0;
	return n;
}

struct process *table_add(int32_t pid, int32_t ppid, int32_t pgid, uint32_t tdev, uint32_t euid, uint32_t ruid,
    uint32_t flags)
{
	bool shadow = flags & DOUBLE_SHADOW;
	if (table_count == DOUBLE_MAX_PROCESSES || (!shadow && (find_live(pid) || find_zombie(pid))))
		return NULL;
	struct process *p = calloc(1, sizeof *p);
	if (!p)
		return NULL;
	const struct process *parent = find_live(ppid);
	uint64_t *v = p->value;
	p->pid = pid;
	v[DOUBLE_FLAGS] = flags & ~(uint32_t)(DOUBLE_TRACKED | DOUBLE_ZOMBIE);
	v[DOUBLE_PPID] = (uint32_t)ppid;
	v[DOUBLE_PGID] = (uint32_t)pgid;
	v[DOUBLE_TDEV] = tdev;
	v[DOUBLE_EUID] = euid;
	v[DOUBLE_RUID] = ruid;
	v[DOUBLE_UNIQUEID] = pid == 0 ? 0 : next_unique++;
	v[DOUBLE_IDVERSION] = next_version++;
	v[DOUBLE_PARENT_IDVERSION] = parent ? parent->value[DOUBLE_IDVERSION] : 0;
	v[DOUBLE_PARENT_UNIQUEID] = parent ? parent->value[DOUBLE_UNIQUEID] : 0;
	v[DOUBLE_NFILES] = CAPACITY_STEP;
	v[DOUBLE_WORKQUEUE] = 1;
	v[DOUBLE_PLATFORM] = 1;
	v[DOUBLE_START_SEC] = 1700000000 + v[DOUBLE_UNIQUEID];
	v[DOUBLE_START_USEC] = 250000;
	v[DOUBLE_START_TICKS] = v[DOUBLE_UNIQUEID] * 24000000;
	v[DOUBLE_DIRTY] = flags & DOUBLE_TRACKED ? DIRTY_TRACK : 0;
	v[DOUBLE_RESOURCE_COALITION] = 500;
	v[DOUBLE_JETSAM_COALITION] = 501;
	uint64_t thread = v[DOUBLE_UNIQUEID] * 256 + 1;
	list_put(&p->list[DOUBLE_THREAD], (struct record){thread, 0x16f000000 + thread * 0x1000, 0, 0}, false, true);
	table[table_count++] = p;
	if (flags & DOUBLE_ZOMBIE)
		table_end(p, 0);
	return p;
}

int32_t table_grow(uint32_t n)
{
	int32_t made = 0;
	uint32_t uid = (uint32_t)option[DOUBLE_CALLER_EUID];
	while (n-- > 0 && table_count < DOUBLE_MAX_PROCESSES) {
		while (find_live(next_pid) || find_zombie(next_pid))
			next_pid++;
		made += table_add(next_pid, 1, next_pid, (uint32_t)NO_DEVICE, uid, uid, 0) != NULL;
		next_pid++;
	}
	return made;
}

static void take_out(struct process *p)
{
	int32_t i = 0;
	while (table[i] != p)
		i++;
	memmove(&table[i], &table[i + 1], (size_t)(--table_count - i) * sizeof table[0]);
}

static void free_process(struct process *p)
{
	for (int l = 0; l < DOUBLE_LISTS; l++)
		free(p->list[l].at);
	free(p);
}

void table_remove(struct process *p)
{
	take_out(p);
	uint32_t kept = 0;
	for (uint32_t i = 0; i < blob_count; i++) {
		if (blobs[i].pid == p->pid && p->pid != 0 && !is(p, DOUBLE_SHADOW))
			free(blobs[i].bytes);
		else
			blobs[kept++] = blobs[i];
	}
	blob_count = kept;
	free_process(p);
}

/* Moves a new zombie to the end of the table, so that zombies are in the order of their ends. */
void table_end(struct process *p, int32_t signal)
{
	if (is(p, DOUBLE_ZOMBIE))
		return;
	take_out(p);
	table[table_count++] = p;
	p->value[DOUBLE_FLAGS] |= DOUBLE_ZOMBIE;
	p->value[DOUBLE_EXIT_TICKS] = p->value[DOUBLE_START_TICKS] + 24000000;
	if (signal) {
		p->value[DOUBLE_SIGNAL] = (uint32_t)signal;
		p->value[DOUBLE_XSTATUS] = (uint32_t)signal;
	}
}

bool list_put(struct list *list, struct record item, bool sorted, bool unique)
{
	uint32_t at = list->count;
	for (uint32_t i = 0; unique && i < list->count; i++)
		if (list->at[i].key == item.key) {
			list->at[i] = item;
			return true;
		}
	if (list->count == list->room) {
		uint32_t room = list->room ? list->room * 2 : 4;
		struct record *more = realloc(list->at, room * sizeof *more);
		if (!more)
			return false;
		list->at = more;
		list->room = room;
	}
	while (sorted && at > 0 && list->at[at - 1].key > item.key)
		at--;
	memmove(&list->at[at + 1], &list->at[at], (list->count++ - at) * sizeof item);
	list->at[at] = item;
	return true;
}

void list_clear(struct list *list)
{
	free(list->at);
	*list = (struct list){0};
}

const struct record *list_find(const struct list *list, uint64_t key)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (list->at[i].key == key)
			return &list->at[i];
	return NULL;
}

struct blob *find_blob(int32_t kind, int32_t pid, uint64_t key)
{
	for (uint32_t i = 0; i < blob_count; i++)
		if (blobs[i].kind == kind && blobs[i].pid == pid && blobs[i].key == key)
			return &blobs[i];
	return NULL;
}

static struct blob *make_blob(int32_t kind, int32_t pid, uint64_t key)
{
	struct blob *b = find_blob(kind, pid, key);
	if (b)
		return b;
	if (blob_count == blob_room) {
		uint32_t room = blob_room ? blob_room * 2 : 16;
		struct blob *more = realloc(blobs, room * sizeof *more);
		if (!more)
			return NULL;
		blobs = more;
		blob_room = room;
	}
	blobs[blob_count] = (struct blob){.kind = kind, .pid = pid, .key = key};
	return &blobs[blob_count++];
}

void set_blob(int32_t kind, int32_t pid, uint64_t key, const void *bytes, uint32_t len)
{
	struct blob *b = bytes ? make_blob(kind, pid, key) : find_blob(kind, pid, key);
	if (!b)
		return;
	free(b->bytes);
	if (!bytes) {
		*b = blobs[--blob_count];
		return;
	}
	b->bytes = malloc(len ? len : 1);
	b->len = b->bytes ? len : 0;
	if (b->bytes)
		memcpy(b->bytes, bytes, len);
}

void table_reset(void)
{
	while (table_count > 0)
		free_process(table[--table_count]);
	while (blob_count > 0)
		free(blobs[--blob_count].bytes);
	list_clear(&coalitions);
	memset(option, 0, sizeof option);
	int32_t self = getpid();
	option[DOUBLE_CALLER_PID] = (uint32_t)self;
	option[DOUBLE_CALLER_EUID] = 501;
	option[DOUBLE_PERF_LEVELS] = 2;
	option[DOUBLE_FGHW_MAY] = 1;
	option[DOUBLE_MAX_RUSAGE] = option[DOUBLE_MAX_PIDINFO] = option[DOUBLE_MAX_CALLNUM] = INT32_MAX;
	option[DOUBLE_NUMER] = 125;
	option[DOUBLE_DENOM] = 3;
	option[DOUBLE_TBFREQUENCY] = 24000000;
	option[DOUBLE_KINFO_SIZE] = SIZE_kinfo_proc;
	option[DOUBLE_PAGESIZE] = 16384;
	option[DOUBLE_MEMSIZE] = 1ull << 34;
	option[DOUBLE_ARGMAX] = 1048576;
	option[DOUBLE_BOOT_SEC] = 1699990000;
	option[DOUBLE_BOOT_USEC] = 125000;
	option[DOUBLE_ORIGINATOR_PID] = 1;
	next_pid = FIRST_PID;
	next_unique = FIRST_UNIQUE;
	next_version = FIRST_VERSION;
	table_add(0, 0, 0, (uint32_t)NO_DEVICE, 0, 0, 0);
	table_add(1, 0, 1, (uint32_t)NO_DEVICE, 0, 0, 0);
	table_add(self, 1, self, (uint32_t)NO_DEVICE, 501, 501, 0);
	static const char session[] = "0D0B1E00-0000-4000-8000-000000000001", version[] = "15.5";
	set_blob(DOUBLE_BOOT_SESSION, 0, 0, session, sizeof session - 1);
	set_blob(DOUBLE_OS_VERSION, 0, 0, version, sizeof version - 1);
}

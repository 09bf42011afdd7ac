/* The declarations that the files of the double share. They are hidden and need the lock. */
#ifndef INSIDE_H
#define INSIDE_H

#include "double.h"
#include "layout.h"

#include <stdbool.h>

/* Darwin's error numbers. */
enum {
	D_EPERM = 1,
	D_ENOENT = 2,
	D_ESRCH = 3,
	D_EBADF = 9,
	D_ENOMEM = 12,
	D_EACCES = 13,
	D_EFAULT = 14,
	D_EBUSY = 16,
	D_EINVAL = 22,
	D_EALREADY = 37,
	D_ENOTSOCK = 38,
	D_ENOTSUP = 45,
	D_ENOBUFS = 55,
	D_ELOOP = 62,
	D_ENAMETOOLONG = 63,
	D_ENOSYS = 78,
	D_EOVERFLOW = 84,
	D_EOPNOTSUPP = 102
};

enum {
	CALL_LISTPIDS = 1,
	CALL_PIDINFO,
	CALL_PIDFDINFO,
	CALL_KERNMSGBUF,
	CALL_SETCONTROL,
	CALL_PIDFILEPORTINFO,
	CALL_TERMINATE,
	CALL_DIRTYCONTROL,
	CALL_PIDRUSAGE,
	CALL_PIDORIGINATORINFO,
	CALL_LISTCOALITIONS,
	CALL_CANUSEFGHW,
	CALL_PIDDYNKQUEUEINFO,
	CALL_UDATA_INFO,
	CALL_SET_DYLD_IMAGES,
	CALL_TERMINATE_RSR,
	CALL_SIGNAL_AUDITTOKEN,
	CALL_TERMINATE_AUDITTOKEN,
	CALL_DELEGATE_SIGNAL,
	CALL_DELEGATE_TERMINATE
};

/* PROX_FDTYPE_*, the kinds of descriptor. */
enum { FD_ATALK = 8, FD_VNODE = 1, FD_SOCKET = 2, FD_PSHM = 3, FD_PSEM = 4, FD_KQUEUE = 5, FD_PIPE = 6, FD_CHANNEL = 10 };

enum {
	DIRTY_TRACK = 1,
	DIRTY_IDLE_EXIT = 2,
	DIRTY_DEFER = 4,
	DIRTY_LAUNCH = 8,
	DIRTY_DEFER_ALWAYS = 0x10,
	DIRTY_IS_DIRTY = 0x100
};

#pragma GCC visibility push(hidden)

struct record {
	uint64_t key, value, extra, more;
};

struct list {
	struct record *at;
	uint32_t count, room;
};

struct process {
	int32_t pid;
	uint64_t value[DOUBLE_ATTRIBUTES];
	struct list list[DOUBLE_LISTS];
};

struct blob {
	int32_t kind, pid;
	uint64_t key, fsid, inode;
	uint32_t len;
	uint8_t *bytes;
};

/* A system call. A worker returns its result, or a negated error number. */
struct call {
	int32_t callnum, pid;
	uint32_t flavor, flags;
	uint64_t ext_id, arg;
	uint8_t *buffer;
	uint32_t size;
};

typedef int32_t (*process_worker)(const struct call *, struct process *);

/* table.c */
extern struct process *table[DOUBLE_MAX_PROCESSES]; /* living ones and zombies, each oldest first */
extern int32_t table_count;
extern uint64_t option[DOUBLE_OPTIONS];
extern struct list coalitions;

void lock(void);
void unlock(void);
void table_reset(void);
int32_t process_count(void); /* nprocs */
struct process *find_live(int32_t pid);
struct process *find_zombie(int32_t pid);
struct process *caller(void);
bool is_self(const struct process *p);
bool is(const struct process *p, uint32_t flag);
struct process *table_add(int32_t pid, int32_t ppid, int32_t pgid, uint32_t tdev, uint32_t euid, uint32_t ruid,
    uint32_t flags);
int32_t table_grow(uint32_t n);
void table_remove(struct process *p);
void table_end(struct process *p, int32_t signal);
bool list_put(struct list *list, struct record item, bool sorted, bool unique);
void list_clear(struct list *list);
const struct record *list_find(const struct list *list, uint64_t key);
struct blob *find_blob(int32_t kind, int32_t pid, uint64_t key);
void set_blob(int32_t kind, int32_t pid, uint64_t key, const void *bytes, uint32_t len);

/* answer.c */
uint32_t seed_of(const struct call *c);
uint8_t pattern(uint32_t seed, uint32_t i);
bool meaningful(void);
void put16(uint8_t *at, uint16_t v);
void put32(uint8_t *at, uint32_t v);
void put64(uint8_t *at, uint64_t v);
uint32_t get32(const uint8_t *at);
uint64_t get64(const uint8_t *at);
void put_text(uint8_t *at, uint32_t room, const void *text, uint32_t len);
/* begin() returns size bytes of the pattern for a struct; finish() copies them and returns size. */
uint8_t *begin(const struct call *c, uint32_t size);
int32_t finish(const struct call *c, uint8_t *out, uint32_t size);
int32_t copy_out(const struct call *c, const void *bytes, uint32_t n);
bool mapped(const void *p);
void poke_add(int32_t callnum, int32_t pid, uint32_t flavor, uint64_t arg, uint32_t offset, const void *ptr, uint32_t len);
void poke_reset(void);

/* policy.c */
int32_t policy(int32_t callnum);
int32_t same_user(const struct call *c, const struct process *p); /* policy, then the uids */
bool may_signal(uint32_t euid, const struct process *p);
bool is_parent(const struct process *p); /* true if the caller is its parent */

/* bsd.c */
enum { TEXT_ROOM = 64 };
struct text {
	const uint8_t *bytes;
	uint32_t len;
	char own[TEXT_ROOM];
};
void text_of(struct text *t, int32_t kind, const struct process *p); /* the blob or a default */
uint32_t group_of(uint64_t uid);
bool is_leader(const struct process *p); /* true for a session leader */
int32_t bsd_short(const struct call *c, struct process *p);
int32_t bsd_full(const struct call *c, struct process *p);
int32_t bsd_all(const struct call *c, struct process *p);
int32_t bsd_task(const struct call *c, struct process *p);
int32_t bsd_unique(const struct call *c, struct process *p);
int32_t bsd_with_unique(const struct call *c, struct process *p);
int32_t pid_rusage(const struct call *c);

/* vnode.c */
void vnode(uint8_t *vnode_info_path, int32_t kind, int32_t pid, uint64_t key, uint64_t fsid, const char *otherwise);
int32_t region_info(const struct call *c, struct process *p);
int32_t region_path(const struct call *c, struct process *p);
int32_t vnode_paths(const struct call *c, struct process *p);
int32_t exec_path(const struct call *c, struct process *p);

/* threads.c */
int32_t list_threads(const struct call *c, struct process *p);
int32_t thread_info(const struct call *c, struct process *p);
int32_t thread_sched(const struct call *c, struct process *p);
int32_t thread_counts(const struct call *c, struct process *p);

/* pid_fd_info.c */
int32_t list_fds(const struct call *c, struct process *p);
int32_t list_fileports(const struct call *c, struct process *p);
int32_t list_uptrs(const struct call *c, struct process *p);
int32_t list_dynkqueues(const struct call *c, struct process *p);
int32_t pid_fd_info(const struct call *c);
int32_t pid_fileport_info(const struct call *c);
int32_t pid_dynkqueue_info(const struct call *c);

/* kinfo_proc.c */
enum { KERN_PROC = 14, MAX_KINFO = 1024 };
int32_t kern_proc(int32_t what, uint32_t value, uint8_t *old, size_t *len);

/* One function for each of the other callnums. */
int32_t list_pids(const struct call *c);
int32_t pid_info(const struct call *c);
int32_t kern_msgbuf(const struct call *c);
int32_t set_control(const struct call *c);
int32_t dirty_control(const struct call *c);
int32_t pid_originator_info(const struct call *c);
int32_t list_coalitions(const struct call *c);
int32_t can_use_fghw(const struct call *c);
int32_t udata_info(const struct call *c);
int32_t set_dyld_images(const struct call *c);
int32_t terminate(const struct call *c);
int32_t terminate_rsr(const struct call *c);
int32_t by_audit_token(const struct call *c);

/* proc_info.c */
void calls_reset(void);
int32_t count_call(int32_t number); /* returns the number of a pending failure, or 0 */
int32_t arm(int32_t callnum, uint32_t nth, int32_t error);
void arm_short(int32_t callnum, uint32_t n);
uint64_t calls_of(int32_t callnum);
void last_call(uint64_t out[8]);

#pragma GCC visibility pop

#endif

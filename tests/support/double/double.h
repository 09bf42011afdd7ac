/*
 * A test double of the macOS system call __proc_info, for tests on Linux.
 *
 * The library exports the functions of libSystem that are listed at the end of this file. They
 * query a simulated process table, which tests set up with the double_* functions below. The
 * library never signals, stops or reads a real process.
 *
 * Build:
 *   cc -std=c11 -O2 -Wall -Wextra -Werror -fPIC -shared -pthread -o libsystem_double.so *.c
 *
 * Errors. On failure, the system functions return -1 and set errno to the number that Darwin uses.
 * A pointer below 65536 counts as unmapped (EFAULT).
 *
 * Pattern. In a result that is one struct, byte i is pattern(seed, i), in uint32 arithmetic:
 *
 *   seed          = callnum * 1000003 + flavor * 101 + pid        (pid as passed in)
 *   pattern(s, i) = (s * 31 + i * 7 + (i >> 8) * 13 + 1) & 0xff
 *
 * In an array of structs (kevent_extinfo[], vm_rtfault_record_t[]), i counts through the whole
 * array. These fields have real values instead, because a walk or a second call depends on them:
 *
 *   pri_address, pri_size                (PIDINFO 7, 8, 22, 23)
 *   prpo_addr, prpo_regionlength         (PIDINFO 31)
 *   ptc_len                              (PIDINFO 34)
 *   beri_reason_buf_size                 (PIDINFO 25)
 *   eri_reason_buf_size, eri_kcd_buf     (PIDINFO 24)
 *   rtfabstime, rtfaddr                  (PIDINFO 29)
 *
 * Some results are always real: lists (pids, descriptors, fileports, threads, pointers, queue ids,
 * coalitions), the path of PIDINFO 11, the message buffer, the value of UDATA and the reason of
 * CANUSEFGHW. With the option DOUBLE_MEANINGFUL, all fields with a meaning in the double replace
 * the pattern. double_poke overwrites any bytes of a struct, with or without this option.
 */
#ifndef DOUBLE_H
#define DOUBLE_H

#include <stddef.h>
#include <stdint.h>

enum { DOUBLE_MAX_PROCESSES = 8192 };

/* Numbers for functions that are not callnums, for double_fail and double_calls. */
enum {
	DOUBLE_ANY = 0, /* every __proc_info call, through either entry point */
	DOUBLE_CALL_SYSCTL = 0x20,
	DOUBLE_CALL_SYSCTLBYNAME = 0x21,
	DOUBLE_CALL_STAT = 0x22,
	DOUBLE_CALL_TIMEBASE = 0x23,
	DOUBLE_CALL_EXTENDED = 0x24, /* the extended entry point, in addition to its callnum */
	DOUBLE_CALL_KILL = 0x25,
	DOUBLE_CALL_KQUEUE = 0x26,
	DOUBLE_CALL_KEVENT = 0x27,
	DOUBLE_CALL_DEVNAME = 0x28, /* fails with NULL */
	DOUBLE_CALL_GETPW = 0x29,   /* by id or by name; returns the error number */
	DOUBLE_CALL_GETSID = 0x2a,
	DOUBLE_CALLS = 0x2b
};

/* Bits of DOUBLE_FLAGS. */
enum {
	DOUBLE_CONTROLT = 1,     /* has a controlling terminal */
	DOUBLE_TRACED = 2,       /* DOUBLE_OPPID is its original parent */
	DOUBLE_ZOMBIE = 4,
	DOUBLE_KDEBUG = 8,       /* in the kdebug filter */
	DOUBLE_SHADOW = 0x10,    /* a transient copy made by exec: counted, but never found or listed */
	DOUBLE_TRACKED = 0x20,   /* only for double_add: DOUBLE_DIRTY is tracked initially */
	DOUBLE_SUSPENDED = 0x40,
	DOUBLE_NOGROUP = 0x80,   /* no group pointer: with CONTROLT, it is listed for any terminal */
	DOUBLE_RSR = 0x100,      /* from the rapid-security-response volume */
	DOUBLE_EXITING = 0x200,  /* dirty tracking fails with EBUSY */
	DOUBLE_INTERNAL = 0x400, /* dirty tracking fails with EPERM */
	DOUBLE_DEAD_SPACE = 0x800, /* PIDIPCTABLEINFO fails with EINVAL */
	DOUBLE_VOUCHER = 0x1000, /* CANUSEFGHW by another process fails with EINVAL */
	DOUBLE_CHROOT = 0x2000,  /* has another root directory */
	DOUBLE_ROSETTA = 0x4000, /* its instructions are translated */
	DOUBLE_STOPPED = 0x8000  /* a signal has stopped it */
};

/* Attributes of a process, for double_set and double_get. */
enum {
	DOUBLE_FLAGS,
	DOUBLE_PPID,
	DOUBLE_PGID,
	DOUBLE_TDEV, /* 0xffffffff: no terminal */
	DOUBLE_EUID,
	DOUBLE_RUID,
	DOUBLE_OPPID,
	DOUBLE_UNIQUEID,
	DOUBLE_IDVERSION,
	DOUBLE_PARENT_IDVERSION, /* that of the parent when the process was added */
	DOUBLE_PARENT_UNIQUEID,
	DOUBLE_NFILES,           /* capacity of the descriptor table; grows with it */
	DOUBLE_WORKQUEUE,        /* 0: no work queue */
	DOUBLE_WORKQUEUE_BUSY,   /* the next n PIDWORKQUEUEINFO calls fail with ESRCH */
	DOUBLE_WORKQ_KQUEUE,     /* the kqueue of fd -1: 0 if missing, else 1 + number of knotes */
	DOUBLE_STUCK_REGION,     /* k > 0: addresses from region k on return region k (1-based) */
	DOUBLE_PLATFORM,
	DOUBLE_XSTATUS,
	DOUBLE_START_SEC,
	DOUBLE_START_USEC,
	DOUBLE_START_TICKS,
	DOUBLE_EXIT_TICKS,
	DOUBLE_DIRTY,            /* PROC_DIRTY_TRACK bits, and 0x100 for dirty */
	DOUBLE_RESOURCE_COALITION,
	DOUBLE_JETSAM_COALITION,
	DOUBLE_USER_TICKS,       /* mach units */
	DOUBLE_SYSTEM_TICKS,
	DOUBLE_VIRTUAL_SIZE,
	DOUBLE_RESIDENT_SIZE,
	DOUBLE_FOOTPRINT,
	DOUBLE_PATH_ERRNO,       /* not 0: PIDPATHINFO fails with it */
	DOUBLE_VNODE_ERRNO,      /* not 0: PIDVNODEPATHINFO and vnode descriptors fail with it */
	DOUBLE_UDATA,
	DOUBLE_SIGNAL,           /* the last signal sent to it */
	DOUBLE_PCONTROL,
	DOUBLE_DELAY_IDLE_SLEEP,
	DOUBLE_SID,              /* the result of getsid(); 0: its group id; not a session leader */
	DOUBLE_NICE,
	DOUBLE_IGNORED,          /* signals: bit n - 1 for signal n */
	DOUBLE_CAUGHT,
	DOUBLE_ATTRIBUTES
};

/* Lists of a process, for double_item. A list marked with * is in ascending order of its keys. */
enum {
	DOUBLE_FD,        /* * key fd, value PROX_FDTYPE_* (DOUBLE_RESERVED: not set up yet), extra: vnode
	                     fi_openflags, socket soi_kind, kqueue number of knotes */
	DOUBLE_FILEPORT,  /* * key port name, value and extra as above */
	DOUBLE_THREAD,    /* key id, value handle, extra 1: has its own working directory */
	DOUBLE_REGION,    /* * key address, value size, extra 1: file-backed, more: file-system id */
	DOUBLE_DYNKQUEUE, /* key id, value 1: a workloop, extra number of knotes */
	DOUBLE_UPTR,      /* key pointer */
	DOUBLE_FAULT,     /* key abstime, value address */
	DOUBLE_GROUP,     /* * key id of a supplementary group */
	DOUBLE_LISTS
};
enum { DOUBLE_RESERVED = 0xffff };

/* Kinds for double_set_blob. Without a key below, the key is 0. With "no process", the pid is 0. */
enum {
	DOUBLE_ARGS = 1,      /* KERN_PROCARGS2: int32 argc, then the string area */
	DOUBLE_KMSG,          /* no process */
	DOUBLE_PATH,          /* of the executable */
	DOUBLE_CWD,
	DOUBLE_ROOT,          /* reported only with DOUBLE_CHROOT */
	DOUBLE_COMM,
	DOUBLE_NAME,
	DOUBLE_FD_PATH,       /* key fd; the name of a semaphore or of shared memory */
	DOUBLE_FILEPORT_PATH, /* key port name */
	DOUBLE_REGION_PATH,   /* key region address */
	DOUBLE_THREAD_NAME,   /* key thread id */
	DOUBLE_THREAD_CWD,    /* key thread id */
	DOUBLE_EXIT_REASON,   /* the corpse data; if set, even to length 0, there is a reason */
	DOUBLE_BOOT_SESSION,  /* kern.bootsessionuuid, no process */
	DOUBLE_OS_VERSION,    /* kern.osproductversion, no process */
	DOUBLE_SET_NAME,      /* the last name set by SETCONTROL THREADNAME (pid of the caller) */
	DOUBLE_DEVICE_NAME    /* the result of devname_r for every device, no process */
};

/* Global options, for double_option. */
enum {
	DOUBLE_MEANINGFUL,
	DOUBLE_ENTITLED,
	DOUBLE_CALLER_PID,
	DOUBLE_CALLER_EUID,
	DOUBLE_POLICY_ERRNO,     /* not 0: the access policy fails with it ... */
	DOUBLE_POLICY_CALLNUM,   /* ... for this callnum, or for all if 0 */
	DOUBLE_ORIGINATOR_ERRNO, /* not 0: PIDORIGINATORINFO fails with it */
	DOUBLE_ORIGINATOR_PID,
	DOUBLE_VIRTUAL_MACHINE,  /* 1: PIDTHREADCOUNTS fails with ENOTSUP */
	DOUBLE_PERF_LEVELS,      /* default 2 */
	DOUBLE_FGHW_MAY,         /* the result of CANUSEFGHW: default 1 ... */
	DOUBLE_FGHW_REASON,      /* ... with reason 0 */
	DOUBLE_MAX_RUSAGE,       /* the largest flavors and callnum of this kernel */
	DOUBLE_MAX_PIDINFO,
	DOUBLE_MAX_CALLNUM,
	DOUBLE_NO_EXTENDED,      /* 1: __proc_info_extended_id fails with ENOSYS */
	DOUBLE_NUMER,
	DOUBLE_DENOM,
	DOUBLE_TBFREQUENCY,      /* 0: the name is unknown */
	DOUBLE_TRANSLATED,       /* negative: the name is unknown */
	DOUBLE_PAGESIZE,
	DOUBLE_MEMSIZE,          /* 0: the name is unknown */
	DOUBLE_ARGMAX,
	DOUBLE_LOAD,             /* over 1 minute, in 1/2048; 5: half, 15: a quarter; 0: unknown */
	DOUBLE_PROCESSORS,       /* 0: the name is unknown */
	DOUBLE_MEMORY_LEVEL,     /* the percentage of free memory. 0: the name is unknown */
	DOUBLE_SWAP_TOTAL,       /* a quarter of it is in use. 0: the name is unknown */
	DOUBLE_BOOT_SEC,
	DOUBLE_BOOT_USEC,
	DOUBLE_GROW_ONCE,
	DOUBLE_GROW_EACH,
	DOUBLE_DELAY_USEC,       /* the time that every __proc_info call sleeps first */
	DOUBLE_DYLD_ADDRESS,
	DOUBLE_DYLD_SIZE,
	DOUBLE_DYLD_CHANGED,
	DOUBLE_GECOS,            /* the length of the gecos field of each user */
	DOUBLE_KINFO_SIZE,       /* the size of struct kinfo_proc: default 648 */
	DOUBLE_KERN_PROC_ERRNO,  /* not 0: KERN_PROC fails with it */
	DOUBLE_OPTIONS
};

/*
 * The process table. Functions with the result type int32_t return 0, or -1 if the process or the
 * number does not exist, or if there is no room. They do not change errno.
 */

/* Resets the table to pid 0, pid 1 and the caller (the real pid of this process, euid 501). */
void double_reset(void);
/* Sets the caller: adds the process if it does not exist, or else changes its uid. */
void double_caller(int32_t pid, uint32_t euid, int32_t entitled);
/* Adds the newest process, with one thread; -1 if the pid is in use (unless it is a shadow). */
int32_t double_add(int32_t pid, int32_t ppid, int32_t pgid, uint32_t tdev, uint32_t euid, uint32_t ruid,
    uint32_t flags);
/* Adds n children of pid 1 with the user of the caller and chosen pids; returns their number. */
int32_t double_add_many(int32_t n);
int32_t double_remove(int32_t pid);
int32_t double_zombie(int32_t pid); /* ends a process, which is the newest zombie then */
int32_t double_set(int32_t pid, int32_t attribute, uint64_t value);
uint64_t double_get(int32_t pid, int32_t attribute); /* 0 if the process does not exist */
int32_t double_count(void);                          /* nprocs: all except pid 0 */
int32_t double_exists(int32_t pid);                  /* 0 absent, 1 living, 2 zombie */

/* Adds a record to a list. Replaces one with the same key, except in UPTR and FAULT. */
int32_t double_item(int32_t pid, int32_t list, uint64_t key, uint64_t value, uint64_t extra, uint64_t more);
int32_t double_clear(int32_t pid, int32_t list);
void double_coalition(uint64_t id, uint32_t type, uint32_t tasks);

/* Copies len bytes. A NULL ptr removes the blob. */
void double_set_blob(int32_t kind, int32_t pid, uint64_t key, const void *ptr, uint32_t len);
/* Returns the full length of a blob (-1 if it is not set), and copies up to size bytes. */
int32_t double_get_blob(int32_t kind, int32_t pid, uint64_t key, void *ptr, uint32_t size);
/* Sets the device and inode number of a path. Call it after double_set_blob. */
int32_t double_identity(int32_t kind, int32_t pid, uint64_t key, uint64_t fsid, uint64_t inode);

/* Faults and counters. */

/* Makes the nth next call (1-based) of a callnum fail with an errno. Up to 64 can be pending. */
int32_t double_fail(int32_t callnum, uint32_t nth, int32_t error);
/* Makes the next successful call of a callnum with a buffer return n less, but not below 0. */
void double_short(int32_t callnum, uint32_t n);
/* Overwrites bytes of every matching struct. arg 0xffffffffffffffff matches every arg. The structs
 * of KERN_PROC have callnum DOUBLE_CALL_SYSCTL, flavor 14 and arg 0. */
void double_poke(int32_t callnum, int32_t pid, uint32_t flavor, uint64_t arg, uint32_t offset, const void *ptr,
    uint32_t len);
/* Adds n processes after the next sizing call of LISTPIDS or KERN_PROC. */
void double_grow(uint32_t n);
/* Adds n processes after every LISTPIDS call. */
void double_grow_each(uint32_t n);
uint64_t double_calls(int32_t callnum);
/* Writes the arguments of the last __proc_info call: callnum, pid, flavor, arg, buffer, buffersize,
 * flags, ext_id. callnum, pid and buffersize are sign-extended to 64 bits. */
void double_last(uint64_t out[8]);

/* Options. */
int32_t double_option(int32_t option, uint64_t value);
uint64_t double_option_get(int32_t option);
void double_meaningful(int32_t on);
void double_timebase(uint32_t numer, uint32_t denom);
void double_tbfrequency(uint64_t hertz);
void double_translated(int32_t value);
/* Makes larger flavors fail with EINVAL. A negative number means no limit. */
void double_old_kernel(int32_t max_rusage_flavor, int32_t max_pidinfo_flavor);

/* Helpers without state. */
void double_fill(void *ptr, uint64_t n, int32_t byte);
uint64_t double_address(const void *ptr);
int32_t double_errno_storm(int32_t seed); /* returns -1 with errno 1 + seed % 100 (seed >= 0) */

/* The functions of libSystem. stat is exported as "stat" and as "stat$INODE64" (stat.c). */
int __proc_info(int32_t callnum, int32_t pid, uint32_t flavor, uint64_t arg, void *buffer, int32_t buffersize);
int __proc_info_extended_id(int32_t callnum, int32_t pid, uint32_t flavor, uint32_t flags, uint64_t ext_id,
    uint64_t arg, void *buffer, int32_t buffersize);
int *__error(void);
int mach_timebase_info(uint32_t info[2]);
/* Supports only the calling thread (NULL), which is the caller's first. Otherwise, or if the caller
 * does not have a thread, returns ESRCH. */
int pthread_threadid_np(void *thread, uint64_t *id);
int sysctl(int *name, unsigned namelen, void *oldp, size_t *oldlenp, void *newp, size_t newlen);
int sysctlbyname(const char *name, void *oldp, size_t *oldlenp, void *newp, size_t newlen);
/* Signals only single processes of the double. A pid below 1 is EINVAL. */
int kill(int32_t pid, int signal);
/* Returns a descriptor of this process, which close() of the host closes. */
int kqueue(void);
/* Supports EVFILT_PROC with NOTE_EXIT and NOTE_EXITSTATUS. It never waits: a timeout other than
 * zero is EINVAL. */
int kevent(int kq, const void *changes, int nchanges, void *events, int nevents, const void *timeout);
/* Finds devices in /dev of this host, by the numbers that stat() returns. */
char *devname_r(int32_t device, uint32_t type, char *to, int len);
/* Know the users 0 "root", 70 "_www", 501 "me" and 502 "other". */
int getpwuid_r(uint32_t uid, void *passwd, char *texts, size_t len, void **found);
int getpwnam_r(const char *name, void *passwd, char *texts, size_t len, void **found);

#endif

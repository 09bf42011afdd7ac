/*
 * A double of macOS's __proc_info system call, for tests that run on Linux.
 *
 * The library exports the functions libSystem has (see the end of this file) over a process table of
 * its own, and the double_* functions below, through which a test sets that table up. It never
 * signals, stops or reads a real process.
 *
 * Build:
 *   cc -std=c11 -O2 -Wall -Wextra -Werror -fPIC -shared -pthread -o libsystem_double.so *.c
 *
 * Errors. The system functions answer -1 and set errno to DARWIN's number, whatever the host's own
 * numbers are. A pointer below 65536 counts as unmapped (EFAULT).
 *
 * The pattern. A fixed struct answer of N bytes has byte i = pattern(seed, i), all in uint32
 * arithmetic:
 *
 *   seed          = callnum * 1000003 + flavor * 101 + pid        (pid as passed in)
 *   pattern(s, i) = (s * 31 + i * 7 + (i >> 8) * 13 + 1) & 0xff
 *
 * An array of structs (kevent_extinfo[], vm_rtfault_record_t[]) goes on counting i through the array.
 * Fields that are real even so, because a walk or a second call depends on them:
 *
 *   pri_address, pri_size                (PIDINFO 7, 8, 22, 23)
 *   prpo_addr, prpo_regionlength         (PIDINFO 31)
 *   ptc_len                              (PIDINFO 34)
 *   beri_reason_buf_size                 (PIDINFO 25)
 *   eri_reason_buf_size, eri_kcd_buf     (PIDINFO 24)
 *   rtfabstime, rtfaddr                  (PIDINFO 29)
 *
 * Lists (pids, descriptors, fileports, threads, pointers, queue ids, coalitions), PIDINFO 11's path,
 * the message buffer, UDATA's value and CANUSEFGHW's reason are always real. With the option
 * DOUBLE_MEANINGFUL on, the fields that have a meaning are written over the pattern; double_poke
 * overwrites any bytes of a struct answer in either mode.
 */
#ifndef DOUBLE_H
#define DOUBLE_H

#include <stddef.h>
#include <stdint.h>

enum { DOUBLE_MAX_PROCESSES = 8192 };

/* Numbers for what is not a callnum, for double_fail and double_calls. */
enum {
	DOUBLE_ANY = 0, /* every __proc_info call, through either entry point */
	DOUBLE_CALL_SYSCTL = 0x20,
	DOUBLE_CALL_SYSCTLBYNAME = 0x21,
	DOUBLE_CALL_STAT = 0x22,
	DOUBLE_CALL_TIMEBASE = 0x23,
	DOUBLE_CALL_EXTENDED = 0x24, /* the extended entry point, besides its callnum */
	DOUBLE_CALL_KILL = 0x25,
	DOUBLE_CALL_KQUEUE = 0x26,
	DOUBLE_CALL_KEVENT = 0x27,
	DOUBLE_CALL_DEVNAME = 0x28, /* fails with NULL */
	DOUBLE_CALL_GETPW = 0x29,   /* by id or by name; fails with what it returns */
	DOUBLE_CALL_GETSID = 0x2a,
	DOUBLE_CALLS = 0x2b
};

/* Bits of DOUBLE_FLAGS. */
enum {
	DOUBLE_CONTROLT = 1,     /* has a controlling terminal */
	DOUBLE_TRACED = 2,       /* DOUBLE_OPPID is its parent from before */
	DOUBLE_ZOMBIE = 4,
	DOUBLE_KDEBUG = 8,       /* in the kdebug filter */
	DOUBLE_SHADOW = 0x10,    /* transient copy made by exec: counted, never found or listed */
	DOUBLE_TRACKED = 0x20,   /* at double_add only: DOUBLE_DIRTY starts as tracked */
	DOUBLE_SUSPENDED = 0x40,
	DOUBLE_NOGROUP = 0x80,   /* no group pointer: a CONTROLT one is listed for any terminal */
	DOUBLE_RSR = 0x100,      /* from the rapid-security-response volume */
	DOUBLE_EXITING = 0x200,  /* dirty tracking answers EBUSY */
	DOUBLE_INTERNAL = 0x400, /* dirty tracking answers EPERM */
	DOUBLE_DEAD_SPACE = 0x800, /* PIDIPCTABLEINFO answers EINVAL */
	DOUBLE_VOUCHER = 0x1000, /* CANUSEFGHW by another process answers EINVAL */
	DOUBLE_CHROOT = 0x2000,  /* has a root directory of its own */
	DOUBLE_ROSETTA = 0x4000, /* its instructions are translated */
	DOUBLE_STOPPED = 0x8000  /* a signal has stopped it */
};

/* Attributes of a process, for double_set and double_get. */
enum {
	DOUBLE_FLAGS,
	DOUBLE_PPID,
	DOUBLE_PGID,
	DOUBLE_TDEV, /* 0xffffffff: none */
	DOUBLE_EUID,
	DOUBLE_RUID,
	DOUBLE_OPPID,
	DOUBLE_UNIQUEID,
	DOUBLE_IDVERSION,
	DOUBLE_PARENT_IDVERSION, /* the parent's when it was added */
	DOUBLE_PARENT_UNIQUEID,
	DOUBLE_NFILES,           /* capacity of the descriptor table; grows with it */
	DOUBLE_WORKQUEUE,        /* 0: none */
	DOUBLE_WORKQUEUE_BUSY,   /* the next n PIDWORKQUEUEINFO are ESRCH */
	DOUBLE_WORKQ_KQUEUE,     /* what fd -1 means: 0 nothing, else 1 + number of knotes */
	DOUBLE_STUCK_REGION,     /* k > 0: every address from region k on answers region k (1-based) */
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
	DOUBLE_PATH_ERRNO,       /* PIDPATHINFO fails with it */
	DOUBLE_VNODE_ERRNO,      /* PIDVNODEPATHINFO and vnode descriptors fail with it */
	DOUBLE_UDATA,
	DOUBLE_SIGNAL,           /* the last one sent to it */
	DOUBLE_PCONTROL,
	DOUBLE_DELAY_IDLE_SLEEP,
	DOUBLE_SID,              /* what getsid() answers; 0: the id of its group, which it does not lead */
	DOUBLE_NICE,
	DOUBLE_IGNORED,          /* signals: bit n - 1 for signal n */
	DOUBLE_CAUGHT,
	DOUBLE_ATTRIBUTES
};

/* Lists of a process, for double_item. Those marked * are kept in ascending order of their key. */
enum {
	DOUBLE_FD,        /* * key fd, value PROX_FDTYPE_* (DOUBLE_RESERVED: not set up yet), extra: vnode
	                     fi_openflags, socket soi_kind, kqueue number of knotes */
	DOUBLE_FILEPORT,  /* * key port name, value and extra as above */
	DOUBLE_THREAD,    /* key id, value handle, extra 1: has a cwd of its own */
	DOUBLE_REGION,    /* * key address, value size, extra 1: file-backed, more: file-system id */
	DOUBLE_DYNKQUEUE, /* key id, value 1: a workloop, extra number of knotes */
	DOUBLE_UPTR,      /* key the pointer */
	DOUBLE_FAULT,     /* key abstime, value address */
	DOUBLE_GROUP,     /* * key the id of a supplementary group */
	DOUBLE_LISTS
};
enum { DOUBLE_RESERVED = 0xffff };

/* What double_set_blob sets. Those without a key take key 0; those of no process take pid 0. */
enum {
	DOUBLE_ARGS = 1,      /* KERN_PROCARGS2: int32 argc, then the string area */
	DOUBLE_KMSG,          /* no process */
	DOUBLE_PATH,          /* of the executable */
	DOUBLE_CWD,
	DOUBLE_ROOT,          /* shown with DOUBLE_CHROOT */
	DOUBLE_COMM,
	DOUBLE_NAME,
	DOUBLE_FD_PATH,       /* key fd; for a semaphore or shared memory its name */
	DOUBLE_FILEPORT_PATH, /* key port name */
	DOUBLE_REGION_PATH,   /* key region address */
	DOUBLE_THREAD_NAME,   /* key thread id */
	DOUBLE_THREAD_CWD,    /* key thread id */
	DOUBLE_EXIT_REASON,   /* the corpse data; its presence (length 0 too) is "has an exit reason" */
	DOUBLE_BOOT_SESSION,  /* kern.bootsessionuuid, no process */
	DOUBLE_OS_VERSION,    /* kern.osproductversion, no process */
	DOUBLE_SET_NAME,      /* what SETCONTROL THREADNAME stored last (pid of the caller) */
	DOUBLE_DEVICE_NAME    /* what devname_r answers whatever the device, no process */
};

/* Global options, for double_option. */
enum {
	DOUBLE_MEANINGFUL,
	DOUBLE_ENTITLED,
	DOUBLE_CALLER_PID,
	DOUBLE_CALLER_EUID,
	DOUBLE_POLICY_ERRNO,     /* not 0: the access policy refuses with it ... */
	DOUBLE_POLICY_CALLNUM,   /* ... this callnum, or all when 0 */
	DOUBLE_ORIGINATOR_ERRNO, /* not 0: PIDORIGINATORINFO fails with it */
	DOUBLE_ORIGINATOR_PID,
	DOUBLE_VIRTUAL_MACHINE,  /* 1: PIDTHREADCOUNTS is ENOTSUP */
	DOUBLE_PERF_LEVELS,      /* default 2 */
	DOUBLE_FGHW_MAY,         /* CANUSEFGHW: default 1 ... */
	DOUBLE_FGHW_REASON,      /* ... with reason 0 */
	DOUBLE_MAX_RUSAGE,       /* largest flavors and callnum this kernel knows */
	DOUBLE_MAX_PIDINFO,
	DOUBLE_MAX_CALLNUM,
	DOUBLE_NO_EXTENDED,      /* 1: __proc_info_extended_id is ENOSYS */
	DOUBLE_NUMER,
	DOUBLE_DENOM,
	DOUBLE_TBFREQUENCY,      /* 0: the name is unknown */
	DOUBLE_TRANSLATED,       /* negative: the name is unknown */
	DOUBLE_PAGESIZE,
	DOUBLE_MEMSIZE,          /* 0: the name is unknown */
	DOUBLE_ARGMAX,
	DOUBLE_LOAD,             /* over 1 minute, in 1/2048; half of it over 5, a quarter over 15. 0: unknown */
	DOUBLE_PROCESSORS,       /* 0: the name is unknown */
	DOUBLE_MEMORY_LEVEL,     /* percent that is free. 0: the name is unknown */
	DOUBLE_SWAP_TOTAL,       /* a quarter of it is used. 0: the name is unknown */
	DOUBLE_BOOT_SEC,
	DOUBLE_BOOT_USEC,
	DOUBLE_GROW_ONCE,
	DOUBLE_GROW_EACH,
	DOUBLE_DELAY_USEC,       /* every __proc_info call sleeps that long first */
	DOUBLE_DYLD_ADDRESS,
	DOUBLE_DYLD_SIZE,
	DOUBLE_DYLD_CHANGED,
	DOUBLE_GECOS,            /* bytes of text that each user has beside the name */
	DOUBLE_KINFO_SIZE,       /* the size of struct kinfo_proc: default 648 */
	DOUBLE_KERN_PROC_ERRNO,  /* not 0: KERN_PROC fails with it */
	DOUBLE_OPTIONS
};

/*
 * The process table. Functions that answer int32_t give 0, or -1 when there is no such process, no
 * room or no such number; none of them touches errno.
 */

/* Pid 0, pid 1 and the caller (the real pid of this process, euid 501); forgets everything else. */
void double_reset(void);
/* Who calls: adds the process when there is none, else gives it that uid. */
void double_caller(int32_t pid, uint32_t euid, int32_t entitled);
/* Adds the newest process, with one thread; -1 when the pid is taken (unless it is a shadow). */
int32_t double_add(int32_t pid, int32_t ppid, int32_t pgid, uint32_t tdev, uint32_t euid, uint32_t ruid,
    uint32_t flags);
/* Adds n processes of the caller below pid 1, with pids the double picks; answers how many. */
int32_t double_add_many(int32_t n);
int32_t double_remove(int32_t pid);
int32_t double_zombie(int32_t pid); /* it ends now: the newest zombie */
int32_t double_set(int32_t pid, int32_t attribute, uint64_t value);
uint64_t double_get(int32_t pid, int32_t attribute); /* 0 when there is no such process */
int32_t double_count(void);                          /* nprocs: all but pid 0 */
int32_t double_exists(int32_t pid);                  /* 0 no, 1 living, 2 zombie */

/* Puts a record into a list (one with the same key is replaced, except in UPTR and FAULT). */
int32_t double_item(int32_t pid, int32_t list, uint64_t key, uint64_t value, uint64_t extra, uint64_t more);
int32_t double_clear(int32_t pid, int32_t list);
void double_coalition(uint64_t id, uint32_t type, uint32_t tasks);

/* len is copied; a NULL ptr takes the blob away. */
void double_set_blob(int32_t kind, int32_t pid, uint64_t key, const void *ptr, uint32_t len);
/* The blob's full length (-1: none), of which at most size bytes are copied out. */
int32_t double_get_blob(int32_t kind, int32_t pid, uint64_t key, void *ptr, uint32_t size);
/* Device and inode number shown with the path of that kind; call it after double_set_blob. */
int32_t double_identity(int32_t kind, int32_t pid, uint64_t key, uint64_t fsid, uint64_t inode);

/* Faults and counters. */

/* The nth call from now (1-based) of that callnum fails with errno. Up to 64 may be armed. */
int32_t double_fail(int32_t callnum, uint32_t nth, int32_t error);
/* The next successful answer to a call of that callnum with a buffer returns n less (not below 0). */
void double_short(int32_t callnum, uint32_t n);
/* Overwrites bytes of every matching struct answer. arg 0xffffffffffffffff matches every arg. Those of
 * KERN_PROC have callnum DOUBLE_CALL_SYSCTL, flavor 14 and arg 0. */
void double_poke(int32_t callnum, int32_t pid, uint32_t flavor, uint64_t arg, uint32_t offset, const void *ptr,
    uint32_t len);
void double_grow(uint32_t n);      /* n new processes right after the next sizing call of LISTPIDS or KERN_PROC */
void double_grow_each(uint32_t n); /* n more after every LISTPIDS call */
uint64_t double_calls(int32_t callnum);
/* The last __proc_info call: callnum, pid, flavor, arg, buffer, buffersize, flags, ext_id.
 * callnum, pid and buffersize are sign-extended to 64 bits. */
void double_last(uint64_t out[8]);

/* Options. */
int32_t double_option(int32_t option, uint64_t value);
uint64_t double_option_get(int32_t option);
void double_meaningful(int32_t on);
void double_timebase(uint32_t numer, uint32_t denom);
void double_tbfrequency(uint64_t hertz);
void double_translated(int32_t value);
/* Larger flavors are EINVAL; negative: no limit. */
void double_old_kernel(int32_t max_rusage_flavor, int32_t max_pidinfo_flavor);

/* Helpers without state. */
void double_fill(void *ptr, uint64_t n, int32_t byte);
uint64_t double_address(const void *ptr);
int32_t double_errno_storm(int32_t seed); /* -1 with errno 1 + seed % 100 (seed >= 0) */

/* What libSystem exports. stat is there twice, as "stat" and as "stat$INODE64" (stat.c). */
int __proc_info(int32_t callnum, int32_t pid, uint32_t flavor, uint64_t arg, void *buffer, int32_t buffersize);
int __proc_info_extended_id(int32_t callnum, int32_t pid, uint32_t flavor, uint32_t flags, uint64_t ext_id,
    uint64_t arg, void *buffer, int32_t buffersize);
int *__error(void);
int mach_timebase_info(uint32_t info[2]);
/* Only of the calling thread (NULL), which is the caller's first; else, or without one, ESRCH. */
int pthread_threadid_np(void *thread, uint64_t *id);
int sysctl(int *name, unsigned namelen, void *oldp, size_t *oldlenp, void *newp, size_t newlen);
int sysctlbyname(const char *name, void *oldp, size_t *oldlenp, void *newp, size_t newlen);
/* Only for the double's processes, and for one: a pid below 1 is EINVAL. */
int kill(int32_t pid, int signal);
/* A queue is a descriptor of this process, which close() of the host closes. */
int kqueue(void);
/* EVFILT_PROC with NOTE_EXIT, and NOTE_EXITSTATUS; it never waits, so another timeout than zero is EINVAL. */
int kevent(int kq, const void *changes, int nchanges, void *events, int nevents, const void *timeout);
/* The devices in this host's /dev, by the numbers that stat() returns. */
char *devname_r(int32_t device, uint32_t type, char *to, int len);
/* The users 0 "root", 70 "_www", 501 "me" and 502 "other". */
int getpwuid_r(uint32_t uid, void *passwd, char *texts, size_t len, void **found);
int getpwnam_r(const char *name, void *passwd, char *texts, size_t len, void **found);

#endif

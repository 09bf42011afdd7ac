/**
 * The flavors of `PROC_INFO_CALL_PIDINFO` and the bytes of their answers (bsd/sys/proc_info.h,
 * proc_info_private.h).
 *
 * A buffer shorter than the `_SIZE` of its flavor is `ENOMEM`; for a list, that is the bytes of
 * one row.
 *
 * @module
 */

/**
 * The open descriptors: a list of `proc_fdinfo`.
 *
 * - Null buffer: the bytes for as many rows as the table of descriptors has room for, and 20 more:
 *   not how many are open.
 * - Buffer: cut after whole rows, without an error, so that the highest descriptors are missing.
 *
 * macOS 10.4.
 */
export const PROC_PIDLISTFDS = 1;
/** Bytes of one row of {@linkcode PROC_PIDLISTFDS}. macOS 10.4. */
export const PROC_PIDLISTFD_SIZE = 8;
/**
 * The BSD and the Mach part together: `proc_taskallinfo`.
 *
 * - Beware: the Mach part is filled even if the BSD part is unavailable, which is then all zero.
 *
 * macOS 10.4.
 */
export const PROC_PIDTASKALLINFO = 2;
/** Bytes of `proc_taskallinfo`. macOS 10.4. */
export const PROC_PIDTASKALLINFO_SIZE = 232;
/**
 * The BSD part: `proc_bsdinfo`.
 *
 * - Argument: any number but 0 finds zombies too.
 * - Zombies: if the argument is not 0.
 *
 * macOS 10.4.
 */
export const PROC_PIDTBSDINFO = 3;
/** Bytes of `proc_bsdinfo`. macOS 10.4. */
export const PROC_PIDTBSDINFO_SIZE = 136;
/**
 * The Mach part: `proc_taskinfo`.
 *
 * - Beware: times are in mach time units, where `PROC_PIDTHREADINFO` has nanoseconds.
 *
 * macOS 10.4.
 */
export const PROC_PIDTASKINFO = 4;
/** Bytes of `proc_taskinfo`. macOS 10.4. */
export const PROC_PIDTASKINFO_SIZE = 96;
/**
 * One thread: `proc_threadinfo`.
 *
 * - Argument: the handle of the thread, from {@linkcode PROC_PIDLISTTHREADS}: it is not its id.
 * - Errors: `ESRCH` there is no such thread.
 *
 * macOS 10.4.
 */
export const PROC_PIDTHREADINFO = 5;
/** Bytes of `proc_threadinfo`. macOS 10.4. */
export const PROC_PIDTHREADINFO_SIZE = 112;
/**
 * The handles of the threads: a list of 64-bit numbers.
 *
 * - Null buffer: `ENOMEM`, as the size cannot be queried: `pti_threadnum` of `proc_taskinfo`
 *   is their number.
 * - Buffer: cut after whole rows, without an error.
 * - Beware: the handles of the kernel's own threads (pid 0) lead to none.
 *
 * macOS 10.4.
 */
export const PROC_PIDLISTTHREADS = 6;
/** Bytes of one row of {@linkcode PROC_PIDLISTTHREADS}. macOS 10.4. */
export const PROC_PIDLISTTHREADS_SIZE = 8;
/**
 * The region at an address, or the next one: `proc_regioninfo`.
 *
 * - Argument: an address.
 * - Errors: `EINVAL` there is no such region at the address or above it, `EPERM` the process is the
 *   kernel itself (pid 0), for root as well.
 * - Beware: for an address outside of all regions, the next region is returned; compare its start.
 * - Beware: a query about pid 0 makes the system write a crash report of the caller.
 *
 * macOS 10.4.
 */
export const PROC_PIDREGIONINFO = 7;
/** Bytes of `proc_regioninfo`. macOS 10.4. */
export const PROC_PIDREGIONINFO_SIZE = 96;
/**
 * The region at an address, or the next one, and its file: `proc_regionwithpathinfo`.
 *
 * - Argument: an address.
 * - Errors: `EINVAL` there is no such region at the address or above it, `EPERM` the process is the
 *   kernel itself (pid 0), for root as well.
 * - Beware: for an address outside of all regions, the next region is returned; compare its start.
 * - Beware: a query about pid 0 makes the system write a crash report of the caller.
 *
 * macOS 10.4.
 */
export const PROC_PIDREGIONPATHINFO = 8;
/** Bytes of `proc_regionwithpathinfo`. macOS 10.4. */
export const PROC_PIDREGIONPATHINFO_SIZE = 1272;
/**
 * The working directory and the root directory: `proc_vnodepathinfo`.
 *
 * - Errors: `ENOENT` the file of a directory was revoked.
 * - Beware: the root directory is all zero unless the process has changed it, and a path that could
 *   not be built is empty.
 *
 * macOS 10.4.
 */
export const PROC_PIDVNODEPATHINFO = 9;
/** Bytes of `proc_vnodepathinfo`. macOS 10.4. */
export const PROC_PIDVNODEPATHINFO_SIZE = 2352;
/**
 * One thread and its own working directory: `proc_threadwithpathinfo`.
 *
 * - Argument: the handle of the thread, from {@linkcode PROC_PIDLISTTHREADS}: it is not its id.
 * - Errors: `ESRCH` there is no such thread.
 * - Beware: the file is all zero unless the thread has a working directory of its own.
 *
 * macOS 10.5.
 */
export const PROC_PIDTHREADPATHINFO = 10;
/** Bytes of `proc_threadwithpathinfo`. macOS 10.5. */
export const PROC_PIDTHREADPATHINFO_SIZE = 1288;
/**
 * The path of the executable file, as text. It returns 0, not a length.
 *
 * - Buffer: 1024 to 4096 bytes; more is `EOVERFLOW`. All of it is written, with zeros behind the
 *   path.
 * - Permission: any user.
 * - Errors: `ENOENT` the program was moved or removed, `ESRCH` there is no program file (the kernel
 *   itself) or the path does not fit, `ENODEV` it cannot be reached.
 *
 * macOS 10.5.
 */
export const PROC_PIDPATHINFO = 11;
/** Bytes of the shortest buffer for {@linkcode PROC_PIDPATHINFO}. macOS 10.5. */
export const PROC_PIDPATHINFO_SIZE = 1024;
/**
 * Bytes of the longest buffer for {@linkcode PROC_PIDPATHINFO}: more is `EOVERFLOW`. macOS 10.5.
 */
export const PROC_PIDPATHINFO_MAXSIZE = 4096;
/**
 * The pool of threads: `proc_workqueueinfo`. `ESRCH` also while its lock is held: try again.
 *
 * - Errors: `ESRCH` the process has no work queue, or its lock is held at present; `EINVAL` the
 *   process is the kernel itself (pid 0).
 *
 * macOS 10.6.
 */
export const PROC_PIDWORKQUEUEINFO = 12;
/** Bytes of `proc_workqueueinfo`. macOS 10.6. */
export const PROC_PIDWORKQUEUEINFO_SIZE = 16;
/**
 * The BSD part, cut short, of any user's process: `proc_bsdshortinfo`.
 *
 * - Argument: any number but 0 finds zombies too.
 * - Permission: any user.
 * - Zombies: if the argument is not 0.
 *
 * macOS 10.7.
 */
export const PROC_PIDT_SHORTBSDINFO = 13;
/** Bytes of `proc_bsdshortinfo`. macOS 10.7. */
export const PROC_PIDT_SHORTBSDINFO_SIZE = 64;
/**
 * The fileports: a list of `proc_fileportinfo`.
 *
 * - Null buffer: 0 if there is none, otherwise the bytes for all rows and 20 more.
 * - Buffer: cut after whole rows, without an error.
 *
 * macOS 10.7.
 */
export const PROC_PIDLISTFILEPORTS = 14;
/** Bytes of one row of {@linkcode PROC_PIDLISTFILEPORTS}. macOS 10.7. */
export const PROC_PIDLISTFILEPORTS_SIZE = 8;
/**
 * One thread: `proc_threadinfo`.
 *
 * - Argument: the 64-bit id of the thread, from {@linkcode PROC_PIDLISTTHREADIDS}.
 * - Errors: `ESRCH` there is no such thread.
 *
 * macOS 10.8.
 */
export const PROC_PIDTHREADID64INFO = 15;
/** Bytes of `proc_threadinfo`. macOS 10.8. */
export const PROC_PIDTHREADID64INFO_SIZE = 112;
/**
 * Declared and never answered: always `EINVAL`. `PROC_INFO_CALL_PIDRUSAGE` returns the usage of
 * resources.
 *
 * - Permission: no user.
 *
 * macOS 10.9.
 */
export const PROC_PID_RUSAGE = 16;
/** Nothing, as {@linkcode PROC_PID_RUSAGE} is never answered. macOS 10.9. */
export const PROC_PID_RUSAGE_SIZE = 0;
/**
 * Identities that are never used twice, of any user's process: `proc_uniqidentifierinfo`.
 *
 * - Argument: any number but 0 finds zombies too.
 * - Permission: any user.
 * - Zombies: if the argument is not 0.
 *
 * macOS 10.9.
 */
export const PROC_PIDUNIQIDENTIFIERINFO = 17;
/** Bytes of `proc_uniqidentifierinfo`. macOS 10.9. */
export const PROC_PIDUNIQIDENTIFIERINFO_SIZE = 56;
/**
 * The BSD part and those identities: `proc_bsdinfowithuniqid`.
 *
 * - Argument: any number but 0 finds zombies too.
 * - Zombies: if the argument is not 0.
 * - Beware: it needs the permission of its BSD part, although any user may query the identities alone.
 *
 * macOS 10.9.
 */
export const PROC_PIDT_BSDINFOWITHUNIQID = 18;
/** Bytes of `proc_bsdinfowithuniqid`. macOS 10.9. */
export const PROC_PIDT_BSDINFOWITHUNIQID_SIZE = 192;
/** The processor it was built for: `proc_archinfo`. macOS 10.10. */
export const PROC_PIDARCHINFO = 19;
/** Bytes of `proc_archinfo`. macOS 10.10. */
export const PROC_PIDARCHINFO_SIZE = 8;
/**
 * The coalitions of any user's process: `proc_pidcoalitioninfo`.
 *
 * - Permission: any user.
 *
 * macOS 10.10.
 */
export const PROC_PIDCOALITIONINFO = 20;
/** Bytes of `proc_pidcoalitioninfo`: 32 until macOS 10.11 made it longer. macOS 10.10. */
export const PROC_PIDCOALITIONINFO_SIZE = 40;
/**
 * How a child ended, or 0 while it runs: 32 bits.
 *
 * - Argument: a set of `NOTE_EXITSTATUS` (0x04000000) and `NOTE_EXIT_DETAIL` (0x02000000), of
 *   `<sys/event.h>`; without any, the answer is 0.
 * - Permission: the parent, or the parent before a debugger attached, as the same user; others
 *   get `EACCES`.
 * - Zombies: yes.
 * - Beware: the status is the low 16 bits, as `wait()` has it; the details are bits above it.
 *
 * macOS 10.10.
 */
export const PROC_PIDNOTEEXIT = 21;
/** Bytes of the answer to {@linkcode PROC_PIDNOTEEXIT}. macOS 10.10. */
export const PROC_PIDNOTEEXIT_SIZE = 4;
/**
 * The region at an address, or the next one with a file: `proc_regionwithpathinfo` without page
 * counts.
 *
 * - Argument: an address.
 * - Errors: `EINVAL` there is no such region at the address or above it, `EPERM` the process is the
 *   kernel itself (pid 0), for root as well.
 * - Beware: regions without a file are passed over.
 * - Beware: a query about pid 0 makes the system write a crash report of the caller.
 *
 * macOS 10.10.
 */
export const PROC_PIDREGIONPATHINFO2 = 22;
/** Bytes of `proc_regionwithpathinfo`. macOS 10.10. */
export const PROC_PIDREGIONPATHINFO2_SIZE = 1272;
/**
 * The first region whose file lies on a file system: `proc_regionwithpathinfo`.
 *
 * - Argument: the id of a file system, as `vi_fsid` has it: the first number, and the second in the
 *   high 32 bits. A file system whose id has 32 bits is looked for by the first number alone.
 * - Errors: `EINVAL` no file of that file system is mapped, `EPERM` the process is the kernel
 *   itself (pid 0), for root as well.
 * - Beware: a query about pid 0 makes the system write a crash report of the caller.
 *
 * macOS 10.10.
 */
export const PROC_PIDREGIONPATHINFO3 = 23;
/** Bytes of `proc_regionwithpathinfo`. macOS 10.10. */
export const PROC_PIDREGIONPATHINFO3_SIZE = 1272;
/**
 * Why a child ended, with data: `proc_exitreasoninfo`, which is read as well as written.
 *
 * - Buffer: read first: `eri_kcd_buf` is an address where the data goes, `eri_reason_buf_size` the
 *   room there.
 * - Permission: the parent, or the parent before a debugger attached, as the same user; others
 *   get `EACCES`.
 * - Zombies: yes.
 * - Errors: `ENOENT` there is no reason, `ENOMEM` the address is 0 or the room too little. Nothing
 *   is written then: `PROC_PIDEXITREASONBASICINFO` returns the size.
 *
 * macOS 10.12.
 */
export const PROC_PIDEXITREASONINFO = 24;
/** Bytes of `proc_exitreasoninfo`. macOS 10.12. */
export const PROC_PIDEXITREASONINFO_SIZE = 32;
/**
 * Why a child ended: `proc_exitreasonbasicinfo`.
 *
 * - Permission: the parent, or the parent before a debugger attached, as the same user; others
 *   get `EACCES`.
 * - Zombies: yes.
 * - Errors: `ENOENT` there is no reason.
 *
 * macOS 10.12.
 */
export const PROC_PIDEXITREASONBASICINFO = 25;
/** Bytes of `proc_exitreasonbasicinfo`. The name has no underscore before `SIZE`. macOS 10.12. */
export const PROC_PIDEXITREASONBASICINFOSIZE = 24;
/**
 * What its events carry for it: a list of 64-bit numbers. It returns a count, which may exceed what
 * fits.
 *
 * - Null buffer: the count alone.
 * - Buffer: whole rows are written, 16392 of them at most, and the ids of dynamic kqueues are
 *   among them.
 * - Errors: `ERANGE` there are too many to be counted.
 *
 * macOS 10.13.
 */
export const PROC_PIDLISTUPTRS = 26;
/** Bytes of one row of {@linkcode PROC_PIDLISTUPTRS}. macOS 10.13. */
export const PROC_PIDLISTUPTRS_SIZE = 8;
/**
 * The ids of its dynamic kqueues: a list of 64-bit numbers. It returns a count, which may exceed
 * what fits.
 *
 * - Null buffer: the count alone, if the size is 0; otherwise `EINVAL`.
 * - Buffer: cut after whole rows.
 * - Errors: `ERANGE` there are too many to be counted.
 *
 * macOS 10.13.
 */
export const PROC_PIDLISTDYNKQUEUES = 27;
/** Bytes of one row of {@linkcode PROC_PIDLISTDYNKQUEUES}. macOS 10.13. */
export const PROC_PIDLISTDYNKQUEUES_SIZE = 8;
/**
 * The ids of the threads: a list of 64-bit numbers.
 *
 * - Null buffer: `ENOMEM`, as the size cannot be queried: `pti_threadnum` of `proc_taskinfo`
 *   is their number.
 * - Buffer: cut after whole rows, without an error.
 *
 * macOS 10.14.
 */
export const PROC_PIDLISTTHREADIDS = 28;
/** Bytes of one row of {@linkcode PROC_PIDLISTTHREADIDS}. macOS 10.14. */
export const PROC_PIDLISTTHREADIDS_SIZE = 8;
/**
 * Page faults of the caller's real-time threads: a list of `vm_rtfault_record_t`. It returns a
 * count.
 *
 * - Null buffer: `ENOMEM`, always.
 * - Buffer: if it is full before all faults were read, the rows are written and the call fails
 *   with `ENOMEM` all the same. The kernel keeps 73 by default.
 * - Permission: the process itself; about others `EINVAL`.
 *
 * macOS 10.14.
 */
export const PROC_PIDVMRTFAULTINFO = 29;
/** Bytes of one row of {@linkcode PROC_PIDVMRTFAULTINFO}. macOS 10.14. */
export const PROC_PIDVMRTFAULTINFO_SIZE = 56;
/**
 * The platform of the executable: 32 bits, as in Mach-O. 1 macOS, 2 iOS, 6 Mac Catalyst.
 *
 * - Permission: any user.
 * - Zombies: yes.
 *
 * macOS 10.15.
 */
export const PROC_PIDPLATFORMINFO = 30;
/** Bytes of the answer to {@linkcode PROC_PIDPLATFORMINFO}. macOS 10.15. */
export const PROC_PIDPLATFORMINFO_SIZE = 4;
/**
 * The region at an address, or the next one with a file, and the file's path: `proc_regionpath`.
 *
 * - Argument: an address.
 * - Errors: `EINVAL` there is no such region at the address or above it, `EPERM` the process is the
 *   kernel itself (pid 0), for root as well.
 * - Beware: regions without a file are passed over.
 * - Beware: a query about pid 0 makes the system write a crash report of the caller.
 *
 * macOS 10.15.
 */
export const PROC_PIDREGIONPATH = 31;
/** Bytes of `proc_regionpath`. macOS 10.15. */
export const PROC_PIDREGIONPATH_SIZE = 1040;
/**
 * The table of Mach port names: `proc_ipctableinfo`.
 *
 * - Errors: `EINVAL` the process is ending and has no table any more.
 *
 * macOS 10.15.
 */
export const PROC_PIDIPCTABLEINFO = 32;
/** Bytes of `proc_ipctableinfo`. macOS 10.15. */
export const PROC_PIDIPCTABLEINFO_SIZE = 8;
/**
 * The calling thread's time in interrupts: `proc_threadschedinfo`.
 *
 * - Argument: the 64-bit id of the calling thread.
 * - Permission: the thread itself; about others `EINVAL`.
 *
 * macOS 12.
 */
export const PROC_PIDTHREADSCHEDINFO = 33;
/** Bytes of `proc_threadschedinfo`. macOS 12. */
export const PROC_PIDTHREADSCHEDINFO_SIZE = 8;
/**
 * One thread's counters: `proc_threadcounts`.
 *
 * - Argument: the 64-bit id of a thread.
 * - Buffer: cut at its end, without an error: `ptc_len` is the number of rows.
 * - Errors: `ESRCH` there is no such thread, `ENOTSUP` there are no counters, as in a virtual
 *   machine.
 *
 * macOS 13.
 */
export const PROC_PIDTHREADCOUNTS = 34;
/** Bytes of `proc_threadcounts` before its rows. macOS 13. */
export const PROC_PIDTHREADCOUNTS_SIZE = 8;
/** The highest count that {@linkcode PROC_PIDLISTDYNKQUEUES} returns. macOS 10.13. */
export const PROC_PIDDYNKQUEUES_MAX = 131072;

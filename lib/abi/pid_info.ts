/**
 * The flavors of `PROC_INFO_CALL_PIDINFO` and the sizes of their answers (bsd/sys/proc_info.h,
 * proc_info_private.h).
 *
 * A buffer that is shorter than the `_SIZE` of its flavor fails with `ENOMEM`. For a list, that is
 * the size of one row.
 *
 * @module
 */

/**
 * The open file descriptors: a list of `proc_fdinfo`.
 *
 * - Null buffer: the size of as many rows as the descriptor table has room for and 20 more, in
 *   bytes. This is not the number of open descriptors.
 * - Buffer: cut after whole rows, without an error: the highest descriptors are missing.
 *
 * macOS 10.4.
 */
export const PROC_PIDLISTFDS = 1;
/** The size of one row of {@linkcode PROC_PIDLISTFDS}, in bytes. macOS 10.4. */
export const PROC_PIDLISTFD_SIZE = 8;
/**
 * The BSD part and the Mach part of a process together: `proc_taskallinfo`.
 *
 * - Beware: if the BSD part is unavailable, it is all zero. The Mach part is filled nevertheless.
 *
 * macOS 10.4.
 */
export const PROC_PIDTASKALLINFO = 2;
/** The size of `proc_taskallinfo`, in bytes. macOS 10.4. */
export const PROC_PIDTASKALLINFO_SIZE = 232;
/**
 * The BSD part of a process: `proc_bsdinfo`.
 *
 * - Argument: any number but 0 includes zombies.
 * - Zombies: if the argument is not 0.
 *
 * macOS 10.4.
 */
export const PROC_PIDTBSDINFO = 3;
/** The size of `proc_bsdinfo`, in bytes. macOS 10.4. */
export const PROC_PIDTBSDINFO_SIZE = 136;
/**
 * The Mach part of a process: `proc_taskinfo`.
 *
 * - Beware: times are in mach time units, unlike those of `PROC_PIDTHREADINFO`, which are in
 *   nanoseconds.
 *
 * macOS 10.4.
 */
export const PROC_PIDTASKINFO = 4;
/** The size of `proc_taskinfo`, in bytes. macOS 10.4. */
export const PROC_PIDTASKINFO_SIZE = 96;
/**
 * One thread: `proc_threadinfo`.
 *
 * - Argument: the handle of the thread, from {@linkcode PROC_PIDLISTTHREADS}. It is not the id of
 *   the thread.
 * - Errors: `ESRCH` if there is no such thread.
 *
 * macOS 10.4.
 */
export const PROC_PIDTHREADINFO = 5;
/** The size of `proc_threadinfo`, in bytes. macOS 10.4. */
export const PROC_PIDTHREADINFO_SIZE = 112;
/**
 * The handles of the threads: a list of 64-bit numbers.
 *
 * - Null buffer: `ENOMEM`, as the size cannot be queried. The number of threads is `pti_threadnum`
 *   of `proc_taskinfo`.
 * - Buffer: cut after whole rows, without an error.
 * - Beware: the handles of the kernel's own threads (pid 0) do not identify a thread.
 *
 * macOS 10.4.
 */
export const PROC_PIDLISTTHREADS = 6;
/** The size of one row of {@linkcode PROC_PIDLISTTHREADS}, in bytes. macOS 10.4. */
export const PROC_PIDLISTTHREADS_SIZE = 8;
/**
 * The region at an address, or else the next one: `proc_regioninfo`.
 *
 * - Argument: an address.
 * - Errors: `EINVAL` if there is no such region at the address or above it, `EPERM` if the process
 *   is the kernel itself (pid 0), for root as well.
 * - Beware: for an address outside of all regions, the next region is returned. Compare the start
 *   of the region with the address.
 * - Beware: a query about pid 0 makes the system write a crash report of the caller.
 *
 * macOS 10.4.
 */
export const PROC_PIDREGIONINFO = 7;
/** The size of `proc_regioninfo`, in bytes. macOS 10.4. */
export const PROC_PIDREGIONINFO_SIZE = 96;
/**
 * The region at an address, or else the next one, and its file: `proc_regionwithpathinfo`.
 *
 * - Argument: an address.
 * - Errors: `EINVAL` if there is no such region at the address or above it, `EPERM` if the process
 *   is the kernel itself (pid 0), for root as well.
 * - Beware: for an address outside of all regions, the next region is returned. Compare the start
 *   of the region with the address.
 * - Beware: a query about pid 0 makes the system write a crash report of the caller.
 *
 * macOS 10.4.
 */
export const PROC_PIDREGIONPATHINFO = 8;
/** The size of `proc_regionwithpathinfo`, in bytes. macOS 10.4. */
export const PROC_PIDREGIONPATHINFO_SIZE = 1272;
/**
 * The working directory and the root directory: `proc_vnodepathinfo`.
 *
 * - Errors: `ENOENT` if the file of a directory was revoked.
 * - Beware: the root directory is all zero unless the process has changed it. A path that the
 *   kernel could not build is empty.
 *
 * macOS 10.4.
 */
export const PROC_PIDVNODEPATHINFO = 9;
/** The size of `proc_vnodepathinfo`, in bytes. macOS 10.4. */
export const PROC_PIDVNODEPATHINFO_SIZE = 2352;
/**
 * One thread and its own working directory: `proc_threadwithpathinfo`.
 *
 * - Argument: the handle of the thread, from {@linkcode PROC_PIDLISTTHREADS}. It is not the id of
 *   the thread.
 * - Errors: `ESRCH` if there is no such thread.
 * - Beware: the file is all zero unless the thread has its own working directory.
 *
 * macOS 10.5.
 */
export const PROC_PIDTHREADPATHINFO = 10;
/** The size of `proc_threadwithpathinfo`, in bytes. macOS 10.5. */
export const PROC_PIDTHREADPATHINFO_SIZE = 1288;
/**
 * The path of the executable file, as text. The call returns 0, not a length.
 *
 * - Buffer: 1024 to 4096 bytes; a longer buffer fails with `EOVERFLOW`. All of it is written, with
 *   zeros after the path.
 * - Permission: any user.
 * - Errors: `ENOENT` if the program was moved or removed, `ESRCH` if there is no program file (the
 *   kernel itself) or the path does not fit, `ENODEV` if the file cannot be reached.
 *
 * macOS 10.5.
 */
export const PROC_PIDPATHINFO = 11;
/** The size of the shortest buffer for {@linkcode PROC_PIDPATHINFO}, in bytes. macOS 10.5. */
export const PROC_PIDPATHINFO_SIZE = 1024;
/**
 * The size of the longest buffer for {@linkcode PROC_PIDPATHINFO}, in bytes. A longer buffer fails
 * with `EOVERFLOW`. macOS 10.5.
 */
export const PROC_PIDPATHINFO_MAXSIZE = 4096;
/**
 * The workqueue, which is the pool of threads of a process: `proc_workqueueinfo`.
 *
 * - Errors: `ESRCH` if the process has no workqueue, or if the lock of the workqueue is held at
 *   present: retry. `EINVAL` if the process is the kernel itself (pid 0).
 *
 * macOS 10.6.
 */
export const PROC_PIDWORKQUEUEINFO = 12;
/** The size of `proc_workqueueinfo`, in bytes. macOS 10.6. */
export const PROC_PIDWORKQUEUEINFO_SIZE = 16;
/**
 * The short form of the BSD part, for processes of any user: `proc_bsdshortinfo`.
 *
 * - Argument: any number but 0 includes zombies.
 * - Permission: any user.
 * - Zombies: if the argument is not 0.
 *
 * macOS 10.7.
 */
export const PROC_PIDT_SHORTBSDINFO = 13;
/** The size of `proc_bsdshortinfo`, in bytes. macOS 10.7. */
export const PROC_PIDT_SHORTBSDINFO_SIZE = 64;
/**
 * The fileports: a list of `proc_fileportinfo`.
 *
 * - Null buffer: 0 if the process has no fileport, otherwise the size of all rows and 20 more, in
 *   bytes.
 * - Buffer: cut after whole rows, without an error.
 *
 * macOS 10.7.
 */
export const PROC_PIDLISTFILEPORTS = 14;
/** The size of one row of {@linkcode PROC_PIDLISTFILEPORTS}, in bytes. macOS 10.7. */
export const PROC_PIDLISTFILEPORTS_SIZE = 8;
/**
 * One thread: `proc_threadinfo`.
 *
 * - Argument: the 64-bit id of the thread, from {@linkcode PROC_PIDLISTTHREADIDS}.
 * - Errors: `ESRCH` if there is no such thread.
 *
 * macOS 10.8.
 */
export const PROC_PIDTHREADID64INFO = 15;
/** The size of `proc_threadinfo`, in bytes. macOS 10.8. */
export const PROC_PIDTHREADID64INFO_SIZE = 112;
/**
 * Declared but never answered: always `EINVAL`. `PROC_INFO_CALL_PIDRUSAGE` reports the resource
 * usage.
 *
 * - Permission: no user.
 *
 * macOS 10.9.
 */
export const PROC_PID_RUSAGE = 16;
/**
 * The size of the answer to {@linkcode PROC_PID_RUSAGE}, in bytes: there is no answer. macOS 10.9.
 */
export const PROC_PID_RUSAGE_SIZE = 0;
/**
 * Identities that are never reused, for processes of any user: `proc_uniqidentifierinfo`.
 *
 * - Argument: any number but 0 includes zombies.
 * - Permission: any user.
 * - Zombies: if the argument is not 0.
 *
 * macOS 10.9.
 */
export const PROC_PIDUNIQIDENTIFIERINFO = 17;
/** The size of `proc_uniqidentifierinfo`, in bytes. macOS 10.9. */
export const PROC_PIDUNIQIDENTIFIERINFO_SIZE = 56;
/**
 * The BSD part and the identities that are never reused: `proc_bsdinfowithuniqid`.
 *
 * - Argument: any number but 0 includes zombies.
 * - Zombies: if the argument is not 0.
 * - Beware: the permission of the BSD part is needed, although any user may query the identities
 *   alone.
 *
 * macOS 10.9.
 */
export const PROC_PIDT_BSDINFOWITHUNIQID = 18;
/** The size of `proc_bsdinfowithuniqid`, in bytes. macOS 10.9. */
export const PROC_PIDT_BSDINFOWITHUNIQID_SIZE = 192;
/** The type of processor that the program was built for: `proc_archinfo`. macOS 10.10. */
export const PROC_PIDARCHINFO = 19;
/** The size of `proc_archinfo`, in bytes. macOS 10.10. */
export const PROC_PIDARCHINFO_SIZE = 8;
/**
 * The coalitions of a process of any user: `proc_pidcoalitioninfo`.
 *
 * - Permission: any user.
 *
 * macOS 10.10.
 */
export const PROC_PIDCOALITIONINFO = 20;
/** The size of `proc_pidcoalitioninfo`, in bytes. It was 32 before macOS 10.11. macOS 10.10. */
export const PROC_PIDCOALITIONINFO_SIZE = 40;
/**
 * The way in which a child ended, 32 bits; 0 while it runs.
 *
 * - Argument: a set of `NOTE_EXITSTATUS` (0x04000000) and `NOTE_EXIT_DETAIL` (0x02000000) from
 *   `<sys/event.h>`. If neither is set, the answer is 0.
 * - Permission: the parent, or the process that was the parent before a debugger attached, as the
 *   same user; others get `EACCES`.
 * - Zombies: yes.
 * - Beware: the low 16 bits are the status in the form of `wait()`. The bits above them are the
 *   details.
 *
 * macOS 10.10.
 */
export const PROC_PIDNOTEEXIT = 21;
/** The size of the answer to {@linkcode PROC_PIDNOTEEXIT}, in bytes. macOS 10.10. */
export const PROC_PIDNOTEEXIT_SIZE = 4;
/**
 * The region at an address, or else the next one, among the regions with a file:
 * `proc_regionwithpathinfo` without page counts.
 *
 * - Argument: an address.
 * - Errors: `EINVAL` if there is no such region at the address or above it, `EPERM` if the process
 *   is the kernel itself (pid 0), for root as well.
 * - Beware: regions without a file are skipped.
 * - Beware: a query about pid 0 makes the system write a crash report of the caller.
 *
 * macOS 10.10.
 */
export const PROC_PIDREGIONPATHINFO2 = 22;
/** The size of `proc_regionwithpathinfo`, in bytes. macOS 10.10. */
export const PROC_PIDREGIONPATHINFO2_SIZE = 1272;
/**
 * The first region whose file is on a file system: `proc_regionwithpathinfo`.
 *
 * - Argument: the id of a file system, as in `vi_fsid`: the first number, with the second number in
 *   the high 32 bits. If the id of a file system has 32 bits, the argument is the first number
 *   alone.
 * - Errors: `EINVAL` if no file of that file system is mapped, `EPERM` if the process is the kernel
 *   itself (pid 0), for root as well.
 * - Beware: a query about pid 0 makes the system write a crash report of the caller.
 *
 * macOS 10.10.
 */
export const PROC_PIDREGIONPATHINFO3 = 23;
/** The size of `proc_regionwithpathinfo`, in bytes. macOS 10.10. */
export const PROC_PIDREGIONPATHINFO3_SIZE = 1272;
/**
 * The reason why a child ended, with its data: `proc_exitreasoninfo`, which is read and then
 * written.
 *
 * - Buffer: read first: `eri_kcd_buf` is the address to which the data is written, and
 *   `eri_reason_buf_size` is the size of the memory there.
 * - Permission: the parent, or the process that was the parent before a debugger attached, as the
 *   same user; others get `EACCES`.
 * - Zombies: yes.
 * - Errors: `ENOENT` if there is no reason, `ENOMEM` if the address is 0 or the memory too small.
 *   Nothing is written then: `PROC_PIDEXITREASONBASICINFO` returns the size.
 *
 * macOS 10.12.
 */
export const PROC_PIDEXITREASONINFO = 24;
/** The size of `proc_exitreasoninfo`, in bytes. macOS 10.12. */
export const PROC_PIDEXITREASONINFO_SIZE = 32;
/**
 * The reason why a child ended: `proc_exitreasonbasicinfo`.
 *
 * - Permission: the parent, or the process that was the parent before a debugger attached, as the
 *   same user; others get `EACCES`.
 * - Zombies: yes.
 * - Errors: `ENOENT` if there is no reason.
 *
 * macOS 10.12.
 */
export const PROC_PIDEXITREASONBASICINFO = 25;
/**
 * The size of `proc_exitreasonbasicinfo`, in bytes. The name has no underscore before `SIZE`.
 * macOS 10.12.
 */
export const PROC_PIDEXITREASONBASICINFOSIZE = 24;
/**
 * The user data of all events of the kqueues of a process: a list of 64-bit numbers. The call
 * returns a count, which may be higher than the number of rows in the buffer.
 *
 * - Null buffer: the count alone.
 * - Buffer: at most 16392 whole rows are written. The ids of dynamic kqueues are among them.
 * - Errors: `ERANGE` if there are too many to be counted.
 *
 * macOS 10.13.
 */
export const PROC_PIDLISTUPTRS = 26;
/** The size of one row of {@linkcode PROC_PIDLISTUPTRS}, in bytes. macOS 10.13. */
export const PROC_PIDLISTUPTRS_SIZE = 8;
/**
 * The ids of the dynamic kqueues of a process: a list of 64-bit numbers. The call returns a count,
 * which may be higher than the number of rows in the buffer.
 *
 * - Null buffer: the count alone, if the size is 0; otherwise `EINVAL`.
 * - Buffer: cut after whole rows.
 * - Errors: `ERANGE` if there are too many to be counted.
 *
 * macOS 10.13.
 */
export const PROC_PIDLISTDYNKQUEUES = 27;
/** The size of one row of {@linkcode PROC_PIDLISTDYNKQUEUES}, in bytes. macOS 10.13. */
export const PROC_PIDLISTDYNKQUEUES_SIZE = 8;
/**
 * The ids of the threads: a list of 64-bit numbers.
 *
 * - Null buffer: `ENOMEM`, as the size cannot be queried. The number of threads is `pti_threadnum`
 *   of `proc_taskinfo`.
 * - Buffer: cut after whole rows, without an error.
 *
 * macOS 10.14.
 */
export const PROC_PIDLISTTHREADIDS = 28;
/** The size of one row of {@linkcode PROC_PIDLISTTHREADIDS}, in bytes. macOS 10.14. */
export const PROC_PIDLISTTHREADIDS_SIZE = 8;
/**
 * The page faults of the caller's real-time threads: a list of `vm_rtfault_record_t`. The call
 * returns a count.
 *
 * - Null buffer: `ENOMEM` if the size is 0. The size cannot be queried.
 * - Buffer: if it is full before all faults are read, the rows are written, but the call still
 *   fails with `ENOMEM`. The kernel keeps 73 faults by default.
 * - Permission: the process itself; for others `EINVAL`.
 *
 * macOS 10.14.
 */
export const PROC_PIDVMRTFAULTINFO = 29;
/** The size of one row of {@linkcode PROC_PIDVMRTFAULTINFO}, in bytes. macOS 10.14. */
export const PROC_PIDVMRTFAULTINFO_SIZE = 56;
/**
 * The platform of the executable file, 32 bits, as in Mach-O: 1 for macOS, 2 for iOS, 6 for Mac
 * Catalyst.
 *
 * - Permission: any user.
 * - Zombies: yes.
 *
 * macOS 10.15.
 */
export const PROC_PIDPLATFORMINFO = 30;
/** The size of the answer to {@linkcode PROC_PIDPLATFORMINFO}, in bytes. macOS 10.15. */
export const PROC_PIDPLATFORMINFO_SIZE = 4;
/**
 * The region at an address, or else the next one, among the regions with a file, and the path of
 * the file: `proc_regionpath`.
 *
 * - Argument: an address.
 * - Errors: `EINVAL` if there is no such region at the address or above it, `EPERM` if the process
 *   is the kernel itself (pid 0), for root as well.
 * - Beware: regions without a file are skipped.
 * - Beware: a query about pid 0 makes the system write a crash report of the caller.
 *
 * macOS 10.15.
 */
export const PROC_PIDREGIONPATH = 31;
/** The size of `proc_regionpath`, in bytes. macOS 10.15. */
export const PROC_PIDREGIONPATH_SIZE = 1040;
/**
 * The table of Mach port names: `proc_ipctableinfo`.
 *
 * - Errors: `EINVAL` if the process is ending and no longer has a table.
 *
 * macOS 10.15.
 */
export const PROC_PIDIPCTABLEINFO = 32;
/** The size of `proc_ipctableinfo`, in bytes. macOS 10.15. */
export const PROC_PIDIPCTABLEINFO_SIZE = 8;
/**
 * The time that the calling thread spent in interrupts: `proc_threadschedinfo`.
 *
 * - Argument: the 64-bit id of the calling thread.
 * - Permission: the thread itself; for others `EINVAL`.
 *
 * macOS 12.
 */
export const PROC_PIDTHREADSCHEDINFO = 33;
/** The size of `proc_threadschedinfo`, in bytes. macOS 12. */
export const PROC_PIDTHREADSCHEDINFO_SIZE = 8;
/**
 * The counters of one thread: `proc_threadcounts`.
 *
 * - Argument: the 64-bit id of a thread.
 * - Buffer: the answer is cut to its size, without an error. `ptc_len` is the number of rows before
 *   the cut.
 * - Errors: `ESRCH` if there is no such thread, `ENOTSUP` if the machine has no counters, for
 *   example a virtual machine.
 *
 * macOS 13.
 */
export const PROC_PIDTHREADCOUNTS = 34;
/** The size of `proc_threadcounts` before its rows, in bytes. macOS 13. */
export const PROC_PIDTHREADCOUNTS_SIZE = 8;
/** The highest count that {@linkcode PROC_PIDLISTDYNKQUEUES} returns. macOS 10.13. */
export const PROC_PIDDYNKQUEUES_MAX = 131072;

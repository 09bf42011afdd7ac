/**
 * The flavors of `PROC_INFO_CALL_PIDINFO` and the bytes of their answers (bsd/sys/proc_info.h,
 * proc_info_private.h).
 *
 * A buffer shorter than the `_SIZE` of its flavor is `ENOMEM`; for a list, that is the bytes of
 * one row.
 *
 * @module
 */

/** The open descriptors: a list of `proc_fdinfo`. macOS 10.4. */
export const PROC_PIDLISTFDS = 1;
/** Bytes of one row of {@linkcode PROC_PIDLISTFDS}. macOS 10.4. */
export const PROC_PIDLISTFD_SIZE = 8;
/** The BSD and the Mach part together: `proc_taskallinfo`. macOS 10.4. */
export const PROC_PIDTASKALLINFO = 2;
/** Bytes of `proc_taskallinfo`. macOS 10.4. */
export const PROC_PIDTASKALLINFO_SIZE = 232;
/** The BSD part: `proc_bsdinfo`. Also a zombie's if the argument is not 0. macOS 10.4. */
export const PROC_PIDTBSDINFO = 3;
/** Bytes of `proc_bsdinfo`. macOS 10.4. */
export const PROC_PIDTBSDINFO_SIZE = 136;
/** The Mach part: `proc_taskinfo`. macOS 10.4. */
export const PROC_PIDTASKINFO = 4;
/** Bytes of `proc_taskinfo`. macOS 10.4. */
export const PROC_PIDTASKINFO_SIZE = 96;
/**
 * One thread: `proc_threadinfo`. The argument is its handle, from {@linkcode PROC_PIDLISTTHREADS}.
 * macOS 10.4.
 */
export const PROC_PIDTHREADINFO = 5;
/** Bytes of `proc_threadinfo`. macOS 10.4. */
export const PROC_PIDTHREADINFO_SIZE = 112;
/** The handles of the threads: a list of 64-bit numbers. macOS 10.4. */
export const PROC_PIDLISTTHREADS = 6;
/** Bytes of one row of {@linkcode PROC_PIDLISTTHREADS}. macOS 10.4. */
export const PROC_PIDLISTTHREADS_SIZE = 8;
/** The region at an address, or the next one: `proc_regioninfo`. macOS 10.4. */
export const PROC_PIDREGIONINFO = 7;
/** Bytes of `proc_regioninfo`. macOS 10.4. */
export const PROC_PIDREGIONINFO_SIZE = 96;
/**
 * The region at an address, or the next one, and its file: `proc_regionwithpathinfo`. macOS 10.4.
 */
export const PROC_PIDREGIONPATHINFO = 8;
/** Bytes of `proc_regionwithpathinfo`. macOS 10.4. */
export const PROC_PIDREGIONPATHINFO_SIZE = 1272;
/** The working directory and the root directory: `proc_vnodepathinfo`. macOS 10.4. */
export const PROC_PIDVNODEPATHINFO = 9;
/** Bytes of `proc_vnodepathinfo`. macOS 10.4. */
export const PROC_PIDVNODEPATHINFO_SIZE = 2352;
/**
 * One thread and its own working directory: `proc_threadwithpathinfo`. The argument is its handle.
 * macOS 10.5.
 */
export const PROC_PIDTHREADPATHINFO = 10;
/** Bytes of `proc_threadwithpathinfo`. macOS 10.5. */
export const PROC_PIDTHREADPATHINFO_SIZE = 1288;
/** The path of the executable file, as text. It returns 0, not a length. macOS 10.5. */
export const PROC_PIDPATHINFO = 11;
/** Bytes of the shortest buffer for {@linkcode PROC_PIDPATHINFO}. macOS 10.5. */
export const PROC_PIDPATHINFO_SIZE = 1024;
/**
 * Bytes of the longest buffer for {@linkcode PROC_PIDPATHINFO}: more is `EOVERFLOW`. macOS 10.5.
 */
export const PROC_PIDPATHINFO_MAXSIZE = 4096;
/**
 * The pool of threads: `proc_workqueueinfo`. `ESRCH` also while its lock is held: try again.
 * macOS 10.6.
 */
export const PROC_PIDWORKQUEUEINFO = 12;
/** Bytes of `proc_workqueueinfo`. macOS 10.6. */
export const PROC_PIDWORKQUEUEINFO_SIZE = 16;
/**
 * The BSD part, cut short, of any user's process: `proc_bsdshortinfo`. Also a zombie's if the
 * argument is not 0. macOS 10.7.
 */
export const PROC_PIDT_SHORTBSDINFO = 13;
/** Bytes of `proc_bsdshortinfo`. macOS 10.7. */
export const PROC_PIDT_SHORTBSDINFO_SIZE = 64;
/** The fileports: a list of `proc_fileportinfo`. macOS 10.7. */
export const PROC_PIDLISTFILEPORTS = 14;
/** Bytes of one row of {@linkcode PROC_PIDLISTFILEPORTS}. macOS 10.7. */
export const PROC_PIDLISTFILEPORTS_SIZE = 8;
/**
 * One thread: `proc_threadinfo`. The argument is its id, from {@linkcode PROC_PIDLISTTHREADIDS}.
 * macOS 10.8.
 */
export const PROC_PIDTHREADID64INFO = 15;
/** Bytes of `proc_threadinfo`. macOS 10.8. */
export const PROC_PIDTHREADID64INFO_SIZE = 112;
/**
 * Declared and never answered: always `EINVAL`. `PROC_INFO_CALL_PIDRUSAGE` tells the usage of
 * resources. macOS 10.9.
 */
export const PROC_PID_RUSAGE = 16;
/** Nothing, as {@linkcode PROC_PID_RUSAGE} is never answered. macOS 10.9. */
export const PROC_PID_RUSAGE_SIZE = 0;
/**
 * Identities that are never used twice, of any user's process: `proc_uniqidentifierinfo`. Also a
 * zombie's if the argument is not 0. macOS 10.9.
 */
export const PROC_PIDUNIQIDENTIFIERINFO = 17;
/** Bytes of `proc_uniqidentifierinfo`. macOS 10.9. */
export const PROC_PIDUNIQIDENTIFIERINFO_SIZE = 56;
/**
 * The BSD part and those identities: `proc_bsdinfowithuniqid`. Also a zombie's if the argument is
 * not 0. macOS 10.9.
 */
export const PROC_PIDT_BSDINFOWITHUNIQID = 18;
/** Bytes of `proc_bsdinfowithuniqid`. macOS 10.9. */
export const PROC_PIDT_BSDINFOWITHUNIQID_SIZE = 192;
/** The processor it was built for: `proc_archinfo`. macOS 10.10. */
export const PROC_PIDARCHINFO = 19;
/** Bytes of `proc_archinfo`. macOS 10.10. */
export const PROC_PIDARCHINFO_SIZE = 8;
/** The coalitions of any user's process: `proc_pidcoalitioninfo`. macOS 10.10. */
export const PROC_PIDCOALITIONINFO = 20;
/** Bytes of `proc_pidcoalitioninfo`: 32 until macOS 10.11 made it longer. macOS 10.10. */
export const PROC_PIDCOALITIONINFO_SIZE = 40;
/**
 * How a child ended, or 0 while it lives: 32 bits. The argument says which of `NOTE_EXITSTATUS` and
 * `NOTE_EXIT_DETAIL` to tell; zombies are always looked at. macOS 10.10.
 */
export const PROC_PIDNOTEEXIT = 21;
/** Bytes of the answer to {@linkcode PROC_PIDNOTEEXIT}. macOS 10.10. */
export const PROC_PIDNOTEEXIT_SIZE = 4;
/**
 * The region at an address, or the next one with a file: `proc_regionwithpathinfo` without page
 * counts. macOS 10.10.
 */
export const PROC_PIDREGIONPATHINFO2 = 22;
/** Bytes of `proc_regionwithpathinfo`. macOS 10.10. */
export const PROC_PIDREGIONPATHINFO2_SIZE = 1272;
/**
 * The first region whose file lies on a file system: `proc_regionwithpathinfo`. The argument is the
 * file system's id. macOS 10.10.
 */
export const PROC_PIDREGIONPATHINFO3 = 23;
/** Bytes of `proc_regionwithpathinfo`. macOS 10.10. */
export const PROC_PIDREGIONPATHINFO3_SIZE = 1272;
/**
 * Why a child ended, with data: `proc_exitreasoninfo`, which is read as well as written.
 * macOS 10.12.
 */
export const PROC_PIDEXITREASONINFO = 24;
/** Bytes of `proc_exitreasoninfo`. macOS 10.12. */
export const PROC_PIDEXITREASONINFO_SIZE = 32;
/** Why a child ended: `proc_exitreasonbasicinfo`. macOS 10.12. */
export const PROC_PIDEXITREASONBASICINFO = 25;
/** Bytes of `proc_exitreasonbasicinfo`. The name has no underscore before `SIZE`. macOS 10.12. */
export const PROC_PIDEXITREASONBASICINFOSIZE = 24;
/**
 * What its events carry for it: a list of 64-bit numbers. It returns a count, which may exceed what
 * fits. macOS 10.13.
 */
export const PROC_PIDLISTUPTRS = 26;
/** Bytes of one row of {@linkcode PROC_PIDLISTUPTRS}. macOS 10.13. */
export const PROC_PIDLISTUPTRS_SIZE = 8;
/**
 * The ids of its dynamic kqueues: a list of 64-bit numbers. It returns a count, which may exceed
 * what fits. macOS 10.13.
 */
export const PROC_PIDLISTDYNKQUEUES = 27;
/** Bytes of one row of {@linkcode PROC_PIDLISTDYNKQUEUES}. macOS 10.13. */
export const PROC_PIDLISTDYNKQUEUES_SIZE = 8;
/** The ids of the threads: a list of 64-bit numbers. macOS 10.14. */
export const PROC_PIDLISTTHREADIDS = 28;
/** Bytes of one row of {@linkcode PROC_PIDLISTTHREADIDS}. macOS 10.14. */
export const PROC_PIDLISTTHREADIDS_SIZE = 8;
/**
 * Page faults of the caller's real-time threads: a list of `vm_rtfault_record_t`. It returns a
 * count. macOS 10.14.
 */
export const PROC_PIDVMRTFAULTINFO = 29;
/** Bytes of one row of {@linkcode PROC_PIDVMRTFAULTINFO}. macOS 10.14. */
export const PROC_PIDVMRTFAULTINFO_SIZE = 56;
/**
 * The platform of the executable of any user's process, zombies too: 32 bits, as in Mach-O. 1
 * macOS, 2 iOS, 6 Mac Catalyst. macOS 10.15.
 */
export const PROC_PIDPLATFORMINFO = 30;
/** Bytes of the answer to {@linkcode PROC_PIDPLATFORMINFO}. macOS 10.15. */
export const PROC_PIDPLATFORMINFO_SIZE = 4;
/**
 * The region at an address, or the next one with a file, and the file's path: `proc_regionpath`.
 * macOS 10.15.
 */
export const PROC_PIDREGIONPATH = 31;
/** Bytes of `proc_regionpath`. macOS 10.15. */
export const PROC_PIDREGIONPATH_SIZE = 1040;
/** The table of Mach port names: `proc_ipctableinfo`. macOS 10.15. */
export const PROC_PIDIPCTABLEINFO = 32;
/** Bytes of `proc_ipctableinfo`. macOS 10.15. */
export const PROC_PIDIPCTABLEINFO_SIZE = 8;
/**
 * The calling thread's time in interrupts: `proc_threadschedinfo`. The argument is its id.
 * macOS 12.
 */
export const PROC_PIDTHREADSCHEDINFO = 33;
/** Bytes of `proc_threadschedinfo`. macOS 12. */
export const PROC_PIDTHREADSCHEDINFO_SIZE = 8;
/**
 * One thread's counters: `proc_threadcounts`. The argument is its id. `ENOTSUP` in a virtual
 * machine. macOS 13.
 */
export const PROC_PIDTHREADCOUNTS = 34;
/** Bytes of `proc_threadcounts` before its rows. macOS 13. */
export const PROC_PIDTHREADCOUNTS_SIZE = 8;
/** The highest count that {@linkcode PROC_PIDLISTDYNKQUEUES} returns. macOS 10.13. */
export const PROC_PIDDYNKQUEUES_MAX = 131072;

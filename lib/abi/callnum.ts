/**
 * The first argument of `__proc_info()`, which selects the query (bsd/sys/proc_info_private.h).
 *
 * The call has the number 336 on macOS:
 *
 * ```c
 * int __proc_info(int callnum, int pid, int flavor, uint64_t arg, void *buffer, int buffersize);
 * ```
 *
 * If the call fails, it returns -1 and sets `errno`. Otherwise it returns a number of 0 or more,
 * whose meaning depends on the callnum: 0 may be success. A callnum that the kernel does not know
 * fails with `EINVAL`.
 *
 * A sandbox may deny any of these calls with an error of its own, usually `EPERM`. The call waits
 * for a process that is about to execute another program, and for a zombie that is being reaped.
 * Process 0 is the kernel itself. Where a process is expected, an id below 0 fails with `ESRCH`.
 *
 * Each callnum and each flavor states the permission that it needs. "The same user" is root or a
 * caller whose effective user id is that of the process; any other caller gets `EPERM`. A
 * set-user-ID program therefore does not belong to the user who started it. "Any user" means that
 * no right to the process is needed.
 *
 * @module
 */

/**
 * The ids of the processes that match a filter.
 *
 * - `pid`: the filter: `PROC_ALL_PIDS` or a `PROC_*_ONLY` number.
 * - `flavor`: the type info, which is the value that the filter compares with.
 * - `arg`: ignored.
 * - Buffer: 32-bit process ids are written: first living processes, then zombies, each with the
 *   newest first. Ids that do not fit are omitted without an error: zombies first, then the oldest
 *   processes.
 * - Null buffer: the size for all processes of the system and 20 more, in bytes, whatever the
 *   filter.
 * - Returns: the number of bytes that were written; 0 if no process matches.
 * - Permission: any user.
 * - Zombies: yes.
 * - Checks: `ENOMEM` if the buffer has fewer than 4 bytes.
 * - Beware: a filter that the kernel does not know lists no process, without an error.
 * - Beware: if the buffer is full, processes may be missing.
 * - Beware: process 0 is in the list, also for user 0, group 0 and parent 0.
 *
 * macOS 10.5.
 */
export const PROC_INFO_CALL_LISTPIDS = 1;
/**
 * One group of attributes of a process, which the flavor selects.
 *
 * - `pid`: the process.
 * - `flavor`: a `PROC_PID*` number.
 * - `arg`: the argument of the flavor; ignored unless the flavor states its meaning.
 * - Buffer: written. It must hold the struct of the flavor, or one row of its list. Bytes after the
 *   answer are not changed.
 * - Returns: the number of bytes that were written, unless the flavor states otherwise.
 * - Permission: the same user.
 * - Zombies: no: `ESRCH`.
 * - Checks: in this order: `EPERM` or `EINVAL` for some flavors about process 0, `EINVAL` if
 *   there is no such flavor, `ENOMEM` if the buffer is too short, `EOVERFLOW` if it is too long,
 *   `ESRCH` if there is no such process or it has another identity, `EPERM` if access to it is
 *   denied, then the errors of the flavor.
 * - Beware: `ENOMEM` means that the buffer is too short. It means nothing about the process, which
 *   the kernel did not search for. A call about the caller itself without a buffer therefore
 *   detects a known flavor.
 * - Beware: only this callnum uses the flags and the id of `__proc_info_extended_id()`.
 *
 * macOS 10.5.
 */
export const PROC_INFO_CALL_PIDINFO = 2;
/**
 * One file descriptor of a process.
 *
 * - `pid`: the process.
 * - `flavor`: a `PROC_PIDFD*` number for the kind of the descriptor.
 * - `arg`: the descriptor, as a 32-bit number. For the two flavors about kqueues, -1 is the kqueue
 *   of the workqueue.
 * - Buffer: written. It must hold the struct of the flavor, or one row of its list.
 * - Returns: the number of bytes that were written, unless the flavor states otherwise.
 * - Permission: the same user.
 * - Zombies: no: `ESRCH`.
 * - Checks: in this order: `EINVAL` if there is no such flavor, `ENOMEM` if the buffer is too
 *   short, `ESRCH` if there is no such process, `EPERM` if access to it is denied, `EBADF` if the
 *   descriptor is closed, then the errors of the flavor.
 * - Beware: `proc_pidfdinfo()` of libproc takes the descriptor before the flavor.
 *
 * macOS 10.5.
 */
export const PROC_INFO_CALL_PIDFDINFO = 3;
/**
 * The message buffer of the kernel.
 *
 * - `pid`: ignored.
 * - `flavor`: ignored.
 * - `arg`: ignored.
 * - Buffer: text is written, without the level at the start of each line. A short buffer receives
 *   the newest part.
 * - Null buffer: 0 if the size is 0, otherwise `EFAULT`. The size cannot be queried.
 * - Returns: the number of bytes that were written, with the NUL at the end.
 * - Permission: root.
 * - Checks: `EPERM` if the caller is not root.
 *
 * macOS 10.5.
 */
export const PROC_INFO_CALL_KERNMSGBUF = 4;
/**
 * Settings that a process makes for itself.
 *
 * - `pid`: the caller's own process id.
 * - `flavor`: a `PROC_SELFSET_*` number.
 * - `arg`: the argument of the flavor.
 * - Buffer: the input of the flavor; most flavors have no such input.
 * - Returns: 0.
 * - Permission: the process itself.
 * - Checks: in this order: `EINVAL` if the process is not the caller, then the errors of the
 *   flavor; `ENOTSUP` if there is no such flavor.
 *
 * macOS 10.6.
 */
export const PROC_INFO_CALL_SETCONTROL = 5;
/**
 * One fileport of a process: a file descriptor that was made into a Mach port.
 *
 * - `pid`: the process.
 * - `flavor`: a `PROC_PIDFILEPORT*` number for the kind of the fileport.
 * - `arg`: the name of the port in the queried process, a 32-bit number.
 * - Buffer: written. It must hold the struct of the flavor.
 * - Returns: the number of bytes that were written.
 * - Permission: the same user.
 * - Zombies: no: `ESRCH`.
 * - Checks: in this order: `EINVAL` if there is no such flavor, `ENOMEM` if the buffer is too
 *   short, `ESRCH` if there is no such process, `EPERM` if access to it is denied, `EINVAL` if the
 *   port is not a fileport, then the errors of the flavor.
 * - Beware: the answer never reports whether exec or fork closes the descriptor.
 *
 * macOS 10.7.
 */
export const PROC_INFO_CALL_PIDFILEPORTINFO = 6;
/**
 * Ends a process as the system does when memory is short.
 *
 * - `pid`: the process, above 0.
 * - `flavor`: ignored.
 * - `arg`: ignored.
 * - Buffer: ignored.
 * - Returns: the number of the signal that was sent: 9 for a suspended process and for a process
 *   that is tracked and clean, 15 for others.
 * - Permission: a caller that may send `SIGKILL` to the process; process 1 and the caller are
 *   refused.
 * - Zombies: no: `ESRCH`.
 * - Checks: in this order: `EINVAL` if the id is not above 0, `ESRCH` if there is no such process,
 *   `EPERM` if the caller may not end it or is the process itself.
 * - Beware: the call really ends the process; there is no dry run. A process that ignores signal 15
 *   continues, but the kernel marks it as ended.
 *
 * macOS 10.8.
 */
export const PROC_INFO_CALL_TERMINATE = 7;
/**
 * Dirty tracking, which records whether a process may be ended without loss.
 *
 * - `pid`: the process.
 * - `flavor`: a `PROC_DIRTYCONTROL_*` number.
 * - `arg`: the argument of the flavor, 32 bits.
 * - Buffer: ignored.
 * - Returns: 0; for `PROC_DIRTYCONTROL_GET` the flags.
 * - Permission: depends on the flavor.
 * - Zombies: no: `ESRCH`.
 * - Checks: in this order: `ESRCH` if there is no such process, `EPERM` if it does not belong to
 *   the caller, then the errors of the flavor.
 * - Beware: a flavor that the kernel does not know succeeds without an effect.
 *
 * macOS 10.8.
 */
export const PROC_INFO_CALL_DIRTYCONTROL = 8;
/**
 * The resource usage of a process.
 *
 * - `pid`: the process.
 * - `flavor`: the version of the answer: a `RUSAGE_INFO_V*` number.
 * - `arg`: ignored.
 * - Buffer: the whole struct of the flavor is written, whatever the size argument: the kernel
 *   writes past the end of a short buffer. This module refuses a short buffer with `ENOMEM` before
 *   the call.
 * - Null buffer: `EFAULT`.
 * - Returns: 0.
 * - Permission: the same user.
 * - Zombies: yes: the usage at the end of the process, without memory.
 * - Checks: in this order: `ESRCH` if there is no such process, `EPERM` if access to it is denied,
 *   `EINVAL` if the kernel does not know the version.
 * - Beware: times are in mach time units, which are nanoseconds on Intel but not on Apple silicon.
 * - Beware: the prototype of `proc_pid_rusage()` in libproc declares the address of a pointer, but
 *   the struct is written to that address itself.
 *
 * macOS 10.9.
 */
export const PROC_INFO_CALL_PIDRUSAGE = 9;
/**
 * The process on whose behalf the calling thread works.
 *
 * - `pid`: 0, or the caller's own process id.
 * - `flavor`: a `PROC_PIDORIGINATOR_*` number.
 * - `arg`: ignored.
 * - Buffer: written. It must hold the answer.
 * - Returns: the number of bytes that were written.
 * - Permission: the thread itself.
 * - Checks: in this order: `EINVAL` if there is no such flavor, `ENOMEM` if the buffer is too
 *   short, `EINVAL` if the process is not the caller, then the errors of the flavor.
 *
 * macOS 10.10.
 */
export const PROC_INFO_CALL_PIDORIGINATORINFO = 10;
/**
 * The coalitions of the system: groups of processes that are accounted for together.
 *
 * - `pid`: the flavor: a `LISTCOALITIONS_*` number.
 * - `flavor`: the type, for `LISTCOALITIONS_SINGLE_TYPE`.
 * - `arg`: ignored.
 * - Buffer: rows of `procinfo_coalinfo` are written; the last row may be incomplete.
 * - Null buffer: the size of all rows in bytes, without spare room. An empty buffer returns the
 *   same.
 * - Returns: the number of bytes that were written.
 * - Permission: any user.
 * - Checks: `EINVAL` if there is no such flavor.
 * - Beware: the flavor is passed in the place of the process id.
 *
 * macOS 10.11.
 */
export const PROC_INFO_CALL_LISTCOALITIONS = 11;
/**
 * Reports whether a process may use hardware that is reserved for the foreground.
 *
 * - `pid`: the process, above 0.
 * - `flavor`: ignored.
 * - `arg`: ignored.
 * - Buffer: the reason, a 32-bit `PROC_FGHW_*` number, is written, even if the call fails. A buffer
 *   of less than 4 bytes is not written.
 * - Null buffer: the call returns its answer without the reason.
 * - Returns: 1 if the process may use the hardware, 0 if it may not.
 * - Permission: the process itself, and root.
 * - Zombies: no: `ESRCH`.
 * - Checks: in this order: `EINVAL` if the id is not above 0, `ESRCH` if there is no such process,
 *   `EPERM` if the caller is neither the process nor root, `EINVAL` if only the process itself can
 *   query this.
 *
 * macOS 10.11.2.
 */
export const PROC_INFO_CALL_CANUSEFGHW = 12;
/**
 * One dynamic kqueue of a process.
 *
 * - `pid`: the process.
 * - `flavor`: a `PROC_PIDDYNKQUEUE_*` number.
 * - `arg`: the 64-bit id of the kqueue, from `PROC_PIDLISTDYNKQUEUES`.
 * - Buffer: written.
 * - Null buffer: `EFAULT`.
 * - Returns: the number of bytes that were written, unless the flavor states otherwise.
 * - Permission: the same user.
 * - Zombies: no: `ESRCH`.
 * - Checks: in this order: `EFAULT` if there is no buffer, `ESRCH` if there is no such process,
 *   `EPERM` if access to it is denied, `ENOTSUP` if there is no such flavor, `ENOBUFS` if the
 *   buffer is too short, then the errors of the flavor.
 *
 * macOS 10.13.
 */
export const PROC_INFO_CALL_PIDDYNKQUEUEINFO = 13;
/**
 * The 64 bits that a process stores about itself.
 *
 * - `pid`: the caller's own process id.
 * - `flavor`: a `PROC_UDATA_INFO_*` number.
 * - `arg`: ignored.
 * - Buffer: exactly 8 bytes.
 * - Returns: 0.
 * - Permission: the process itself.
 * - Checks: in this order: `ESRCH` if there is no such process, `EACCES` if it is not the caller,
 *   `EINVAL` if the size of the buffer is not 8 bytes, `ENOTSUP` if there is no such flavor.
 *
 * macOS 10.13.4.
 */
export const PROC_INFO_CALL_UDATA_INFO = 14;
/**
 * The place where the dynamic linker keeps its list of images.
 *
 * - `pid`: the caller's own process id.
 * - `flavor`: ignored.
 * - `arg`: ignored.
 * - Buffer: not read or written. The kernel stores its address and its size.
 * - Null buffer: `EINVAL`.
 * - Returns: 0.
 * - Permission: the process itself.
 * - Checks: `EINVAL` if the process is not the caller, there is no buffer, or the address was
 *   changed before.
 * - Beware: the call is meant for the dynamic linker. Debuggers and crash reports read the memory
 *   at the address, and the kernel accepts only one change.
 *
 * macOS 13.
 */
export const PROC_INFO_CALL_SET_DYLD_IMAGES = 15;
/**
 * Ends every process that a rapid security response has replaced.
 *
 * - `pid`: ignored.
 * - `flavor`: ignored.
 * - `arg`: the signal: 9 or 15.
 * - Buffer: ignored.
 * - Returns: the number of the signal, even if there was no such process.
 * - Permission: a caller that may send `SIGKILL` to each of these processes.
 * - Checks: `EINVAL` if it is another signal, `EPERM` if the caller may not signal one of the
 *   processes.
 * - Beware: the call stops at the first process that the caller may not signal. The processes
 *   before it have already received the signal.
 *
 * macOS 13.
 */
export const PROC_INFO_CALL_TERMINATE_RSR = 16;
/**
 * Sends a signal to the process that an audit token identifies.
 *
 * - `pid`: ignored.
 * - `flavor`: the signal, from 1 to 31.
 * - `arg`: ignored.
 * - Buffer: read: one `audit_token_t`, exactly 32 bytes. Only the process id, `val[5]`, and its
 *   version, `val[7]`, are used.
 * - Returns: 0.
 * - Permission: a caller that may send the signal to the process.
 * - Zombies: no: `ESRCH`.
 * - Checks: `EINVAL` if there is no such signal or the size of the buffer is not 32 bytes; `ESRCH`
 *   if there is no such process or it has another identity; `EPERM` if the caller may not signal
 *   it.
 * - Beware: signal 0, which would only check the permission, fails with `EINVAL`.
 *
 * macOS 14.2.
 */
export const PROC_INFO_CALL_SIGNAL_AUDITTOKEN = 17;
/**
 * Ends the process that an audit token identifies.
 *
 * - `pid`: ignored.
 * - `flavor`: ignored.
 * - `arg`: ignored.
 * - Buffer: read: one `audit_token_t`, exactly 32 bytes. Only the process id, `val[5]`, and its
 *   version, `val[7]`, are used.
 * - Returns: the number of the signal that was sent: 9 or 15.
 * - Permission: a caller that may send `SIGKILL` to the process; process 1 and the caller are
 *   refused.
 * - Zombies: no: `ESRCH`.
 * - Checks: `EINVAL` if the size of the buffer is not 32 bytes; `ESRCH` if there is no such process
 *   or it has another identity; `EPERM` if the caller may not end it or is the process itself.
 * - Beware: the call really ends the process, as `PROC_INFO_CALL_TERMINATE` does.
 *
 * macOS 14.4.
 */
export const PROC_INFO_CALL_TERMINATE_AUDITTOKEN = 18;
/**
 * Sends a signal on behalf of another process.
 *
 * - `pid`: ignored.
 * - `flavor`: the signal, from 1 to 31.
 * - `arg`: ignored.
 * - Buffer: read: one `proc_delegated_signal_info`, exactly 64 bytes.
 * - Returns: 0.
 * - Permission: a caller with the entitlement `com.apple.private.delegate-signals`.
 * - Zombies: no: `ESRCH`.
 * - Checks: in this order: `EPERM` if the caller does not have the entitlement; `EINVAL` if
 *   there is no such signal or the size of the buffer is not 64 bytes; `ESRCH` if one of the
 *   processes does not exist or has another identity; `EPERM` if the instigator or the caller may
 *   not signal the target.
 *
 * macOS 15.
 */
export const PROC_INFO_CALL_DELEGATE_SIGNAL = 19;
/**
 * Ends a process on behalf of another process.
 *
 * - `pid`: ignored.
 * - `flavor`: ignored.
 * - `arg`: ignored.
 * - Buffer: read: one `proc_delegated_signal_info`, exactly 64 bytes.
 * - Returns: the number of the signal that was sent: 9 or 15.
 * - Permission: a caller with the entitlement `com.apple.private.delegate-signals`.
 * - Zombies: no: `ESRCH`.
 * - Checks: in this order: `EPERM` if the caller does not have the entitlement; `EINVAL` if the
 *   size of the buffer is not 64 bytes; `ESRCH` if one of the processes does not exist or has
 *   another identity; `EPERM` if the instigator or the caller may not end the target, or if the
 *   caller is the target.
 *
 * macOS 15.
 */
export const PROC_INFO_CALL_DELEGATE_TERMINATE = 20;

/** An older name of {@linkcode PROC_INFO_CALL_LISTPIDS}. */
export const PROC_CALLNUM_LISTPIDS = 1;
/** An older name of {@linkcode PROC_INFO_CALL_PIDINFO}. */
export const PROC_CALLNUM_PIDINFO = 2;
/** An older name of {@linkcode PROC_INFO_CALL_PIDFDINFO}. */
export const PROC_CALLNUM_PIDFDINFO = 3;
/** An older name of {@linkcode PROC_INFO_CALL_KERNMSGBUF}. */
export const PROC_CALLNUM_KERNMSGBUF = 4;
/** An older name of {@linkcode PROC_INFO_CALL_SETCONTROL}. */
export const PROC_CALLNUM_SETCONTROL = 5;
/** An older name of {@linkcode PROC_INFO_CALL_PIDFILEPORTINFO}. */
export const PROC_CALLNUM_PIDFILEPORTINFO = 6;

/**
 * The first argument of `__proc_info()`: what is queried (bsd/sys/proc_info_private.h).
 *
 * The call is number 336 of macOS:
 *
 * ```c
 * int __proc_info(int callnum, int pid, int flavor, uint64_t arg, void *buffer, int buffersize);
 * ```
 *
 * It returns -1 and sets `errno`, or a number of 0 or more, whose meaning depends on the
 * callnum: 0 may be success. A callnum that the kernel does not know is `EINVAL`.
 *
 * A sandbox may refuse any of it with an error of its own, usually `EPERM`. A process that is about
 * to run another program, or a zombie that is being reaped, makes the call wait. Process 0 is the
 * kernel itself; an id below 0 is `ESRCH` where a process is meant.
 *
 * Each callnum and flavor states the permission that it needs. "The same user" is root or a caller
 * with the effective user id of the process; any other caller gets `EPERM`. A set-user-ID program
 * therefore does not belong to the user who started it. "Any user" means that no right to the process
 * is needed.
 *
 * @module
 */

/**
 * Process ids by a filter.
 *
 * - `pid`: the filter: `PROC_ALL_PIDS` or a `PROC_*_ONLY` number.
 * - `flavor`: the type info: what the filter compares with.
 * - `arg`: ignored.
 * - Buffer: 32-bit process ids are written: living processes, the newest first, then zombies, the
 *   newest first. What does not fit is left out without an error: zombies first, then the oldest.
 * - Null buffer: the bytes for all processes of the system and 20 more, whatever the filter.
 * - Returns: the bytes that were written, 0 if nothing matches.
 * - Permission: any user.
 * - Zombies: yes.
 * - Checks: `ENOMEM` the buffer has fewer than 4 bytes.
 * - Beware: a filter that the kernel does not know lists nothing, without an error.
 * - Beware: a full buffer may lack some.
 * - Beware: process 0 is in the list, also for user 0, group 0 and parent 0.
 *
 * macOS 10.5.
 */
export const PROC_INFO_CALL_LISTPIDS = 1;
/**
 * One process, a flavor at a time.
 *
 * - `pid`: the process.
 * - `flavor`: a `PROC_PID*` number.
 * - `arg`: what the flavor takes; ignored unless the flavor states it.
 * - Buffer: written. It must hold the flavor's struct, or one row of its list; what is behind that
 *   is left as it is.
 * - Returns: the bytes that were written, unless the flavor states otherwise.
 * - Permission: the same user.
 * - Zombies: no: `ESRCH`.
 * - Checks: in this order: `EPERM` or `EINVAL` for some flavors about process 0, `EINVAL` there is
 *   no such flavor, `ENOMEM` the buffer is too short, `EOVERFLOW` it is too long, `ESRCH` there is
 *   no such process or it is another, `EPERM` access to it is denied, then what the flavor
 *   finds.
 * - Beware: `ENOMEM` means that the buffer is short, and nothing about the process, which was not
 *   looked up. A call without a buffer about the caller itself therefore detects a known flavor.
 * - Beware: only this callnum uses the flags and the id of `__proc_info_extended_id()`.
 *
 * macOS 10.5.
 */
export const PROC_INFO_CALL_PIDINFO = 2;
/**
 * One descriptor of a process.
 *
 * - `pid`: the process.
 * - `flavor`: a `PROC_PIDFD*` number, of the kind that the descriptor is.
 * - `arg`: the descriptor, as a 32-bit number. -1 is the kqueue of the work queue, to the two
 *   flavors about kqueues.
 * - Buffer: written. It must hold the flavor's struct, or one row of its list.
 * - Returns: the bytes that were written, unless the flavor states otherwise.
 * - Permission: the same user.
 * - Zombies: no: `ESRCH`.
 * - Checks: in this order: `EINVAL` there is no such flavor, `ENOMEM` the buffer is too short,
 *   `ESRCH` there is no such process, `EPERM` access to it is denied, `EBADF` the descriptor is
 *   closed, then what the flavor finds.
 * - Beware: libproc's `proc_pidfdinfo()` has the descriptor before the flavor.
 *
 * macOS 10.5.
 */
export const PROC_INFO_CALL_PIDFDINFO = 3;
/**
 * The kernel's message buffer.
 *
 * - `pid`: ignored.
 * - `flavor`: ignored.
 * - `arg`: ignored.
 * - Buffer: text is written, without the level before each line. A short one gets the newest part.
 * - Null buffer: 0 if the size is 0, otherwise `EFAULT`: the size cannot be queried.
 * - Returns: the bytes that were written, with the NUL at the end.
 * - Permission: root.
 * - Checks: `EPERM` the caller is not root.
 *
 * macOS 10.5.
 */
export const PROC_INFO_CALL_KERNMSGBUF = 4;
/**
 * Settings that a process makes for itself.
 *
 * - `pid`: the caller's own process id.
 * - `flavor`: a `PROC_SELFSET_*` number.
 * - `arg`: what the flavor takes.
 * - Buffer: what the flavor reads; most read none.
 * - Returns: 0.
 * - Permission: the process itself.
 * - Checks: in this order: `EINVAL` the process is another, then what the flavor finds; `ENOTSUP`
 *   there is no such flavor.
 *
 * macOS 10.6.
 */
export const PROC_INFO_CALL_SETCONTROL = 5;
/**
 * One fileport of a process: a descriptor that was made a Mach port.
 *
 * - `pid`: the process.
 * - `flavor`: a `PROC_PIDFILEPORT*` number, of the kind that the fileport is.
 * - `arg`: the port's name, a 32-bit number, in the process that is queried.
 * - Buffer: written. It must hold the flavor's struct.
 * - Returns: the bytes that were written.
 * - Permission: the same user.
 * - Zombies: no: `ESRCH`.
 * - Checks: in this order: `EINVAL` there is no such flavor, `ENOMEM` the buffer is too short,
 *   `ESRCH` there is no such process, `EPERM` access to it is denied, `EINVAL` the port is not a
 *   fileport, then what the flavor finds.
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
 * - Returns: the number of the signal that was sent: 9 for a process that is tracked and clean, or
 *   suspended, 15 for others.
 * - Permission: a caller that may send the process a `SIGKILL`; process 1 and the caller are refused.
 * - Zombies: no: `ESRCH`.
 * - Checks: in this order: `EINVAL` the id is not above 0, `ESRCH` there is no such process,
 *   `EPERM` the caller may not end it, or is it.
 * - Beware: it really ends the process, also one that ignores the signal. There is no dry run.
 *
 * macOS 10.8.
 */
export const PROC_INFO_CALL_TERMINATE = 7;
/**
 * Dirty tracking: if a process may be ended without loss.
 *
 * - `pid`: the process.
 * - `flavor`: a `PROC_DIRTYCONTROL_*` number.
 * - `arg`: what the flavor takes, 32 bits.
 * - Buffer: ignored.
 * - Returns: 0; from `PROC_DIRTYCONTROL_GET` the flags.
 * - Permission: depends on the flavor.
 * - Zombies: no: `ESRCH`.
 * - Checks: in this order: `ESRCH` there is no such process, `EPERM` it does not belong to the caller,
 *   then what the flavor finds.
 * - Beware: a flavor that the kernel does not know is a success without an effect.
 *
 * macOS 10.8.
 */
export const PROC_INFO_CALL_DIRTYCONTROL = 8;
/**
 * Resource usage of a process.
 *
 * - `pid`: the process.
 * - `flavor`: the version of the answer: a `RUSAGE_INFO_V*` number.
 * - `arg`: ignored.
 * - Buffer: the whole struct of the flavor is written, whatever the size argument: a short buffer is
 *   written past its end. This module refuses one with `ENOMEM` before the call.
 * - Null buffer: `EFAULT`.
 * - Returns: 0.
 * - Permission: the same user.
 * - Zombies: yes: the usage at the end, without memory.
 * - Checks: in this order: `ESRCH` there is no such process, `EPERM` access to it is denied,
 *   `EINVAL` the kernel does not know the version.
 * - Beware: times are in mach time units, which are nanoseconds on Intel and not on Apple silicon.
 * - Beware: libproc's prototype of `proc_pid_rusage()` declares the address of a pointer, but the
 *   struct goes to the address itself.
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
 * - Returns: the bytes that were written.
 * - Permission: the thread itself.
 * - Checks: in this order: `EINVAL` there is no such flavor, `ENOMEM` the buffer is too short,
 *   `EINVAL` the process is another, then what the flavor finds.
 *
 * macOS 10.10.
 */
export const PROC_INFO_CALL_PIDORIGINATORINFO = 10;
/**
 * The coalitions of the system, groups of processes that are accounted for together.
 *
 * - `pid`: the flavor: a `LISTCOALITIONS_*` number.
 * - `flavor`: the type, to `LISTCOALITIONS_SINGLE_TYPE`.
 * - `arg`: ignored.
 * - Buffer: rows of `procinfo_coalinfo` are written; the last may be cut in the middle.
 * - Null buffer: the bytes for all rows, without spare room. An empty buffer returns the same.
 * - Returns: the bytes that were written.
 * - Permission: any user.
 * - Checks: `EINVAL` there is no such flavor.
 * - Beware: the flavor is passed in the place of the process id.
 *
 * macOS 10.11.
 */
export const PROC_INFO_CALL_LISTCOALITIONS = 11;
/**
 * Reports if a process may use hardware that is reserved for the foreground.
 *
 * - `pid`: the process, above 0.
 * - `flavor`: ignored.
 * - `arg`: ignored.
 * - Buffer: a 32-bit `PROC_FGHW_*` number is written, the reason, also where the call fails;
 *   nothing into less than 4 bytes.
 * - Null buffer: the answer without a reason.
 * - Returns: 1 if it may, 0 if it may not.
 * - Permission: the process itself, and root.
 * - Zombies: no: `ESRCH`.
 * - Checks: in this order: `EINVAL` the id is not above 0, `ESRCH` there is no such process,
 *   `EPERM` the caller is neither the process nor root, `EINVAL` only the process itself could
 *   know.
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
 * - Returns: the bytes that were written, unless the flavor states otherwise.
 * - Permission: the same user.
 * - Zombies: no: `ESRCH`.
 * - Checks: in this order: `EFAULT` there is no buffer, `ESRCH` there is no such process, `EPERM`
 *   access to it is denied, `ENOTSUP` there is no such flavor, `ENOBUFS` the buffer is too
 *   short, then what the flavor finds.
 *
 * macOS 10.13.
 */
export const PROC_INFO_CALL_PIDDYNKQUEUEINFO = 13;
/**
 * 64 bits that a process keeps about itself.
 *
 * - `pid`: the caller's own process id.
 * - `flavor`: a `PROC_UDATA_INFO_*` number.
 * - `arg`: ignored.
 * - Buffer: 8 bytes, neither more nor less.
 * - Returns: 0.
 * - Permission: the process itself.
 * - Checks: in this order: `ESRCH` there is no such process, `EACCES` it is another, `EINVAL` the
 *   buffer has not 8 bytes, `ENOTSUP` there is no such flavor.
 *
 * macOS 10.13.4.
 */
export const PROC_INFO_CALL_UDATA_INFO = 14;
/**
 * Where the dynamic linker keeps its list of images.
 *
 * - `pid`: the caller's own process id.
 * - `flavor`: ignored.
 * - `arg`: ignored.
 * - Buffer: nothing is read or written: its address and size are kept.
 * - Null buffer: `EINVAL`.
 * - Returns: 0.
 * - Permission: the process itself.
 * - Checks: `EINVAL` the process is another, there is no buffer, or the address was changed before.
 * - Beware: made for the dynamic linker. Debuggers and crash reports read what is at the address,
 *   and one change is all that the kernel takes.
 *
 * macOS 13.
 */
export const PROC_INFO_CALL_SET_DYLD_IMAGES = 15;
/**
 * Ends every process that a rapid security response replaced.
 *
 * - `pid`: ignored.
 * - `flavor`: ignored.
 * - `arg`: the signal: 9 or 15.
 * - Buffer: ignored.
 * - Returns: the number of the signal, even if there was no such process.
 * - Permission: a caller that may send each of these processes the signal.
 * - Checks: `EINVAL` it is another signal, `EPERM` a process may not be signalled by the caller.
 * - Beware: it stops at the first process that refuses; those before it have got the signal.
 *
 * macOS 13.
 */
export const PROC_INFO_CALL_TERMINATE_RSR = 16;
/**
 * Sends a signal to the process of an audit token.
 *
 * - `pid`: ignored.
 * - `flavor`: the signal, from 1 to 31.
 * - `arg`: ignored.
 * - Buffer: read: one `audit_token_t`, 32 bytes, neither more nor less. The process id, `val[5]`,
 *   and its version, `val[7]`, are looked at.
 * - Returns: 0.
 * - Permission: a caller that may send the process the signal.
 * - Zombies: no: `ESRCH`.
 * - Checks: `EINVAL` there is no such signal, or the buffer has not 32 bytes; `ESRCH` there is no
 *   such process or it is another; `EPERM` the caller may not signal it.
 * - Beware: signal 0, which would only try, is `EINVAL`.
 *
 * macOS 14.2.
 */
export const PROC_INFO_CALL_SIGNAL_AUDITTOKEN = 17;
/**
 * Ends the process of an audit token.
 *
 * - `pid`: ignored.
 * - `flavor`: ignored.
 * - `arg`: ignored.
 * - Buffer: read: one `audit_token_t`, 32 bytes, neither more nor less. The process id, `val[5]`,
 *   and its version, `val[7]`, are looked at.
 * - Returns: the number of the signal that was sent: 9 or 15.
 * - Permission: a caller that may send the process a `SIGKILL`; process 1 and the caller are refused.
 * - Zombies: no: `ESRCH`.
 * - Checks: `EINVAL` the buffer has not 32 bytes; `ESRCH` there is no such process or it is
 *   another; `EPERM` the caller may not end it, or is it.
 * - Beware: it really ends the process, as `PROC_INFO_CALL_TERMINATE` does.
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
 * - Buffer: read: one `proc_delegated_signal_info`, 64 bytes, neither more nor less.
 * - Returns: 0.
 * - Permission: a caller with the entitlement `com.apple.private.delegate-signals`.
 * - Zombies: no: `ESRCH`.
 * - Checks: in this order: `EPERM` the caller has no entitlement; `EINVAL` there is no such signal,
 *   or the buffer has not 64 bytes; `ESRCH` one of the processes is not there or is another;
 *   `EPERM` the instigator may not signal the target.
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
 * - Buffer: read: one `proc_delegated_signal_info`, 64 bytes, neither more nor less.
 * - Returns: the number of the signal that was sent: 9 or 15.
 * - Permission: a caller with the entitlement `com.apple.private.delegate-signals`.
 * - Zombies: no: `ESRCH`.
 * - Checks: in this order: `EPERM` the caller has no entitlement; `EINVAL` the buffer has not 64
 *   bytes; `ESRCH` one of the processes is not there or is another; `EPERM` the instigator may not
 *   end the target, or is the target.
 *
 * macOS 15.
 */
export const PROC_INFO_CALL_DELEGATE_TERMINATE = 20;

/** {@linkcode PROC_INFO_CALL_LISTPIDS} under the name that this module's forerunner gave it. */
export const PROC_CALLNUM_LISTPIDS = 1;
/** {@linkcode PROC_INFO_CALL_PIDINFO} under the name that this module's forerunner gave it. */
export const PROC_CALLNUM_PIDINFO = 2;
/** {@linkcode PROC_INFO_CALL_PIDFDINFO} under the name that this module's forerunner gave it. */
export const PROC_CALLNUM_PIDFDINFO = 3;
/** {@linkcode PROC_INFO_CALL_KERNMSGBUF} under the name that this module's forerunner gave it. */
export const PROC_CALLNUM_KERNMSGBUF = 4;
/** {@linkcode PROC_INFO_CALL_SETCONTROL} under the name that this module's forerunner gave it. */
export const PROC_CALLNUM_SETCONTROL = 5;
/** {@linkcode PROC_INFO_CALL_PIDFILEPORTINFO} under the name that this module's forerunner gave it. */
export const PROC_CALLNUM_PIDFILEPORTINFO = 6;

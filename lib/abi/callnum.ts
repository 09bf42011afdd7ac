/**
 * The first argument of `__proc_info()`: what is asked (bsd/sys/proc_info_private.h).
 *
 * The call is number 336 of macOS:
 *
 * ```c
 * int __proc_info(int callnum, int pid, int flavor, uint64_t arg, void *buffer, int buffersize);
 * ```
 *
 * It returns -1 and sets `errno`, or a number from 0 on that each callnum gives its own meaning: 0
 * may be success. A callnum that the kernel does not know is `EINVAL`.
 *
 * A sandbox may refuse any of it with an error of its own, usually `EPERM`. A process that is about
 * to run another program, or a zombie that is being reaped, makes the call wait. Process 0 is the
 * kernel itself; an id below 0 is `ESRCH` where a process is meant.
 *
 * Each callnum and flavor tells who may ask. The same user is who has the effective user id that
 * the process has, and root; all others get `EPERM`. A program that runs as another user than the
 * one who started it is therefore not that one's. Everyone means that no right to the process is
 * needed.
 *
 * @module
 */

/**
 * Process ids by a filter.
 *
 * - `pid`: the filter: `PROC_ALL_PIDS` or a `PROC_*_ONLY` number.
 * - `flavor`: the type info: what the filter compares with.
 * - `arg`: not looked at.
 * - Buffer: 32-bit process ids are written: living processes, the newest first, then zombies, the
 *   newest first. What does not fit is left out without a word: zombies, then the oldest.
 * - Null buffer: the bytes for all processes of the system and 20 more, whatever the filter.
 * - Returns: the bytes that were written, 0 if nothing matches.
 * - Who may ask: everyone.
 * - Zombies: yes.
 * - Checks: `ENOMEM` the buffer has fewer than 4 bytes.
 * - Beware: a filter that the kernel does not know lists nothing and is no error.
 * - Beware: a buffer that comes back full may lack some.
 * - Beware: process 0 is in the list, also of user 0, group 0 and parent 0.
 *
 * macOS 10.5.
 */
export const PROC_INFO_CALL_LISTPIDS = 1;
/**
 * One process, a flavor at a time.
 *
 * - `pid`: the process.
 * - `flavor`: a `PROC_PID*` number.
 * - `arg`: what the flavor takes; not looked at where nothing is said of it.
 * - Buffer: written. It must hold the flavor's struct, or one row of its list; what is behind that
 *   is left as it is.
 * - Returns: the bytes that were written, unless the flavor says otherwise.
 * - Who may ask: the same user.
 * - Zombies: no: `ESRCH`.
 * - Checks: in this order: `EPERM` or `EINVAL` for some flavors about process 0, `EINVAL` there is
 *   no such flavor, `ENOMEM` the buffer is too short, `EOVERFLOW` it is too long, `ESRCH` there is
 *   no such process or it is another, `EPERM` it may not be asked about, then what the flavor
 *   finds.
 * - Beware: `ENOMEM` says that the buffer is short, and nothing about the process, which was not
 *   even looked for. So a flavor that is known can be told by it: without a buffer, about oneself.
 * - Beware: only this callnum looks at the flags and the id of `__proc_info_extended_id()`.
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
 * - Returns: the bytes that were written, unless the flavor says otherwise.
 * - Who may ask: the same user.
 * - Zombies: no: `ESRCH`.
 * - Checks: in this order: `EINVAL` there is no such flavor, `ENOMEM` the buffer is too short,
 *   `ESRCH` there is no such process, `EPERM` it may not be asked about, `EBADF` the descriptor is
 *   closed, then what the flavor finds.
 * - Beware: libproc's `proc_pidfdinfo()` has the descriptor before the flavor.
 *
 * macOS 10.5.
 */
export const PROC_INFO_CALL_PIDFDINFO = 3;
/**
 * The kernel's message buffer.
 *
 * - `pid`: not looked at.
 * - `flavor`: not looked at.
 * - `arg`: not looked at.
 * - Buffer: text is written, without the level before each line. A short one gets the newest part.
 * - Null buffer: 0 if the size is 0, otherwise `EFAULT`: the size cannot be asked for.
 * - Returns: the bytes that were written, with the NUL at the end.
 * - Who may ask: root.
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
 * - Who may ask: the process itself.
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
 * - `arg`: the port's name, a 32-bit number, in the process that is asked about.
 * - Buffer: written. It must hold the flavor's struct.
 * - Returns: the bytes that were written.
 * - Who may ask: the same user.
 * - Zombies: no: `ESRCH`.
 * - Checks: in this order: `EINVAL` there is no such flavor, `ENOMEM` the buffer is too short,
 *   `ESRCH` there is no such process, `EPERM` it may not be asked about, `EINVAL` the port is no
 *   fileport, then what the flavor finds.
 * - Beware: whether the descriptor is closed by exec or fork is never told.
 *
 * macOS 10.7.
 */
export const PROC_INFO_CALL_PIDFILEPORTINFO = 6;
/**
 * Ends a process as the system does when memory is short.
 *
 * - `pid`: the process, above 0.
 * - `flavor`: not looked at.
 * - `arg`: not looked at.
 * - Buffer: not looked at.
 * - Returns: the number of the signal that was sent: 9 for a process that is tracked and clean, or
 *   suspended, 15 for others.
 * - Who may ask: who may send the process a `SIGKILL`; nobody to process 1, and none to itself.
 * - Zombies: no: `ESRCH`.
 * - Checks: in this order: `EINVAL` the id is not above 0, `ESRCH` there is no such process,
 *   `EPERM` it may not be ended by the caller, or is the caller.
 * - Beware: it really ends the process, also one that ignores the signal. There is no dry run.
 *
 * macOS 10.8.
 */
export const PROC_INFO_CALL_TERMINATE = 7;
/**
 * Dirty tracking: whether a process may be ended without harm.
 *
 * - `pid`: the process.
 * - `flavor`: a `PROC_DIRTYCONTROL_*` number.
 * - `arg`: what the flavor takes, 32 bits.
 * - Buffer: not looked at.
 * - Returns: 0; from `PROC_DIRTYCONTROL_GET` the flags.
 * - Who may ask: it depends on the flavor.
 * - Zombies: no: `ESRCH`.
 * - Checks: in this order: `ESRCH` there is no such process, `EPERM` it is none of the caller's,
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
 * - `arg`: not looked at.
 * - Buffer: the whole struct of the flavor is written, whatever size was told: a short buffer is
 *   written past its end. This module refuses one with `ENOMEM` before the call.
 * - Null buffer: `EFAULT`.
 * - Returns: 0.
 * - Who may ask: the same user.
 * - Zombies: yes: how things stood at the end, without memory.
 * - Checks: in this order: `ESRCH` there is no such process, `EPERM` it may not be asked about,
 *   `EINVAL` the kernel does not know the version.
 * - Beware: times are in mach time units, which are nanoseconds on Intel and not on Apple silicon.
 * - Beware: libproc's prototype of `proc_pid_rusage()` asks for the address of a pointer, but the
 *   struct goes to the address itself.
 *
 * macOS 10.9.
 */
export const PROC_INFO_CALL_PIDRUSAGE = 9;
/**
 * On whose behalf the calling thread works.
 *
 * - `pid`: 0, or the caller's own process id.
 * - `flavor`: a `PROC_PIDORIGINATOR_*` number.
 * - `arg`: not looked at.
 * - Buffer: written. It must hold the answer.
 * - Returns: the bytes that were written.
 * - Who may ask: the thread itself.
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
 * - `arg`: not looked at.
 * - Buffer: rows of `procinfo_coalinfo` are written; the last may be cut in the middle.
 * - Null buffer: the bytes for all rows, none to spare. An empty buffer asks for the same.
 * - Returns: the bytes that were written.
 * - Who may ask: everyone.
 * - Checks: `EINVAL` there is no such flavor.
 * - Beware: the flavor stands in the place of the process id.
 *
 * macOS 10.11.
 */
export const PROC_INFO_CALL_LISTCOALITIONS = 11;
/**
 * Whether a process may use hardware that is kept for the foreground.
 *
 * - `pid`: the process, above 0.
 * - `flavor`: not looked at.
 * - `arg`: not looked at.
 * - Buffer: a 32-bit `PROC_FGHW_*` number is written, the reason, also where the call fails;
 *   nothing into less than 4 bytes.
 * - Null buffer: the answer without a reason.
 * - Returns: 1 if it may, 0 if it may not.
 * - Who may ask: the process itself, and root.
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
 * - Returns: the bytes that were written, unless the flavor says otherwise.
 * - Who may ask: the same user.
 * - Zombies: no: `ESRCH`.
 * - Checks: in this order: `EFAULT` there is no buffer, `ESRCH` there is no such process, `EPERM`
 *   it may not be asked about, `ENOTSUP` there is no such flavor, `ENOBUFS` the buffer is too
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
 * - `arg`: not looked at.
 * - Buffer: 8 bytes, neither more nor less.
 * - Returns: 0.
 * - Who may ask: the process itself.
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
 * - `flavor`: not looked at.
 * - `arg`: not looked at.
 * - Buffer: nothing is read or written: its address and size are kept.
 * - Null buffer: `EINVAL`.
 * - Returns: 0.
 * - Who may ask: the process itself.
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
 * - `pid`: not looked at.
 * - `flavor`: not looked at.
 * - `arg`: the signal: 9 or 15.
 * - Buffer: not looked at.
 * - Returns: the number of the signal, also if there was no such process.
 * - Who may ask: who may send each of these processes the signal.
 * - Checks: `EINVAL` it is another signal, `EPERM` a process may not be signalled by the caller.
 * - Beware: it stops at the first process that refuses; those before it have got the signal.
 *
 * macOS 13.
 */
export const PROC_INFO_CALL_TERMINATE_RSR = 16;
/**
 * Sends a signal to the process of an audit token.
 *
 * - `pid`: not looked at.
 * - `flavor`: the signal, from 1 to 31.
 * - `arg`: not looked at.
 * - Buffer: read: one `audit_token_t`, 32 bytes, neither more nor less. The process id, `val[5]`,
 *   and its version, `val[7]`, are looked at.
 * - Returns: 0.
 * - Who may ask: who may send the process the signal.
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
 * - `pid`: not looked at.
 * - `flavor`: not looked at.
 * - `arg`: not looked at.
 * - Buffer: read: one `audit_token_t`, 32 bytes, neither more nor less. The process id, `val[5]`,
 *   and its version, `val[7]`, are looked at.
 * - Returns: the number of the signal that was sent: 9 or 15.
 * - Who may ask: who may send the process a `SIGKILL`; nobody to process 1, and none to itself.
 * - Zombies: no: `ESRCH`.
 * - Checks: `EINVAL` the buffer has not 32 bytes; `ESRCH` there is no such process or it is
 *   another; `EPERM` it may not be ended by the caller, or is the caller.
 * - Beware: it really ends the process, as `PROC_INFO_CALL_TERMINATE` does.
 *
 * macOS 14.4.
 */
export const PROC_INFO_CALL_TERMINATE_AUDITTOKEN = 18;
/**
 * Sends a signal on behalf of another process.
 *
 * - `pid`: not looked at.
 * - `flavor`: the signal, from 1 to 31.
 * - `arg`: not looked at.
 * - Buffer: read: one `proc_delegated_signal_info`, 64 bytes, neither more nor less.
 * - Returns: 0.
 * - Who may ask: who has the entitlement `com.apple.private.delegate-signals`.
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
 * - `pid`: not looked at.
 * - `flavor`: not looked at.
 * - `arg`: not looked at.
 * - Buffer: read: one `proc_delegated_signal_info`, 64 bytes, neither more nor less.
 * - Returns: the number of the signal that was sent: 9 or 15.
 * - Who may ask: who has the entitlement `com.apple.private.delegate-signals`.
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

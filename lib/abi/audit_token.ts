/**
 * Audit tokens, which identify a process even after its pid is reused:
 * `PROC_INFO_CALL_SIGNAL_AUDITTOKEN` and the callnums after it (osfmk/mach/message.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";

/** `audit_token_t`: the identity and the credentials of a process. */
export interface AuditToken {
  /**
   * The audit user id, the effective user and group ids, the real user and group ids, the process
   * id, the audit session id, and the version of the process id.
   */
  readonly val: readonly number[];
}

/** The layout of {@linkcode AuditToken}. */
export const auditToken: Struct<AuditToken> = struct(
  "audit_token_t",
  { size: 32, align: 4 },
  (c): AuditToken => ({
    val: c.array(8, (c) => c.u32()),
  }),
);

/**
 * `struct proc_delegated_signal_info`: the input of `PROC_INFO_CALL_DELEGATE_SIGNAL` and
 * `PROC_INFO_CALL_DELEGATE_TERMINATE`.
 */
export interface ProcDelegatedSignalInfo {
  /** The process on whose behalf the signal is sent. */
  readonly instigator: AuditToken;
  /** The process that receives the signal. */
  readonly target: AuditToken;
}

/** The layout of {@linkcode ProcDelegatedSignalInfo}. */
export const procDelegatedSignalInfo: Struct<ProcDelegatedSignalInfo> = struct(
  "proc_delegated_signal_info",
  { size: 64, align: 4 },
  (c): ProcDelegatedSignalInfo => ({
    instigator: c.struct(auditToken),
    target: c.struct(auditToken),
  }),
);

/**
 * Audit tokens, which name a process for good: `PROC_INFO_CALL_SIGNAL_AUDITTOKEN` and the calls
 * after it (osfmk/mach/message.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";

/** `audit_token_t`: who a process is. */
export interface AuditToken {
  /**
   * Audit user id, effective user and group ids, real user and group ids, process id, audit session
   * id, version of the process id.
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
 * `struct proc_delegated_signal_info`: what `PROC_INFO_CALL_DELEGATE_SIGNAL` and
 * `PROC_INFO_CALL_DELEGATE_TERMINATE` read.
 */
export interface ProcDelegatedSignalInfo {
  /** On whose behalf. */
  readonly instigator: AuditToken;
  /** Who gets the signal. */
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

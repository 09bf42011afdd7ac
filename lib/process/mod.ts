/**
 * Processes, in words: what a program asks instead of starting `ps`, `lsof` or `ss`.
 *
 * @module
 */
export type { ArgumentInfo } from "./arguments.ts";
export type { Columns, ColumnsOf } from "./columns.ts";
export type { ContainerRuntime, ControlGroups, ProcessNamespaces } from "./confinement.ts";
export {
  CAPABILITY_NAMES,
  type CapabilityName,
  type CapabilitySets,
  type ProcessCredentials,
} from "./credentials.ts";
export { type ComparableTable, type Deltas, deltas } from "./deltas.ts";
export {
  type Descriptor,
  type DescriptorAccess,
  type DescriptorGraph,
  type DescriptorOptions,
  type DescriptorPlace,
  descriptors,
  type DescriptorType,
  type MissingProcess,
  type PipeEnd,
} from "./descriptors.ts";
export {
  AccessDeniedError,
  MISSING,
  type Missing,
  NotSupportedError,
  ProcessError,
  ProcessGoneError,
  ZombieError,
} from "./errors.ts";
export type { ExecutableInfo } from "./executable.ts";
export { type Exit, waitForExit, type WaitOptions } from "./exit.ts";
export * from "./groups.ts";
export type { ProcessInfo } from "./info.ts";
export {
  type EndedProcess,
  type EscapedProcess,
  type EscapeReason,
  type GuardOptions,
  guardTree,
  type KillReport,
  killTree,
  type KillTreeOptions,
} from "./kill_tree.ts";
export type { ProcessLimit, ProcessLimitName, ProcessLimits } from "./limits.ts";
export { type ListeningPort, listeningPorts } from "./ports.ts";
export {
  type ChildrenOptions,
  openProcess,
  Process,
  type ProcessJson,
  type ProcessLife,
  type ProcessWaitOptions,
} from "./process.ts";
export type { Inheritance, RegionInfo, ShareMode } from "./regions.ts";
export { type ExitSignalName, SIGNAL_NAMES, type SignalName } from "./signals.ts";
export { processes, tableRow } from "./snapshot.ts";
export type { OpenSocket, SocketFamily, SocketProtocol, SocketType, TcpState } from "./sockets.ts";
export type { SourceOptions } from "./source.ts";
export { type ProcessState, STATES } from "./state.ts";
export {
  type ColumnName,
  type ProcessTable,
  processTable,
  type ProcessTableOptions,
  tableBuffers,
  type TableHead,
  type TableOptions,
  tableText,
} from "./table.ts";
export type { PriorityInfo, TerminalInfo } from "./terminal.ts";
export type { SchedulingPolicy, ThreadInfo, ThreadState } from "./threads.ts";
export { type ProcessNode, processTree } from "./tree.ts";
export type { MemoryUsage, ResourceUsage } from "./usage.ts";
export {
  type ProcessEvent,
  type ProcessWatch,
  watch,
  type WatchedProcess,
  type WatchOptions,
} from "./watch.ts";
export { type FileUse, type Held, type Holder, whoHas } from "./who_has.ts";

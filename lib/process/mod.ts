/**
 * Information about processes in a convenient form, which replaces the output of `ps`, `lsof` or
 * `ss`.
 *
 * @module
 */
export { CAPABILITY_NAMES, type CapabilityName } from "./capabilities.ts";
export type { ContainerRuntime } from "./containers.ts";
export { type ComparableTable, type Deltas, deltas } from "./deltas.ts";
export {
  type Descriptor,
  type DescriptorAccess,
  type DescriptorGraph,
  type DescriptorPlace,
  descriptors,
  descriptorsAsync,
  type DescriptorType,
  type DetailOptions,
  type MissingProcess,
  type PipeEnd,
} from "./descriptors.ts";
export type { FileLock, WatchedDescriptor } from "./details.ts";
export {
  AccessDeniedError,
  MISSING,
  type Missing,
  NotSupportedError,
  ProcessError,
  ProcessGoneError,
  ProcessStartingError,
  ZombieError,
} from "./errors.ts";
export { type Exit, waitForExit, type WaitOptions } from "./exit.ts";
export type { Column } from "./fields/field.ts";
export {
  DEFAULT_FIELDS,
  type DefaultField,
  FIELD_NAMES,
  type FieldName,
  type Fields,
  type FieldsOf,
  GROUP_NAMES,
  type GroupName,
  type IdentityFields,
  type Named,
} from "./fields/mod.ts";
export type { ConditionOptions, FilterOptions } from "./filter.ts";
export type { ControlGroups, ProcessNamespaces } from "./groups.ts";
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
export { type ListeningPort, listeningPorts, listeningPortsAsync } from "./ports.ts";
export type { DescriptorOptions } from "./pids.ts";
export {
  type ChildrenOptions,
  type CredentialField,
  type InfoField,
  type MemoryField,
  openProcess,
  type PathInfo,
  type PriorityField,
  Process,
  type ProcessIdentity,
  type ProcessJson,
  type ProcessWaitOptions,
  type TerminalInfo,
  type UsageField,
} from "./process.ts";
export type { Inheritance, RegionInfo, ShareMode } from "./regions.ts";
export { type ProcessRow, tableRow, type Values } from "./row.ts";
export { processes, processesAsync, type ProcessesOptions } from "./rows.ts";
export { openSampler, type Sample, type Sampler, type SamplerOptions } from "./sampler.ts";
export { SIGNAL_NAMES, type SignalName } from "./signals.ts";
export type { AsyncOptions } from "./slices.ts";
export type { OpenSocket, SocketFamily, SocketProtocol, SocketType, TcpState } from "./sockets.ts";
export type { PortProtocol } from "../system/transports.ts";
export type { ProcessState } from "./state.ts";
export {
  type ProcessTable,
  processTable,
  processTableAsync,
  type ProcessTableOptions,
  type Reading,
  tableBuffers,
  type TableHead,
  type TableOptions,
  tableText,
  tableTexts,
} from "./table.ts";
export type { SchedulingPolicy, ThreadInfo, ThreadState } from "./threads.ts";
export { type ProcessNode, processTree, processTreeAsync, type TreeOptions } from "./tree.ts";
export type { UnownedSocket } from "./unowned.ts";
export {
  type ProcessEvent,
  type ProcessWatch,
  watch,
  type WatchedProcess,
  type WatchOptions,
} from "./watch.ts";
export { type FileUse, type Held, type Holder, whoHas, whoHasAsync } from "./who_has.ts";

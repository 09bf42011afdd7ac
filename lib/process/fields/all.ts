/**
 * All groups of fields, one per line. The exported name of a group is a shorthand for its fields.
 *
 * @module
 */
export * as ids from "./ids.ts";
export * as session from "./session.ts";
export * as name from "./name.ts";
export * as state from "./state.ts";
export * as start from "./start.ts";
export * as user from "./user.ts";
export * as userName from "./user_name.ts";
export * as credentials from "./credentials.ts";
export * as terminal from "./terminal.ts";
export * as terminalPath from "./terminal_path.ts";
export * as priority from "./priority.ts";
export * as scheduling from "./scheduling.ts";
export * as cpu from "./cpu.ts";
export * as cpuModes from "./cpu_modes.ts";
export * as cpuPercent from "./cpu_percent.ts";
export * as childTimes from "./child_times.ts";
export * as memory from "./memory.ts";
export * as memoryPercent from "./memory_percent.ts";
export * as memoryShares from "./memory_shares.ts";
export * as footprint from "./footprint.ts";
export * as faults from "./faults.ts";
export * as threads from "./threads.ts";
export * as runDelay from "./run_delay.ts";
export * as switches from "./switches.ts";
export * as counters from "./counters.ts";
export * as io from "./io.ts";
export * as ioCalls from "./io_calls.ts";
export * as descriptors from "./descriptors.ts";
export * as descriptorLimit from "./descriptor_limit.ts";
export * as executable from "./executable.ts";
export * as command from "./command.ts";
export * as commandLine from "./command_line.ts";
export * as environment from "./environment.ts";
export * as directories from "./directories.ts";
export * as container from "./container.ts";
export * as supplementaryGroups from "./supplementary_groups.ts";
export * as privileges from "./privileges.ts";
export * as securityLabel from "./security_label.ts";
export * as kernelThread from "./kernel_thread.ts";
export * as flags from "./flags.ts";

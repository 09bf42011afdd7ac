/**
 * The tests that emulation of arm64 breaks. QEMU in user mode runs a program for another processor
 * as a process of the host's kernel, whose `/proc` shows the emulator.
 *
 * @module
 */
import type { RuntimeName } from "./runtime.ts";

/** Tests that cannot pass under emulation. */
export interface Excluded {
  /** The path of the file, relative to `tests`. */
  readonly file: string;
  /** Matches the names of the tests. Default: all tests of the file. */
  readonly test?: RegExp;
  /** The runtimes under which the tests fail. Default: all. */
  readonly runtimes?: readonly RuntimeName[];
  /** The reason: what emulation breaks. */
  readonly why: string;
}

const OF_ITSELF =
  "QEMU writes /proc/self/stat itself and leaves fields out: an emulated process finds nothing of itself";
const NO_BPF = "QEMU has no bpf()";
const NO_KERNEL_THREADS = "a PID namespace of its own has no threads of the kernel";
const PRIORITY = "in a user namespace of its own a process may not raise a priority";
const MAP_FILES = "the links of map_files take privilege in the first user namespace";
const LOAD =
  "it starts many runtimes, or makes load: under emulation it takes longer than a file may";
const UNKNOWN = "whether emulation allows it is not known";

/** The files that are not run. */
export const NOT_RUN: readonly Excluded[] = [
  {
    file: "ffi/adapter_test.ts",
    runtimes: ["bun"],
    why: "QEMU refuses JavaScriptCore an mprotect() where a buffer has gigabytes, and Bun aborts",
  },
  { file: "ffi/permission_test.ts", why: LOAD },
  { file: "live/aix_test.ts", why: LOAD },
  { file: "live/apple_test.ts", why: OF_ITSELF },
  { file: "live/bpf_descriptors_test.ts", why: NO_BPF },
  { file: "live/bpf_table_test.ts", why: NO_BPF },
  { file: "live/churn_test.ts", why: LOAD },
  { file: "live/differential_test.ts", why: LOAD },
  { file: "live/proc_root_test.ts", why: OF_ITSELF },
  { file: "live/system_test.ts", why: OF_ITSELF },
  { file: "live/thread_info_test.ts", why: PRIORITY },
  ...[
    ...["checks", "kern_msg_buf", "leaderless", "other_calls", "peers", "pid_info", "pid_rusage"],
    ...["set_control", "socket_info", "takeover", "terminate", "time_namespace", "udata_info"],
  ].map((name) => ({ file: `live/${name}_test.ts`, why: UNKNOWN })),
];

/** The tests that are run, but whose failures are not counted. */
export const BROKEN: readonly Excluded[] = [
  { file: "linux/hostile_tree_test.ts", test: /over whose files pipes/, why: OF_ITSELF },
  { file: "linux/old_libc_test.ts", test: /without pidfd_open\(\)/, why: OF_ITSELF },
  { file: "live/audit_token_test.ts", test: /^TERMINATE_AUDITTOKEN/, why: OF_ITSELF },
  { file: "live/coalitions_test.ts", test: /ids that LISTCOALITIONS lists/, why: OF_ITSELF },
  { file: "live/region_info_test.ts", test: /kernel threads|on a refusal/, why: NO_KERNEL_THREADS },
  {
    file: "live/region_info_test.ts",
    test: /is mounted over|^a file's name|^a walk|longer than the field|shared without a file/,
    why: MAP_FILES,
  },
  { file: "live/vnode_path_info_test.ts", test: /^a kernel thread/, why: NO_KERNEL_THREADS },
];

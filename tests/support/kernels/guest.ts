import { readFileSync } from "node:fs";
import { cpioArchive, type CpioEntry } from "./cpio.ts";
import type { KernelModule } from "./modules.ts";

/**
 * The kernel modules to load: those for the bus, its devices and the 9P protocol, through which the
 * guest reads the host's files, and those of the tests. The guest does not load modules on demand.
 */
export const MODULES: readonly string[] = [
  ...["virtio_pci", "9pnet_virtio", "9p"],
  ...["inet_diag", "tcp_diag", "udp_diag", "raw_diag", "unix_diag", "netlink_diag"],
  ...["af_packet_diag", "mptcp_diag", "crc32c_generic", "sctp_diag", "vsock_diag"],
  ...["vsock_loopback", "loop", "tun", "overlay", "fuse"],
];

/** A folder of the host, and the tag by which the guest mounts it. */
export interface Share {
  readonly tag: string;
  readonly path: string;
  readonly writable: boolean;
}

/** The contents of a virtual machine. */
export interface Guest {
  /** The path of the project's folder, on the host and in the guest. */
  readonly project: string;
  /** The path of the folder for the results, on the host and in the guest. */
  readonly results: string;
  /** The path of a statically linked busybox. */
  readonly busybox: string;
  readonly modules: readonly KernelModule[];
}

/** Returns the folders of the host that the guest mounts. */
export function sharesOf({ project, results }: Guest): Share[] {
  return [
    { tag: "root", path: "/", writable: false },
    { tag: "project", path: project, writable: false },
    { tag: "results", path: results, writable: true },
  ];
}

/** The writable folders, which are empty at first. */
const WRITABLE = ["/tmp", "/run", "/var/tmp", "/root", "/home"];

/** Builds the initramfs, which loads modules and switches to the host's root file system. */
export function initramfs(guest: Guest): Uint8Array {
  const entries: CpioEntry[] = [
    ...["bin", "dev", "proc", "sys", "new", "modules"].map((path) => ({
      path,
      folder: true as const,
    })),
    { path: "bin/busybox", mode: 0o755, content: readFileSync(guest.busybox) },
    { path: "init", mode: 0o755, content: new TextEncoder().encode(initScript(guest)) },
    ...guest.modules.map(({ name, content }) => ({
      path: `modules/${name}.ko`,
      mode: 0o644,
      content,
    })),
  ];
  return cpioArchive(entries);
}

/** Returns the script that the kernel starts first. */
export function initScript(guest: Guest): string {
  const { project, results, modules } = guest;
  const mount = (tag: string, path: string, options: string) =>
    `$b mount -t 9p -o trans=virtio,version=9p2000.L,msize=524288,${options} ${tag} /new${path}`;
  return [
    "#!/bin/busybox sh",
    "b=/bin/busybox",
    "$b mount -t devtmpfs none /dev",
    "$b mount -t proc none /proc",
    "$b mount -t sysfs none /sys",
    ...modules.map(({ name }) => `$b insmod /modules/${name}.ko || echo "lacks ${name}"`),
    "$b ip link set lo up",
    // The guest caches everything: it need not see changes that the host makes meanwhile.
    mount("root", "", "ro,cache=loose"),
    ...WRITABLE.map((path) => `$b mount -t tmpfs -o mode=1777 none /new${path}`),
    `$b mkdir -p /new${project}`,
    mount("project", project, "ro,cache=loose"),
    `$b mount -t tmpfs none /new${project}/.cache`,
    `$b mkdir -p /new${results}`,
    mount("results", results, "rw,cache=none"),
    "$b mkdir -p /dev/pts /dev/shm",
    "$b mount -t devpts -o ptmxmode=666,mode=620 none /dev/pts",
    "$b mount -t tmpfs none /dev/shm",
    "$b mount -t cgroup2 none /sys/fs/cgroup",
    "for i in dev proc sys; do $b mount --move /$i /new/$i; done",
    `exec $b switch_root /new /bin/sh ${results}/run.sh`,
    "",
  ].join("\n");
}

/** The commands for the guest. */
export interface GuestRun {
  readonly guest: Guest;
  /** The folder of the runtime's executable. */
  readonly bin: string;
  /** The groups of test files. One process runs a group. */
  readonly groups: readonly (readonly string[])[];
  /** The time limit of a group, in seconds. */
  readonly groupLimit: number;
  /** The time limit of a test, in seconds. */
  readonly testLimit: number;
}

/** Returns the script that runs in the host's file system. It writes each result, then reboots. */
export function runScript(
  { guest: { project, results }, bin, groups, groupLimit, testLimit }: GuestRun,
): string {
  // Pid 1 does not have a session, and a process without a session receives stray signals.
  const step = (name: string, seconds: number, command: string) =>
    `setsid --wait timeout --foreground --kill-after=10 ${seconds} ${command} ` +
    `>${results}/${name}.log 2>&1; echo $? >${results}/${name}.status\n` +
    `echo "${name} ended"`;
  return [
    `cd ${project}`,
    `export PATH=${bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    "export HOME=/root NO_COLOR=1 LC_ALL=C.UTF-8 TMPDIR=/tmp",
    `uname -r >${results}/release`,
    step("doctor", groupLimit, "bun lib/cli/main.ts doctor --json"),
    step("bpf", groupLimit, "bun tests/support/kernels/probe.ts"),
    ...groups.map((files, at) =>
      step(
        `group-${at}`,
        groupLimit,
        `bun test --timeout ${testLimit * 1000} ${files.join(" ")}`,
      )
    ),
    `dmesg >${results}/dmesg.log`,
    `echo done >${results}/done`,
    "sync",
    "echo b >/proc/sysrq-trigger",
    "sleep 60",
    "",
  ].join("\n");
}

import { readFileSync } from "node:fs";
import { cpioArchive, type CpioEntry } from "./cpio.ts";
import type { KernelModule } from "./modules.ts";

/**
 * What the root file system needs: the bus, its devices, and the protocol by which the host's files are read.
 * And the modules that tests need, as nothing in the machine loads a module on demand.
 */
export const MODULES: readonly string[] = [
  ...["virtio_pci", "9pnet_virtio", "9p"],
  ...["inet_diag", "tcp_diag", "udp_diag", "raw_diag", "unix_diag", "netlink_diag"],
  ...["af_packet_diag", "mptcp_diag", "crc32c_generic", "sctp_diag", "vsock_diag"],
  ...["vsock_loopback", "loop", "tun", "overlay", "fuse"],
];

/** A folder of the host, by the tag under which the machine has it. */
export interface Share {
  readonly tag: string;
  readonly path: string;
  readonly writable: boolean;
}

/** The commands for the machine. */
export interface Guest {
  /** The project's folder, which is seen at the same path. */
  readonly project: string;
  /** The folder that results are written to, which is seen at the same path. */
  readonly results: string;
  /** A statically linked busybox. */
  readonly busybox: string;
  readonly modules: readonly KernelModule[];
}

/** The folders of the host that the machine mounts. */
export function sharesOf({ project, results }: Guest): Share[] {
  return [
    { tag: "root", path: "/", writable: false },
    { tag: "project", path: project, writable: false },
    { tag: "results", path: results, writable: true },
  ];
}

/** Folders in which something is written; each is empty at first. */
const WRITABLE = ["/tmp", "/run", "/var/tmp", "/root", "/home"];

/** The first root file system of the machine: it loads modules, mounts the host's, and goes over to it. */
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

/** The script that the kernel starts. */
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
    // What the host changes meanwhile need not be seen, so that all that was read is kept.
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

/** What the machine runs. */
export interface GuestRun {
  readonly guest: Guest;
  /** The folder of the runtime's executable. */
  readonly bin: string;
  /** The groups of files of tests, each of which one process runs. */
  readonly groups: readonly (readonly string[])[];
  /** For how many seconds a group may run, and a test. */
  readonly groupLimit: number;
  readonly testLimit: number;
}

/** The script that the machine runs in the host's files. It writes what came of each step, and ends all. */
export function runScript(
  { guest: { project, results }, bin, groups, groupLimit, testLimit }: GuestRun,
): string {
  // The first process has no session, and a process without one gets stray signals.
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

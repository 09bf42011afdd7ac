import { assertEquals, assertThrows } from "@std/assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { containerIn, groupNamesIn, podIn, systemdNamesIn } from "../../lib/process/containers.ts";
import { openProcess } from "../../lib/process/process.ts";
import { processes } from "../../lib/process/rows.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { libproc, libprocWith } from "../support/cli.ts";
import { kernelSystem } from "../support/kernel_system.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

const ID = "0123456789abcdef".repeat(4);
const OTHER = "fedcba9876543210".repeat(4);
const POD = "96dd7de3-0783-4613-a707-e0effc077ef5";
const POD_ = POD.replaceAll("-", "_");
const STATIC_POD = "0123456789abcdef".repeat(2);

/** Paths of control groups as projects create them: the runtime, or the id and the runtime. */
const PATHS: Readonly<Record<string, string | readonly [string, string] | undefined>> = {
  // Docker, with its cgroupfs and systemd drivers, and inside another container.
  [`/docker/${ID}`]: "docker",
  [`/${ID}`]: "unknown",
  [`/system.slice/docker-${ID}.scope`]: "docker",
  [`/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${ID}.scope`]: "docker",
  [`/docker/${ID}/system.slice/cron.service`]: "docker",
  [`/docker/${OTHER}/docker/${ID}`]: "docker",
  [`/system.slice/docker-${ID}.scope/init.scope`]: "docker",
  // containerd and Kubernetes. opencontainers/runc and containerd/containerd name the scopes,
  // kubelet the pods.
  [`/kubepods/besteffort/pod${POD}/${ID}`]: "unknown",
  [`/kubepods.slice/kubepods-pod${POD_}.slice/docker-${ID}.scope`]: "docker",
  [`/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${POD_}.slice/cri-containerd-${ID}.scope`]:
    "containerd",
  [`/system.slice/containerd.service/kubepods-besteffort-pod${POD_}.slice:cri-containerd:${ID}`]:
    "containerd",
  [`/docker/${OTHER}/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-pod${POD_}.slice/cri-containerd-${ID}.scope`]:
    "containerd",
  [`/k8s.io/${ID}`]: "containerd",
  [`/user.slice/user@1000.service/user.slice/nerdctl-${ID}.scope`]: "containerd",
  [`/default/${ID}`]: "unknown",
  [`/../../kubepods/pod${POD}/${ID}`]: "unknown",
  // CRI-O, with its monitor next to the container.
  [`/kubepods.slice/kubepods-pod${POD_}.slice/crio-${ID}.scope`]: "cri-o",
  [`/kubepods.slice/kubepods-pod${POD_}.slice/crio-${ID}.scope/container`]: "cri-o",
  [`/kubepods/burstable/pod${POD}/crio-${ID}`]: "cri-o",
  [`/kubepods.slice/kubepods-pod${POD_}.slice/crio-conmon-${ID}.scope`]: undefined,
  [`/kubepods/burstable/pod${POD}/crio-conmon-${ID}`]: undefined,
  // Podman, run by root and by a user, in a pod, and in cgroup mode "split".
  [`/machine.slice/libpod-${ID}.scope/container`]: "podman",
  [`/machine.slice/machine-libpod_pod_${OTHER}.slice/libpod-${ID}.scope`]: "podman",
  [`/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${ID}.scope`]: "podman",
  [`/libpod_parent/libpod-${ID}`]: "podman",
  [`/system.slice/web.service/libpod-payload-${ID}`]: "podman",
  [`/machine.slice/libpod-conmon-${ID}.scope`]: undefined,
  // Amazon's ECS and Fargate.
  [`/ecs/classic/5a0d5ceddf6c44c1928d367a815d890f/${ID}`]: "unknown",
  [`/ecstasks.slice/ecstasks-5a0d5ceddf6c44c1928d367a815d890f.slice/docker-${ID}.scope`]: "docker",
  "/ecs/34dc0b5e626f2c5c4c5170e34b10e765/34dc0b5e626f2c5c4c5170e34b10e765-1234567890": [
    "34dc0b5e626f2c5c4c5170e34b10e765-1234567890",
    "unknown",
  ],
  // Cloud Foundry's Garden.
  "/system.slice/garden.service/garden/6f265890-5165-7fab-6b52-18d1": [
    "6f265890-5165-7fab-6b52-18d1",
    "garden",
  ],
  // LXC, LXD, Incus and Proxmox, with names in place of ids.
  "/lxc/100/ns/init.scope": ["100", "lxc"],
  "/lxc.payload/web/init.scope": ["web", "lxc"],
  "/lxc.payload.openwrt": ["openwrt", "lxc"],
  "/lxc.payload.project_web-1/system.slice/cron.service": ["project_web-1", "lxc"],
  "/lxc.payload.outer/lxc.payload.inner": ["inner", "lxc"],
  "/osctl/pool.tank/group.default/user.alice/ct.ct1/user-owned/lxc.payload.ct1": ["ct1", "lxc"],
  "/user.slice/user-1000.slice/user@1000.service/app.slice/run-u1.scope/lxc.payload.mine": [
    "mine",
    "lxc",
  ],
  [`/lxc.payload.outer/docker/${ID}`]: "docker",
  "/lxc.monitor.web": undefined,
  "/lxc.monitor/web": undefined,
  "/lxc": undefined,
  "/system.slice/lxc.service": undefined,
  // libvirt, whose virtual machines are not containers.
  "/libvirt/lxc/box": ["box", "libvirt-lxc"],
  "/machine/box.libvirt-lxc": ["box", "libvirt-lxc"],
  "/machine.slice/machine-lxc\\x2d2293906\\x2dlibvirt\\x2dcontainer.scope": [
    "libvirt-container",
    "libvirt-lxc",
  ],
  "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator": undefined,
  // systemd-nspawn, run directly and by machinectl, with its own process next to the payload.
  "/machine.slice/machine-box.scope/payload/system.slice/cron.service": ["box", "systemd-nspawn"],
  "/machine.slice/machine-my\\x2dbox\\xc3\\xa9.scope/payload": ["my-boxé", "systemd-nspawn"],
  "/machine.slice/systemd-nspawn@fedora44.service/payload": ["fedora44", "systemd-nspawn"],
  "/machine.slice/systemd-nspawn@fedora44.service/supervisor": undefined,
  // Names that are not those of containers.
  [`/docker/${ID}0`]: undefined,
  [`/docker/${ID.toUpperCase()}`]: undefined,
  "/docker/buildkit": undefined,
  "/user.slice/user-0.slice/session-1.scope": undefined,
  "/user.slice/user-1000.slice/user@1000.service/app.slice/app-flatpak-org.x-1.scope": undefined,
  "/": undefined,
  "": undefined,
};

test("containerIn() finds the innermost container that a path names", () => {
  for (const [path, expected] of Object.entries(PATHS)) {
    const found = containerIn(path);
    assertEquals(
      [path, found && [found.id, found.runtime ?? "unknown"]],
      [path, typeof expected === "string" ? [ID, expected] : expected],
    );
  }
});

test("podIn() finds the pod by kubelet's drivers and by Podman's", () => {
  const paths: Readonly<Record<string, string | undefined>> = {
    [`/kubepods/besteffort/pod${POD}/${ID}`]: POD,
    [`/kubepods.slice/kubepods-pod${POD_}.slice/crio-${ID}.scope`]: POD,
    [`/kubepods.slice/kubepods-pod${POD_}.slice/crio-conmon-${ID}.scope`]: POD,
    [`/kubelet.slice/kubelet-kubepods-besteffort-pod${POD_}.slice/cri-containerd-${ID}.scope`]: POD,
    [`/system.slice/containerd.service/kubepods-besteffort-pod${POD_}.slice:cri-containerd:${ID}`]:
      POD,
    [`/kubepods/burstable/pod${STATIC_POD}/${ID}`]: STATIC_POD,
    [`/kubepods.slice/kubepods-burstable-pod${STATIC_POD}.slice`]: STATIC_POD,
    [`/machine.slice/machine-libpod_pod_${OTHER}.slice/libpod-${ID}.scope`]: OTHER,
    [`/user.slice/user@1000.service/user.slice/user-libpod_pod_${OTHER}.slice/libpod-${ID}.scope`]:
      OTHER,
    [`/docker/${ID}`]: undefined,
    "/kubepods/burstable/podman": undefined,
    "/system.slice/podman.service": undefined,
    "/": undefined,
  };
  for (const [path, pod] of Object.entries(paths)) assertEquals([path, podIn(path)], [path, pod]);
});

test("systemdNamesIn() finds the unit of the user's manager, or else of the system's", () => {
  const user = "/user.slice/user-1000.slice/user@1000.service";
  const paths: Readonly<Record<string, readonly [string | undefined, string | undefined]>> = {
    "/system.slice/ssh.service": ["ssh.service", "system.slice"],
    "/system.slice/system-getty.slice/getty@tty1.service": [
      "getty@tty1.service",
      "system-getty.slice",
    ],
    "/system.slice/web.service/workers/1": ["web.service", "system.slice"],
    "/system.slice/_cpu.service": ["cpu.service", "system.slice"],
    "/init.scope": ["init.scope", undefined],
    "/user.slice/user-0.slice/session-1.scope": ["session-1.scope", "user-0.slice"],
    [`${user}/init.scope`]: ["init.scope", "user-1000.slice"],
    [`${user}/app.slice/app-gnome-x-1.scope`]: ["app-gnome-x-1.scope", "app.slice"],
    [`${user}/app.slice/x.service/y.service`]: ["x.service", "app.slice"],
    [user]: ["user@1000.service", "user-1000.slice"],
    [`/system.slice/docker-${ID}.scope/system.slice/cron.service`]: [
      `docker-${ID}.scope`,
      "system.slice",
    ],
    [`/docker/${ID}/system.slice/cron.service`]: [undefined, undefined],
    "/kubepods.slice": [undefined, "kubepods.slice"],
    "/../../system.slice/ssh.service": [undefined, undefined],
    "/": [undefined, undefined],
    "": [undefined, undefined],
  };
  for (const [path, [unit, slice]] of Object.entries(paths)) {
    assertEquals([path, systemdNamesIn(path)], [path, { unit, slice }]);
  }
});

test("groupNamesIn() takes the names from whichever hierarchy has them", () => {
  // cgroup v1, and both versions together.
  const one = groupNamesIn({
    "cpu,cpuacct": `/docker/${ID}`,
    "name=systemd": "/system.slice/ssh.service",
  });
  assertEquals([one.path, one.container?.id, one.unit], [`/docker/${ID}`, ID, "ssh.service"]);
  const both = groupNamesIn({ memory: `/kubepods/pod${POD}/${ID}`, "": "/" });
  assertEquals([both.path, both.container?.id, both.pod], ["/", ID, POD]);
});

/** Returns a system in which every process is in these groups. */
const inGroups = (groups: Readonly<Record<string, string>>) =>
  kernelSystem(defaultSystem().kernel, { controlGroups: () => groups });

const FIELDS = [
  "cgroup",
  "containerId",
  "containerRuntime",
  "podId",
  "systemdUnit",
  "systemdSlice",
] as const;

test("fields report what the control groups name, and undefined for what they do not", {
  skip,
}, () => {
  const pids = [process.pid];
  const path = `/kubepods.slice/kubepods-pod${POD_}.slice/crio-${ID}.scope`;
  const system = inGroups({ "": path });
  const [row] = processes({ fields: FIELDS, pids, system });
  assertEquals(row, {
    pid: process.pid,
    missing: {},
    cgroup: path,
    containerId: ID,
    containerRuntime: "cri-o",
    podId: POD,
    systemdUnit: `crio-${ID}.scope`,
    systemdSlice: `kubepods-pod${POD_}.slice`,
  });
  assertEquals(openProcess(process.pid, { system }).controlGroup(), {
    paths: { "": path },
    containerId: ID,
    containerRuntime: "cri-o",
    podId: POD,
    systemdUnit: `crio-${ID}.scope`,
    systemdSlice: `kubepods-pod${POD_}.slice`,
  });
  // In a cgroup namespace of its own, a process sees no groups above.
  const [inside] = processes({ fields: FIELDS, pids, system: inGroups({ "": "/" }) });
  assertEquals(inside, {
    pid: process.pid,
    missing: {},
    cgroup: "/",
    containerId: undefined,
    containerRuntime: undefined,
    podId: undefined,
    systemdUnit: undefined,
    systemdSlice: undefined,
  });
  assertEquals(openProcess(process.pid, { system: inGroups({ "": "/" }) }).controlGroup(), {
    paths: { "": "/" },
  });
  const [none] = processes({ fields: FIELDS, pids, system: inGroups({}) });
  assertEquals([none!.cgroup, none!.missing.cgroup], [undefined, "unsupported"]);
});

test("processes() chooses by container, control group and unit", { skip }, async () => {
  const pids = [process.pid];
  const system = inGroups({ "": `/system.slice/docker-${ID}.scope/web` });
  const named = inGroups({ "": "/lxc.payload.web-1" });
  const unit = inGroups({ "": "/system.slice/ssh.service" });
  const found = (options: Parameters<typeof processes>[0]) =>
    processes({ pids, ...options }).length === 1;
  const cases: readonly [boolean, Parameters<typeof processes>[0]][] = [
    [true, { system, container: ID }],
    [true, { system, container: ID.slice(0, 12) }],
    [false, { system, container: ID.slice(1, 12) }],
    [true, { system: named, container: "web-1" }],
    [false, { system: named, container: "web" }],
    [false, { system: unit, container: "ssh" }],
    [true, { system, cgroup: "/system.slice" }],
    [true, { system, cgroup: "system.slice/" }],
    [true, { system, cgroup: "/" }],
    [true, { system, cgroup: `/system.slice/docker-${ID}.scope/web` }],
    [false, { system, cgroup: "/system" }],
    [false, { system, cgroup: "/web" }],
    [true, { system: unit, unit: "ssh" }],
    [true, { system: unit, unit: "ssh.service" }],
    [false, { system: unit, unit: "ss" }],
    [true, { system, unit: `docker-${ID}.scope` }],
    [false, { system, unit: "ssh", container: ID }],
  ];
  for (const [expected, options] of cases) {
    const { system: _, ...conditions } = options!;
    assertEquals([conditions, found(options)], [conditions, expected]);
  }
  for (const option of ["container", "cgroup", "unit"]) {
    for (const word of [5, null, {}, ["x"]]) {
      assertThrows(
        () => processes({ [option]: word as never }),
        TypeError,
        `Cannot pass ${option} as it must be a string`,
      );
    }
    assertThrows(() => processes({ [option]: "" }), RangeError, `Cannot pass ${option}`);
  }
  const fields = ["--fields", "pid,container,unit", "--no-headers"];
  const ps = await libprocWith({ system }, "ps", ...fields, "--container", ID.slice(0, 8));
  assertEquals(
    ps.out.split("\n").find((line) => line.trim().startsWith(`${process.pid} `))?.trim(),
    `${process.pid}  ${ID}  docker-${ID}.scope`,
  );
  assertEquals((await libprocWith({ system }, "ps", ...fields, "--unit", "none")).status, 1);
  assertEquals((await libprocWith({ system }, "ps", ...fields, "--cgroup", "/other")).status, 1);
});

const MOUNTS = ["", "/unified", "/systemd", "/freezer", "/pids"].map((name) =>
  `/sys/fs/cgroup${name}`
);

/** Creates a control group with this name in a hierarchy that permits it; returns its path. */
function madeGroup(name: string): string | undefined {
  for (const mount of MOUNTS) {
    if (!existsSync(`${mount}/cgroup.procs`)) continue;
    try {
      mkdirSync(`${mount}/${name}`);
      return `${mount}/${name}`;
    } catch {
      // The hierarchy is read-only, or this user lacks the permission.
    }
  }
  return undefined;
}

test("a process in a group that is named as lxc does is in that container", { skip }, async (t) => {
  const name = `libproc-${process.pid}-${Date.now()}`;
  const group = madeGroup(`lxc.payload.${name}`);
  if (group === undefined) return t.skip("no control group can be made here");
  const child = spawn("sleep", ["1000"], { stdio: "ignore" });
  const gone = once(child, "exit");
  try {
    writeFileSync(`${group}/cgroup.procs`, `${child.pid}`);
    const rows = processes({ fields: ["containerId", "containerRuntime"], container: name });
    assertEquals(rows, [{
      pid: child.pid!,
      containerId: name,
      containerRuntime: "lxc",
      missing: {},
    }]);
    const { out } = await libproc("ps", "--container", name, "--fields", "pid", "--no-headers");
    assertEquals(out.trim(), `${child.pid}`);
  } finally {
    child.kill("SIGKILL");
    await gone;
    rmdirSync(group);
  }
});

import { assert, assertEquals, assertThrows } from "@std/assert";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import {
  PROC_LISTPIDSPATH_EXCLUDE_EVTONLY,
  PROC_LISTPIDSPATH_PATH_IS_VOLUME,
} from "../../lib/abi/list_pids_path.ts";
import {
  PROC_ALL_PIDS,
  PROC_PGRP_ONLY,
  PROC_PPID_ONLY,
  PROC_UID_ONLY,
} from "../../lib/abi/list_pids.ts";
import { PROC_PIDFDVNODEINFO } from "../../lib/abi/pid_fd_info.ts";
import { pidFdInfo } from "../../lib/calls/pid_fd_info.ts";
import type { System } from "../../lib/system/system.ts";
import { ERRNO, ProcInfoError, SystemCallError } from "../../lib/system/errors.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { procListpidspath } from "../../lib/libproc/list_pids_path.ts";
import { scriptedKernel } from "../../lib/testing/mod.ts";
import { writePids } from "../support/write_pids.ts";
import { errnoOf, openScene } from "./scene.ts";
import { type Double, doubleTest as test, ME, OTHER, SELF } from "../support/double.ts";
import { named } from "../support/double_names.ts";

const CHROOT = named("DOUBLE_CHROOT");
const PATH = "/dev/null";
const VNODE = 1, SOCKET = 2;
const PIDINFO = 2, PIDFDINFO = 3;
const O_EVTONLY = 0x8000;

/** Opens a scene, with functions that make its processes use {@linkcode PATH}. */
function openUses() {
  const scene = openScene();
  const { device, inode } = scene.system.fileId(PATH);
  const use = (kind: string, pid: number, key: bigint, other: bigint) => {
    scene.blob(kind, pid, key, `/somewhere/${pid}`);
    scene.identity(kind, pid, key, BigInt(device), inode + other);
  };
  return {
    ...scene,
    /** Sets the working directory. With `other` above 0, it is another file of the same volume. */
    asCwd: (pid: number, other = 0n) => use("CWD", pid, 0n, other),
    asRoot: (pid: number, other = 0n) => use("ROOT", pid, 0n, other),
    asOpen(pid: number, fd = 3n, other = 0n, flags = 1n, type = VNODE) {
      scene.item(pid, "FD", fd, BigInt(type), flags, 0n);
      use("FD_PATH", pid, fd, other);
    },
    asThreadCwd(pid: number, other = 0n, flagged = true) {
      const id = scene.get(pid, "UNIQUEID") * 256n + 2n;
      scene.item(pid, "THREAD", id, 0x7000_0000n + id, 1n);
      use("THREAD_CWD", pid, id, other);
      if (flagged) setThreadCwdFlag(scene, pid);
    },
    asMapped(pid: number, address = 0x1000_0000n, other = 0n) {
      scene.item(pid, "REGION", address, 0x4000n, 1n);
      use("REGION_PATH", pid, address, other);
    },
  };
}

function setThreadCwdFlag({ control }: Double, pid: number): void {
  const SHORTBSDINFO = 13, PBSI_FLAGS = 32, ANY = 0xffff_ffff_ffff_ffffn;
  const flags = Uint8Array.of(0x10, 0x01, 0, 0);
  control.double_poke(PIDINFO, pid, SHORTBSDINFO, ANY, PBSI_FLAGS, flags, 4);
}

const search = ({ system }: Double, flags = 0, type: number = PROC_ALL_PIDS, info = 0) =>
  procListpidspath(type, info, PATH, flags, { system });

test("procListpidspath() finds every way to use a file, each process once, the oldest first", () => {
  const scene = openUses();
  for (let pid = 100; pid <= 106; pid++) scene.add(pid, ME, CHROOT);
  scene.asCwd(100);
  scene.asRoot(101);
  scene.asOpen(102);
  scene.asThreadCwd(103);
  scene.asMapped(104);
  scene.asCwd(105);
  scene.asRoot(105);
  scene.asOpen(105, 3n);
  scene.asOpen(105, 4n);
  scene.asThreadCwd(105);
  scene.asMapped(105);
  assertEquals(search(scene), [100, 101, 102, 103, 104, 105]);
});

test("procListpidspath() finds another file of the volume only where the volume is meant", () => {
  const scene = openUses();
  for (let pid = 100; pid <= 105; pid++) scene.add(pid, ME, CHROOT);
  scene.asCwd(100, 1n);
  scene.asRoot(101, 1n);
  scene.asOpen(102, 3n, 1n);
  scene.asThreadCwd(103, 1n);
  scene.asMapped(104, 0x1000n, 1n);
  assertEquals(search(scene), []);
  assertEquals(search(scene, PROC_LISTPIDSPATH_PATH_IS_VOLUME), [100, 101, 102, 103, 104]);
  scene.asOpen(105);
  assertEquals(search(scene), [105]);
});

test("procListpidspath() leaves out descriptors that only wait for events if the flag is set", () => {
  const scene = openUses();
  for (let pid = 100; pid <= 102; pid++) scene.add(pid);
  scene.asOpen(100, 3n, 0n, BigInt(O_EVTONLY));
  scene.asOpen(101, 3n, 0n, BigInt(O_EVTONLY));
  scene.asOpen(101, 4n);
  scene.asOpen(102, 3n, 0n, BigInt(O_EVTONLY));
  scene.asMapped(102);
  assertEquals(search(scene), [100, 101, 102]);
  assertEquals(search(scene, PROC_LISTPIDSPATH_EXCLUDE_EVTONLY), [101, 102]);
});

test("procListpidspath() looks only at the processes of the filter", () => {
  const scene = openUses();
  scene.control.double_caller(SELF, 0, 0);
  scene.add(100, ME);
  scene.add(101, OTHER);
  scene.control.double_add(102, 100, 102, 0xffffffff, ME, ME, 0);
  for (const pid of [100, 101, 102]) scene.asOpen(pid);
  assertEquals(search(scene), [100, 101, 102]);
  assertEquals(search(scene, 0, PROC_UID_ONLY, OTHER), [101]);
  assertEquals(search(scene, 0, PROC_PPID_ONLY, 100), [102]);
  assertEquals(search(scene, 0, PROC_PPID_ONLY, 7777), []);
});

test("procListpidspath() passes over other users' processes and zombies", () => {
  const scene = openUses();
  for (const [pid, uid] of [[100, OTHER], [101, ME], [102, ME]] as const) {
    scene.add(pid, uid, CHROOT);
    scene.asCwd(pid);
    scene.asOpen(pid);
    scene.asMapped(pid);
  }
  scene.control.double_zombie(102);
  assertEquals(search(scene), [101]);
});

test("procListpidspath() goes on where one question about a process fails", () => {
  const scene = openUses();
  for (let pid = 100; pid <= 103; pid++) scene.add(pid);
  const { control, set } = scene;
  set(100, "VNODE_ERRNO", BigInt(ERRNO.ENOENT));
  scene.asCwd(100);
  scene.asOpen(100);
  assertEquals(search(scene), []);
  scene.asMapped(100);
  scene.asThreadCwd(101);
  set(101, "VNODE_ERRNO", BigInt(ERRNO.ENOENT));
  assertEquals(search(scene), [100, 101]);

  scene.asOpen(102, 3n);
  scene.asOpen(102, 4n);
  // A descriptor is closed between the list and its query.
  control.double_fail(PIDFDINFO, 2, ERRNO.EBADF);
  assertEquals(search(scene), [100, 101, 102]);
});

test("procListpidspath() passes over what is cut short", () => {
  const scene = openUses();
  scene.add(100);
  scene.asOpen(100);
  for (let nth = 1; nth <= 12; nth++) {
    scene.control.double_short(PIDINFO, 1);
    assertEquals(search(scene).filter((pid) => pid !== 100), []);
  }
  scene.control.double_short(PIDFDINFO, 1);
  assertEquals(search(scene), []);
  assertEquals(search(scene), [100]);
});

test("procListpidspath() goes on after any refusal of any one question", () => {
  const scene = openUses();
  for (let pid = 100; pid <= 102; pid++) {
    scene.add(pid);
    scene.asOpen(pid, 3n, 1n);
    scene.asThreadCwd(pid, 1n);
    scene.asMapped(pid);
  }
  for (let pid = 100; pid <= 102; pid++) scene.asOpen(pid, 4n);
  const errnos = [ERRNO.EPERM, ERRNO.ESRCH, ERRNO.EINVAL, ERRNO.EBADF, ERRNO.ENOENT, ERRNO.ENOTSUP];
  for (const errno of errnos) {
    for (const callnum of [PIDINFO, PIDFDINFO]) {
      for (let nth = 1; nth <= 40; nth++) {
        let left = nth;
        const procInfo: Kernel["procInfo"] = (number, ...rest) =>
          number === callnum && --left === 0 ? -errno : scene.kernel.procInfo(number, ...rest);
        const system: System = { ...scene.system, kernel: { ...scene.kernel, procInfo } };
        const found = procListpidspath(PROC_ALL_PIDS, 0, PATH, 0, { system });
        assert(found.length >= 2 && found.every((pid) => pid >= 100 && pid <= 102));
        if (left > 0) assertEquals(found, [100, 101, 102]);
      }
    }
  }
});

test("procListpidspath() queries only descriptors that are files, and threads only where one has a cwd", () => {
  const scene = openUses();
  scene.add(100);
  scene.asOpen(100, 3n, 0n, 1n, SOCKET);
  const before = scene.control.double_calls(PIDFDINFO);
  assertEquals(search(scene), []);
  assertEquals(scene.control.double_calls(PIDFDINFO), before);

  scene.add(101);
  scene.asThreadCwd(100);
  scene.asThreadCwd(101, 0n, false);
  assertEquals(search(scene), [100]);
});

test("procListpidspath() ends where regions do not advance, and at the end of the address space", () => {
  const scene = openUses();
  scene.add(100);
  for (const address of [0x1000n, 0x8000n, 0xffff_ffff_ffff_c000n]) {
    scene.asMapped(100, address, 1n);
  }
  assertEquals(search(scene), []);
  scene.set(100, "STUCK_REGION", 2n);
  assertEquals(search(scene), []);
  scene.set(100, "STUCK_REGION", 0n);
  scene.asMapped(100, 0xffff_ffff_ffff_c000n);
  assertEquals(search(scene), [100]);
});

test("procListpidspath() never matches a vnode whose device and inode are 0", () => {
  const scene = openUses();
  scene.add(100);
  const system: System = {
    ...scene.system,
    fileId: () => ({ device: 0, inode: 0n, isSocket: false }),
  };
  for (const flags of [0, PROC_LISTPIDSPATH_PATH_IS_VOLUME]) {
    assertEquals(procListpidspath(PROC_ALL_PIDS, 0, PATH, flags, { system }), []);
  }
});

test("procListpidspath() looks the path up first, and does not call the kernel for a path that does not exist", () => {
  const kernel = scriptedKernel(() => -ERRNO.EPERM);
  const system: System = { ...openScene().system, kernel };
  const error = assertThrows(
    () => procListpidspath(PROC_ALL_PIDS, 0, "/no-such", 0, { system }),
    SystemCallError,
    `"/no-such"`,
  );
  assertEquals([error.code, kernel.calls.length], ["ENOENT", 0]);
  for (const path of ["\0", "/dev/null\0x"]) {
    assertThrows(
      () => procListpidspath(PROC_ALL_PIDS, 0, path, 0, { system }),
      RangeError,
      "path",
    );
  }
  assertThrows(
    () => procListpidspath(PROC_ALL_PIDS, 0, PATH, -1, { system }),
    RangeError,
    "flags",
  );
  assertEquals(kernel.calls.length, 0);
  assertEquals(
    errnoOf(() => procListpidspath(PROC_ALL_PIDS, 0, PATH, 0, { system })),
    ERRNO.EPERM,
  );
});

test("procListpidspath() does not query pid 0", () => {
  const kernel = scriptedKernel(({ callnum }, buffer) => {
    if (callnum !== 1) return -ERRNO.EPERM;
    return buffer === null ? 100 : writePids([7, 0], buffer);
  });
  const system: System = { ...openScene().system, kernel };
  assertEquals(procListpidspath(PROC_ALL_PIDS, 0, PATH, 0, { system }), []);
  const asked = kernel.calls.filter(({ callnum }) => callnum !== 1).map(({ pid }) => pid);
  assertEquals([...new Set(asked)], [7]);
});

test("procListpidspath() reports ENOTSUP where the system can answer nothing, not where it can some", () => {
  const systemThat = (answers: boolean): System => ({
    ...openScene().system,
    kernel: scriptedKernel(({ callnum, flavor }, buffer) => {
      if (callnum === 1) return buffer === null ? 100 : writePids([8, 7], buffer);
      if (flavor === 13) return 64;
      return flavor === 1 && answers ? 0 : -ERRNO.ENOTSUP;
    }),
  });
  const error = assertThrows(
    () => procListpidspath(PROC_ALL_PIDS, 0, PATH, 0, { system: systemThat(false) }),
    ProcInfoError,
  );
  assertEquals([error.code, error.pid], ["ENOTSUP", 7]);
  assertEquals(procListpidspath(PROC_ALL_PIDS, 0, PATH, 0, { system: systemThat(true) }), []);
});

test("procListpidspath() finds this process by its program, its directory and an open file", {
  skip: process.platform !== "linux" && process.platform !== "darwin",
}, () => {
  const folder = mkdtempSync(`${tmpdir()}/libproc-`);
  const file = `${folder}/file`;
  const fd = openSync(file, "w");
  try {
    const uses = (path: string, flags = 0) =>
      procListpidspath(PROC_PGRP_ONLY, defaultSystem().pgrp(), path, flags).filter((pid) =>
        pid === process.pid
      ).length;
    const asked = errnoOf(() => pidFdInfo(process.pid, fd, PROC_PIDFDVNODEINFO));
    const open = asked === ERRNO.ENOTSUP ? 0 : 1;
    assertEquals([uses(process.execPath), uses("."), uses(file), uses(folder)], [1, 1, open, 0]);
    assertEquals(uses(".", PROC_LISTPIDSPATH_PATH_IS_VOLUME), 1);
    closeSync(fd);
    assertEquals(uses(file), 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

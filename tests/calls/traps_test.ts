import { systemOf } from "../../lib/system/system.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  canUseFgHw,
  CanUseFgHwError,
  delegateSignal,
  delegateTerminate,
  dirtyControl,
  type DirtyControlFlavor,
  fileSystemId,
  getDirty,
  getUdata,
  type Kernel,
  kernMsgBuf,
  listCoalitions,
  listPids,
  newestPidRusage,
  pidDynKqueueInfo,
  pidFdInfo,
  type PidFdInfoFlavor,
  pidFileportInfo,
  type PidFileportInfoFlavor,
  pidInfo,
  type PidInfoFlavor,
  pidInfoOf,
  pidOriginatorInfo,
  pidRusage,
  type PidRusageFlavor,
  procInfo,
  ProcInfoError,
  RUSAGE_INFO_V6,
  setDelayIdleSleep,
  setDirty,
  setDyldImages,
  setProcessControl,
  setThreadName,
  setUdata,
  setVmResourceOwner,
  signalAuditToken,
  terminate,
  terminateAuditToken,
  terminateRsr,
  trackDirty,
} from "../../lib/calls/mod.ts";
import { PID_INFO_REPLIES } from "../../lib/calls/pid_info.ts";
import { named } from "../support/double_names.ts";
import { patternBytes } from "../support/pattern.ts";
import { scriptedKernel } from "../../lib/testing/mod.ts";
import { codeOf, openScene, type Scene, thrownBy } from "./scene.ts";
import { doubleTest as test, ME, NODEV, OTHER, SELF } from "../support/double.ts";

const PID = 300;
const PIDINFO = 2, PIDFDINFO = 3, KERNMSGBUF = 4, PIDRUSAGE = 9, PIDDYNKQUEUEINFO = 13;
const FLAVORS = Object.keys(PID_INFO_REPLIES).map(Number) as PidInfoFlavor[];

/** Returns a scene with one additional process, a child of the caller. */
function withProcess(uid = ME, flags = 0): Scene {
  const scene = openScene();
  scene.add(PID, uid, flags);
  return scene;
}

/** Returns the sizes of the buffers that were passed; null means that there was no buffer. */
const sizes = ({ kernel }: Scene) => kernel.calls.map(({ size }) => size);

test("trap 1: pidRusage() passes room for the whole struct of each flavor, as the kernel gets no size", () => {
  const scene = withProcess();
  for (const flavor of [0, 1, 2, 3, 4, 5, 6] as const) pidRusage(PID, flavor, scene);
  assertEquals(sizes(scene), [96, 144, 160, 232, 296, 304, 464]);
});

test("trap 1: newestPidRusage() steps down on an older kernel, and returns the version that answered", () => {
  for (let newest = 6; newest >= 0; newest--) {
    const scene = withProcess();
    scene.control.double_old_kernel(newest, -1);
    const { flavor, info } = newestPidRusage(PID, scene);
    assertEquals(flavor, newest as PidRusageFlavor);
    assertEquals(
      scene.kernel.calls.map(({ flavor }) => flavor),
      [6, 5, 4, 3, 2, 1, 0].slice(0, 7 - newest),
    );
    assertEquals(info, pidRusage(PID, flavor, scene) as typeof info);
  }
});

test("trap 1: newestPidRusage() passes on any other error at once, and EINVAL of the oldest version", () => {
  const { kernel, system } = withProcess(OTHER);
  assertEquals(codeOf(() => newestPidRusage(PID, { system })), "EPERM");
  assertEquals(codeOf(() => newestPidRusage(999, { system })), "ESRCH");
  assertEquals(kernel.calls.length, 2);
  const none = scriptedKernel(() => -22);
  const error = thrownBy(() => newestPidRusage(PID, { system: systemOf(none) }));
  assertEquals([error.code, error.flavor, none.calls.length], ["EINVAL", 0, 7]);
});

test("trap 1: newestPidRusage() distinguishes its versions by flavor", () => {
  const { system } = withProcess();
  const newest = newestPidRusage(PID, { system });
  assert(newest.flavor === RUSAGE_INFO_V6);
  const energy: bigint = newest.info.ri_energy_nj;
  assertEquals(typeof energy, "bigint");
});

test("trap 2: times are returned as the kernel reports them, tasks in mach units and threads in nanoseconds", () => {
  const { system, option, set, item } = withProcess();
  option("MEANINGFUL", 1n);
  set(PID, "USER_TICKS", 24_000_000n);
  item(PID, "THREAD", 77n, 0x1000n);
  assertEquals(pidInfo(PID, 4, 0n, { system }).pti_total_user, 24_000_000n);
  assertEquals(pidRusage(PID, 6, { system }).ri_user_time, 24_000_000n);
  assertEquals(pidInfo(PID, 15, 77n, { system }).pth_user_time, 1_000_000_000n);
});

test("trap 3: PROC_PIDPATHINFO returns 0, and the text ends at its NUL", () => {
  for (const path of ["/bin/sh", "", "/a/".padEnd(4095, "x"), "/é/日本語"]) {
    const scene = withProcess();
    scene.blob("PATH", PID, 0n, path);
    assertEquals(pidInfo(PID, 11, 0n, scene), path);
    assertEquals(scene.kernel.calls.map(({ size, answer }) => [size, answer]), [[4096, 0]]);
  }
});

test("trap 4: an answer of 0 is success, and only a negative one is an error", () => {
  const scene = withProcess();
  assertEquals(getDirty(PID, scene), 0);
  assertEquals(pidInfo(PID, 14, 0n, scene), []);
  assertEquals(pidInfo(PID, 1, 0n, scene), []);
  assertEquals(pidInfo(PID, 27, 0n, scene), new BigUint64Array(0));
  assertEquals(listCoalitions(1, 0, scene), []);
  const empty = scriptedKernel(() => 0);
  assertEquals(kernMsgBuf({ system: systemOf(empty) }), "");
  assertEquals(canUseFgHwOf(0, 12), { allowed: false, reason: 12 });
});

const canUseFgHwOf = (answer: number, reason: number) =>
  canUseFgHw(
    PID,
    { system: systemOf(scriptedKernel((_, buffer) => (buffer!.set([reason, 0, 0, 0]), answer))) },
  );

test("trap 5: a count that exceeds the buffer is requested again, and never read past the buffer", () => {
  const counted: readonly [string, (scene: Scene) => { readonly length: number }][] = [
    ["PROC_PIDLISTUPTRS", ({ system }) => pidInfo(PID, 26, 0n, { system })],
    ["PROC_PIDLISTDYNKQUEUES", ({ system }) => pidInfo(PID, 27, 0n, { system })],
    ["PROC_PIDFDKQUEUE_EXTINFO", ({ system }) => pidFdInfo(PID, 7, 9, { system })],
    ["PROC_PIDDYNKQUEUE_EXTINFO", ({ system }) => pidDynKqueueInfo(PID, 1, 1n, { system })],
  ];
  for (const [name, ask] of counted) {
    for (const born of [0, 16, 17, 400]) {
      const scene = withProcess();
      const grow = (count: number) => {
        if (name.endsWith("UPTRS")) { for (let i = 0; i < count; i++) scene.item(PID, "UPTR", 5n); }
        else if (name.endsWith("QUEUES")) {
          for (let i = 0; i < count; i++) scene.item(PID, "DYNKQUEUE", BigInt(100 + i), 1n);
        } else {
          scene.item(PID, "FD", 7n, 5n, BigInt(1 + count));
          scene.item(PID, "DYNKQUEUE", 1n, 1n, BigInt(1 + count));
        }
      };
      if (name.endsWith("UPTRS")) scene.item(PID, "UPTR", 5n);
      else if (name.endsWith("QUEUES")) scene.item(PID, "DYNKQUEUE", 1n, 1n);
      else grow(0);
      let sized = false;
      const procInfo: typeof scene.kernel.procInfo = (...call) => {
        const answer = scene.kernel.procInfo(...call);
        if (!sized) grow(born);
        sized = true;
        return answer;
      };
      const list = ask({
        ...scene,
        system: { ...scene.system, kernel: { ...scene.kernel, procInfo } },
      });
      assertEquals([name, list.length], [name, 1 + born]);
      assertEquals(scene.kernel.calls.length, born <= 16 ? 2 : born === 17 ? 3 : 7);
    }
  }
});

test("trap 5: PROC_PIDLISTUPTRS gives no more than the kernel writes, whatever it counts", () => {
  const scene = withProcess();
  const items = 16392 + 100;
  for (let i = 0; i < items; i++) scene.item(PID, "UPTR", BigInt(i + 1));
  const pointers = pidInfo(PID, 26, 0n, scene);
  assertEquals(scene.kernel.calls.map(({ answer }) => answer), [items, items]);
  assertEquals([pointers.length, pointers[0], pointers.at(-1)], [16392, 1n, 16392n]);
});

test("trap 5: PROC_PIDFDKQUEUE_EXTINFO and PROC_PIDDYNKQUEUE_EXTINFO end at the kernel's cap", () => {
  const scene = withProcess();
  scene.item(PID, "FD", 7n, 5n, 200_000n);
  scene.item(PID, "DYNKQUEUE", 1n, 1n, 200_000n);
  assertEquals(pidFdInfo(PID, 7, 9, { system: scene.bare }).length, 131072);
  assertEquals(pidDynKqueueInfo(PID, 1, 1n, { system: scene.bare }).length, 131072);
});

test("trap 5: a count that always exceeds the buffer ends at what the kernel writes at most", () => {
  const rows = () => scriptedKernel(({ size }) => size ? 10_000_000 : 0);
  for (
    const [most, bytes, ask] of [
      [16392, 8, (kernel: Kernel) => pidInfo(PID, 26, 0n, { system: systemOf(kernel) })],
      [131072, 8, (kernel: Kernel) => pidInfo(PID, 27, 0n, { system: systemOf(kernel) })],
      [131072, 104, (kernel: Kernel) => pidFdInfo(PID, 7, 9, { system: systemOf(kernel) })],
      [131072, 104, (kernel: Kernel) => pidDynKqueueInfo(PID, 1, 1n, { system: systemOf(kernel) })],
    ] as const
  ) {
    const kernel = rows();
    assertEquals(ask(kernel).length, most);
    assertEquals(kernel.calls.filter(({ size }) => size === most * bytes).length, 1);
  }
});

test("trap 5: pidDynKqueueInfo() requests the count with an empty buffer, as null is EFAULT", () => {
  const scene = withProcess();
  scene.item(PID, "DYNKQUEUE", 1n, 1n, 3n);
  assertEquals(pidDynKqueueInfo(PID, 1, 1n, scene).length, 3);
  assertEquals(sizes(scene), [0, 19 * 104]);
  assertEquals(
    codeOf(() => procInfo(PIDDYNKQUEUEINFO, PID, 1, 1n, null, 0, scene)),
    "EFAULT",
  );
});

test("trap 6: listPids() calls until the answer leaves room, and finds zombies and the oldest processes", () => {
  const scene = withProcess();
  scene.add(301);
  scene.control.double_zombie(301);
  scene.control.double_grow(100);
  const pids = listPids(1, 0, scene);
  assertEquals(pids.length, 105);
  for (const pid of [0, 1, SELF, PID, 301]) assert(pids.includes(pid));
});

test("trap 7: an unknown type lists nothing, and dirtyControl() takes no unknown flavor", () => {
  const scene = withProcess();
  assertEquals(listPids(99, 0, scene).length, 0);
  assertEquals(procInfo(8, PID, 77, 0n, null, 0, scene), 0);
  const asked = scene.kernel.calls.length;
  for (const flavor of [0, 5, 77, -1, 1.5, "1"]) {
    assertThrows(
      () => dirtyControl(PID, flavor as DirtyControlFlavor, 0, scene),
      RangeError,
      "flavor",
    );
  }
  assertEquals(scene.kernel.calls.length, asked);
});

test("trap 8: five flavors answer about another user's process, the others are EPERM", () => {
  const scene = withProcess(OTHER);
  const allowed = FLAVORS.filter((flavor) => {
    try {
      pidInfo(PID, flavor, 0n, scene);
      return true;
    } catch (error) {
      assertEquals((error as ProcInfoError).code, "EPERM");
      return false;
    }
  });
  assertEquals(allowed, [11, 13, 17, 20, 30]);
});

test("trap 9: handles and ids of threads are two things, each for its own flavors", () => {
  const { system, control, item } = withProcess();
  const handle = 0x16f0de000n, id = 77n;
  control.double_clear(PID, named("DOUBLE_THREAD"));
  item(PID, "THREAD", id, handle);
  assertEquals(pidInfo(PID, 6, 0n, { system }), BigUint64Array.of(handle));
  assertEquals(pidInfo(PID, 28, 0n, { system }), BigUint64Array.of(id));
  for (const flavor of [5, 10] as const) {
    pidInfo(PID, flavor, handle, { system });
    assertEquals(codeOf(() => pidInfo(PID, flavor, id, { system })), "ESRCH");
  }
  for (const flavor of [15, 34] as const) {
    pidInfo(PID, flavor, id, { system });
    assertEquals(codeOf(() => pidInfo(PID, flavor, handle, { system })), "ESRCH");
  }
  control.double_clear(SELF, named("DOUBLE_THREAD"));
  item(SELF, "THREAD", id, handle);
  pidInfo(SELF, 33, id, { system });
  assertEquals(codeOf(() => pidInfo(SELF, 33, handle, { system })), "EINVAL");
});

test("trap 10: PROC_PIDLISTTHREADS and PROC_PIDLISTTHREADIDS bring a buffer from the first, and find all", () => {
  for (const flavor of [6, 28] as const) {
    for (const more of [0, 62, 63, 64, 200]) {
      const scene = withProcess();
      for (let i = 0; i < more; i++) scene.item(PID, "THREAD", BigInt(i), BigInt(i));
      assertEquals(pidInfo(PID, flavor, 0n, scene).length, 1 + more);
      assert(!sizes(scene).includes(null));
    }
  }
});

test("trap 11: a region call answers for the next region, whose place is in the answer", () => {
  const { system, item } = withProcess();
  item(PID, "REGION", 0x4000n, 0x1000n);
  item(PID, "REGION", 0x8000n, 0x2000n, 1n);
  const at = (address: bigint) => pidInfo(PID, 7, address, { system }).pri_address;
  assertEquals([0n, 0x4fffn, 0x5000n, 0x9fffn].map(at), [0x4000n, 0x4000n, 0x8000n, 0x8000n]);
  assertEquals(codeOf(() => at(0xa000n)), "EINVAL");
  assertEquals(pidInfo(PID, 31, 0n, { system }).prpo_addr, 0x8000n);
  assertEquals(pidInfo(PID, 22, 0n, { system }).prp_prinfo.pri_address, 0x8000n);
});

test("trap 12: PROC_PIDREGIONPATHINFO3 takes both halves of a file system's id", () => {
  const { system, item, option } = withProcess();
  option("MEANINGFUL", 1n);
  item(PID, "REGION", 0x4000n, 0x1000n, 1n, 5n);
  item(PID, "REGION", 0x8000n, 0x1000n, 1n, 0x1a_0000_0005n);
  item(PID, "REGION", 0xc000n, 0x1000n, 1n, 0xffff_fffe_8000_0001n);
  for (const address of [0x4000n, 0x8000n, 0xc000n]) {
    const { vi_fsid } = pidInfo(PID, 8, address, { system }).prp_vip.vip_vi;
    const found = pidInfo(PID, 23, fileSystemId(vi_fsid), { system });
    assertEquals(found.prp_prinfo.pri_address, address);
  }
  assertEquals(fileSystemId({ val: [5, 26] }), 0x1a_0000_0005n);
  assertEquals(fileSystemId({ val: [-2147483647, -2] }), 0xffff_fffe_8000_0001n);
  assertEquals(fileSystemId({ val: [0xffffffff, 0xffffffff] }), 0xffff_ffff_ffff_ffffn);
});

test("trap 13: the estimate of PROC_PIDLISTFDS is capacity, the list has what is open", () => {
  const scene = withProcess();
  scene.set(PID, "NFILES", 1000n);
  scene.item(PID, "FD", 2n, 1n);
  scene.item(PID, "FD", 5n, BigInt(named("DOUBLE_RESERVED")));
  scene.item(PID, "FD", 900n, 8n);
  assertEquals(pidInfo(PID, 1, 0n, scene), [
    { proc_fd: 2, proc_fdtype: 1 },
    { proc_fd: 900, proc_fdtype: 0 },
  ]);
  assertEquals(scene.kernel.calls.map(({ answer }) => answer), [1020 * 8, 16]);
});

test("trap 13: PROC_PIDLISTFDS finds descriptors that are opened between its two calls", () => {
  for (const opened of [10, 36, 37, 500]) {
    const scene = withProcess();
    scene.set(PID, "NFILES", 0n);
    let sized = false;
    const procInfo: typeof scene.kernel.procInfo = (...call) => {
      const answer = scene.kernel.procInfo(...call);
      for (let fd = 0; fd < opened && !sized; fd++) scene.item(PID, "FD", BigInt(fd), 1n);
      sized = true;
      return answer;
    };
    assertEquals(
      pidInfo(PID, 1, 0n, { system: systemOf({ ...scene.kernel, procInfo }) }).length,
      opened,
    );
  }
});

/** Returns the socket of an answer whose bytes are 0, except some of its `in_sockinfo`. */
function inSocket(vflag: number, write: (inSockInfo: DataView) => void) {
  const { system, control, item } = withProcess();
  item(PID, "FD", 4n, 2n);
  const bytes = new Uint8Array(792);
  const view = new DataView(bytes.buffer, 24 + 240);
  new DataView(bytes.buffer).setInt32(24 + 232, 1, true);
  view.setUint8(24, vflag);
  write(view);
  control.double_poke(PIDFDINFO, PID, 3, 4n, 0, bytes, bytes.length);
  return pidFdInfo(PID, 4, 3, { system }).psi;
}

test("trap 14: ports come in network byte order, and an IPv4 address from the last 4 of 16 bytes", () => {
  const { soi_proto, soi_stat } = inSocket(1, (view) => {
    view.setUint16(0, 443);
    view.setUint16(4, 80);
    view.setUint32(32 + 12, 0x7f000001);
    view.setUint32(48 + 12, 0xc0a80001);
  });
  const { insi_fport, insi_lport, insi_faddr, insi_laddr } = soi_proto.pri_in!;
  assertEquals([insi_fport, insi_lport], [0xbb01, 0x5000]);
  assertEquals(insi_faddr, {
    ina_46: { i46a_pad32: [0, 0, 0], i46a_addr4: { s_addr: 0x0100007f } },
  });
  assertEquals(insi_laddr.ina_46?.i46a_addr4.s_addr, 0x0100a8c0);
  assertEquals([soi_stat.vst_ino, soi_stat.vst_mode], [0n, 0]);
});

test("trap 14: an IPv6 socket, also one that speaks both, gives all 16 bytes", () => {
  for (const vflag of [2, 3]) {
    const { soi_proto } = inSocket(vflag, (view) => {
      for (let i = 0; i < 16; i++) view.setUint8(32 + i, i + 1);
    });
    const bytes = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
    assertEquals(soi_proto.pri_in!.insi_faddr, { ina_6: { __u6_addr: { __u6_addr8: bytes } } });
  }
});

test("trap 15: fi_openflags are the kernel's flags, not those of open()", () => {
  const { system, item, option } = withProcess();
  option("MEANINGFUL", 1n);
  item(PID, "FD", 0n, 1n, 1n);
  item(PID, "FD", 1n, 1n, 2n);
  item(PID, "FD", 2n, 6n);
  assertEquals(pidFdInfo(PID, 0, 1, { system }).pfi.fi_openflags, 1);
  assertEquals(pidFdInfo(PID, 1, 2, { system }).pfi.fi_openflags, 2);
  assertEquals(pidFdInfo(PID, 2, 6, { system }).pfi.fi_openflags, 3);
});

test("trap 16: the packed structs have their 64-bit members at 4, 12 and 24", () => {
  const { system, control, blob } = withProcess();
  blob("EXIT_REASON", PID, 0n, "why");
  const bytes = new Uint8Array(24);
  new DataView(bytes.buffer).setBigUint64(4, 0x1122_3344_5566_7788n, true);
  new DataView(bytes.buffer).setBigUint64(12, 0x99aa_bbcc_ddee_ff00n, true);
  control.double_poke(PIDINFO, PID, 25, 0n, 0, bytes, 20);
  control.double_poke(PIDINFO, PID, 24, 0n, 0, bytes, 20);
  const basic = pidInfo(PID, 25, 0n, { system });
  assertEquals([
    basic.beri_namespace,
    basic.beri_code,
    basic.beri_flags,
    basic.beri_reason_buf_size,
  ], [
    0,
    0x1122_3344_5566_7788n,
    0x99aa_bbcc_ddee_ff00n,
    3,
  ]);
  const reason = pidInfo(PID, 24, 0n, { system });
  assertEquals([reason.eri_code, reason.eri_flags, reason.eri_reason_buf_size], [
    0x1122_3344_5566_7788n,
    0x99aa_bbcc_ddee_ff00n,
    3,
  ]);
  assertEquals(new TextDecoder().decode(reason.data), "why");
});

test("trap 16: the address of a UNIX-domain socket's other end starts at an odd offset", () => {
  const { system, control, item } = withProcess();
  item(PID, "FD", 4n, 2n);
  const bytes = new Uint8Array(792);
  new DataView(bytes.buffer).setInt32(24 + 232, 3, true);
  bytes.set([106, 1, ...new TextEncoder().encode("/here".padEnd(104, "x"))], 24 + 240 + 16);
  bytes.set([7, 1, ...new TextEncoder().encode("/there")], 535);
  control.double_poke(PIDFDINFO, PID, 3, 4n, 0, bytes, bytes.length);
  const { unsi_addr, unsi_caddr } = pidFdInfo(PID, 4, 3, { system }).psi.soi_proto.pri_un!;
  assertEquals(unsi_addr.ua_sun?.sun_path, "/here".padEnd(104, "x"));
  assertEquals(unsi_caddr.ua_sun, { sun_len: 7, sun_family: 1, sun_path: "/there" });
});

test("trap 17: zombies answer with an argument, always, or never, as the flavor has it", () => {
  const scene = withProcess();
  scene.blob("EXIT_REASON", PID, 0n, "why");
  scene.item(PID, "THREAD", 1n, 1n);
  scene.control.double_zombie(PID);
  const found = (arg: bigint) =>
    FLAVORS.filter((flavor) => {
      try {
        pidInfo(PID, flavor, arg, scene);
        return true;
      } catch (error) {
        assertEquals((error as ProcInfoError).code, "ESRCH");
        return false;
      }
    });
  assertEquals(found(0n), [21, 24, 25, 30]);
  assertEquals(found(1n), [3, 13, 17, 18, 21, 24, 25, 30]);
  assertEquals(getDirty(PID, scene), 0);
  pidRusage(PID, 6, scene);
  assertEquals(codeOf(() => pidFdInfo(PID, 0, 1, scene)), "ESRCH");
  assertEquals(codeOf(() => terminate(PID, scene)), "ESRCH");
});

test("trap 18: no buffer that is brought is too small, for any flavor and any pid", () => {
  const scene = openScene();
  for (const flavor of FLAVORS) {
    assertEquals([flavor, codeOf(() => pidInfo(999, flavor, 0n, scene))], [flavor, "ESRCH"]);
  }
  for (const flavor of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const) {
    assertEquals(codeOf(() => pidFdInfo(999, 0, flavor, scene)), "ESRCH");
  }
  for (const flavor of [2, 3, 5, 6] as const) {
    assertEquals(codeOf(() => pidFileportInfo(999, 0, flavor, scene)), "ESRCH");
  }
});

test("trap 18: what is too small is ENOMEM before the process is looked for, and other numbers elsewhere", () => {
  const { system, item } = withProcess();
  const raw = (callnum: number, pid: number, flavor: number, size: number) =>
    codeOf(() => procInfo(callnum, pid, flavor, 1n, new Uint8Array(size), undefined, { system }));
  assertEquals(raw(PIDINFO, 999, 3, 135), "ENOMEM");
  assertEquals(raw(PIDINFO, 999, 3, 136), "ESRCH");
  assertEquals(raw(PIDINFO, PID, 11, 4097), "EOVERFLOW");
  assertEquals(raw(PIDFDINFO, 999, 1, 175), "ENOMEM");
  item(PID, "DYNKQUEUE", 1n, 1n);
  assertEquals(raw(PIDDYNKQUEUEINFO, PID, 0, 143), "ENOBUFS");
  for (const size of [7, 9]) assertEquals(raw(14, SELF, 1, size), "EINVAL");
  for (const size of [31, 33]) assertEquals(raw(17, 0, 1, size), "EINVAL");
  assertEquals(codeOf(() => setThreadName("x".repeat(64), { system })), "ENAMETOOLONG");
});

test("trap 18: PROC_PIDDYNKQUEUE_INFO of a kernel that writes no more than kqueue_info is that much", () => {
  const { system, control, item } = withProcess();
  item(PID, "DYNKQUEUE", 1n, 1n);
  const whole = pidDynKqueueInfo(PID, 0, 1n, { system });
  control.double_short(PIDDYNKQUEUEINFO, 208 - 144);
  const head = pidDynKqueueInfo(PID, 0, 1n, { system });
  assertEquals(head, { kqdi_info: whole.kqdi_info });
  assertEquals(typeof whole.kqdi_owner, "bigint");
});

test("trap 19: a descriptor of another kind is EBADF or ENOTSOCK, a fileport of another kind has three errors", () => {
  const { system, item } = withProcess();
  const kinds: Readonly<Record<number, number>> = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 3,
    6: 6,
    7: 5,
    9: 5,
    10: 10,
  };
  for (const kind of [1, 2, 3, 4, 5, 6, 10]) item(PID, "FD", BigInt(kind), BigInt(kind));
  item(PID, "FD", 11n, BigInt(named("DOUBLE_RESERVED")));
  for (const [number, kind] of Object.entries(kinds)) {
    const flavor = Number(number) as PidFdInfoFlavor;
    for (const fd of [1, 2, 3, 4, 5, 6, 10]) {
      if (fd === kind) pidFdInfo(PID, fd, flavor, { system });
      else {
        assertEquals(
          codeOf(() => pidFdInfo(PID, fd, flavor, { system })),
          flavor === 3 ? "ENOTSOCK" : "EBADF",
        );
      }
    }
    for (const closed of [0, 11, 4096, -2]) {
      assertEquals(codeOf(() => pidFdInfo(PID, closed, flavor, { system })), "EBADF");
    }
  }
  const ports = {
    2: [1, "ENOTSUP"],
    3: [2, "EOPNOTSUPP"],
    5: [3, "EBADF"],
    6: [6, "EBADF"],
  } as const;
  for (const port of [1, 2, 3, 6]) item(PID, "FILEPORT", BigInt(port), BigInt(port));
  for (const [number, [kind, code]] of Object.entries(ports)) {
    const flavor = Number(number) as PidFileportInfoFlavor;
    for (const port of [1, 2, 3, 6]) {
      if (port === kind) pidFileportInfo(PID, port, flavor, { system });
      else assertEquals(codeOf(() => pidFileportInfo(PID, port, flavor, { system })), code);
    }
    assertEquals(codeOf(() => pidFileportInfo(PID, 99, flavor, { system })), "EINVAL");
  }
});

test("trap 19: a vnode that was revoked is ENOENT", () => {
  const { system, item, set } = withProcess();
  item(PID, "FD", 0n, 1n);
  set(PID, "VNODE_ERRNO", 2n);
  for (const flavor of [1, 2] as const) {
    assertEquals(codeOf(() => pidFdInfo(PID, 0, flavor, { system })), "ENOENT");
  }
  assertEquals(codeOf(() => pidInfo(PID, 9, 0n, { system })), "ENOENT");
});

test("trap 20: PROC_PIDFDATALKINFO is EINVAL, and PROC_PID_RUSAGE is not a flavor", () => {
  const { kernel, system, item } = withProcess();
  item(PID, "FD", 0n, 1n);
  assertEquals(codeOf(() => pidFdInfo(PID, 0, 8, { system })), "EINVAL");
  const asked = kernel.calls.length;
  assertThrows(() => pidInfo(PID, 16 as PidInfoFlavor, 0n, { system }), RangeError, "flavor");
  assertEquals(kernel.calls.length, asked);
  const raw = () => procInfo(PIDINFO, PID, 16, 0n, new Uint8Array(4096), undefined, { system });
  assertEquals(codeOf(raw), "EINVAL");
});

test("trap 21: descriptor -1 of a process without a work queue's kqueue is null, and an empty list", () => {
  const scene = withProcess();
  const first = pidFdInfo(PID, -1, 7, scene);
  assertEquals(first, null);
  assertEquals(pidFdInfo(PID, -1, 9, scene), []);
  scene.set(PID, "WORKQ_KQUEUE", 3n);
  assertEquals(Object.keys(pidFdInfo(PID, -1, 7, scene)!), ["pfi", "kqueueinfo"]);
  assertEquals(pidFdInfo(PID, -1, 9, scene).length, 2);
  scene.set(PID, "WORKQ_KQUEUE", 0n);
  assertEquals(pidFdInfo(PID, -1, 7, scene), null);
  assertEquals(
    new Set(scene.kernel.calls.map(({ arg }) => arg)),
    new Set([0xffff_ffff_ffff_ffffn]),
  );
});

test("trap 21: descriptor -1 of a process is EBADF to every other flavor", () => {
  const { system } = withProcess();
  for (const flavor of [1, 2, 4, 5, 6, 10] as const) {
    assertEquals(codeOf(() => pidFdInfo(PID, -1, flavor, { system })), "EBADF");
  }
});

test("trap 22: PROC_PIDLISTFILEPORTS sizes none as 0, and still finds what comes up", () => {
  for (const made of [0, 1, 15, 16, 17, 100]) {
    const scene = withProcess();
    let sized = false;
    const procInfo: typeof scene.kernel.procInfo = (...call) => {
      const answer = scene.kernel.procInfo(...call);
      for (let port = 1; port <= made && !sized; port++) {
        scene.item(PID, "FILEPORT", BigInt(port), 1n);
      }
      sized = true;
      return answer;
    };
    assertEquals(
      pidInfo(PID, 14, 0n, { system: systemOf({ ...scene.kernel, procInfo }) }).length,
      made,
    );
    assertEquals(scene.kernel.calls[0]?.answer, 0);
  }
});

test("trap 22: a list whose size is not a multiple of its rows is not treated as complete too soon", () => {
  for (const odd of [1, 3, 4, 7]) {
    const scene = withProcess();
    for (let fd = 0; fd < 100; fd++) scene.item(PID, "FD", BigInt(fd), 1n);
    const kernel = scriptedKernel(({ callnum, pid, flavor, arg }, buffer) =>
      buffer === null ? odd : scene.kernel.procInfo(callnum, pid, flavor, arg, buffer)
    );
    assertEquals(pidInfo(PID, 1, 0n, { system: systemOf(kernel) }).length, 100);
  }
});

test("trap 22: listCoalitions() has no slack to count on, and finds what comes up between its calls", () => {
  for (const made of [0, 15, 16, 17, 100]) {
    const scene = openScene();
    scene.control.double_coalition(1n, 0, 1);
    let sized = false;
    const procInfo: typeof scene.kernel.procInfo = (...call) => {
      const answer = scene.kernel.procInfo(...call);
      for (let i = 0; i < made && !sized; i++) scene.control.double_coalition(BigInt(2 + i), 0, 1);
      sized = true;
      return answer;
    };
    assertEquals(
      listCoalitions(2, 0, { system: systemOf({ ...scene.kernel, procInfo }) }).length,
      1 + made,
    );
    assertEquals(scene.kernel.calls[0]?.answer, 16);
  }
});

test("trap 22: listCoalitions() drops no row where the kernel cuts one", () => {
  const scene = openScene();
  for (let i = 0; i < 40; i++) scene.control.double_coalition(BigInt(i), 1, 1);
  const odd = scriptedKernel(({ callnum, pid, flavor, arg }, buffer) =>
    buffer === null ? 100 : scene.kernel.procInfo(callnum, pid, flavor, arg, buffer)
  );
  const coalitions = listCoalitions(1, 0, { system: systemOf(odd) });
  assertEquals(
    coalitions.map(({ coalition_id }) => coalition_id),
    Array.from({ length: 40 }, (_, i) => BigInt(i)),
  );
  assertEquals(scene.kernel.calls.map(({ size, answer }) => [size, answer]), [[356, 356], [
    712,
    640,
  ]]);
  const cut = scriptedKernel((_, buffer) => buffer === null ? 0 : 40);
  assertEquals(listCoalitions(1, 0, { system: systemOf(cut) }).length, 2);
});

test("trap 23: kernMsgBuf() is for root, comes without its NUL, and whole however long it is", () => {
  const scene = openScene();
  assertEquals(codeOf(() => kernMsgBuf(scene)), "EPERM");
  scene.control.double_caller(SELF, 0, 0);
  assertEquals(kernMsgBuf(scene), "\n");
  for (const length of [131069, 131070, 131071, 131072, 300_000]) {
    const text = "first line\n".padEnd(length - 5, "é".repeat(3)) + "last";
    scene.blob("KMSG", 0, 0n, text);
    const answer = kernMsgBuf(scene);
    assertEquals([answer.length, answer === `${text}\n`], [text.length + 1, true]);
  }
});

test("trap 23: kernMsgBuf() grows while the answer fills the buffer, as that is only the newest part", () => {
  const scene = openScene();
  scene.control.double_caller(SELF, 0, 0);
  for (const [bytes, asked] of [[131070, 1], [131071, 2], [262143, 3]] as const) {
    scene.blob("KMSG", 0, 0n, "x".repeat(bytes - 1) + "\n");
    const before = scene.kernel.calls.length;
    assertEquals(kernMsgBuf(scene).length, bytes);
    assertEquals(scene.kernel.calls.length - before, asked);
  }
  assertEquals(scene.control.double_calls(KERNMSGBUF), 6n);
});

test("trap 24: terminate() returns the signal and really ends the process", () => {
  const scene = withProcess();
  scene.add(301, ME, named("DOUBLE_TRACKED"));
  scene.add(302, ME, named("DOUBLE_SUSPENDED"));
  scene.add(303, OTHER);
  assertEquals([PID, 301, 302].map((pid) => terminate(pid, scene)), [15, 9, 9]);
  assertEquals([PID, 301, 302].map((pid) => scene.control.double_exists(pid)), [2, 2, 2]);
  assertEquals([303, SELF, 1].map((pid) => codeOf(() => terminate(pid, scene))), [
    "EPERM",
    "EPERM",
    "EPERM",
  ]);
  assertEquals([0, -1, PID, 999].map((pid) => codeOf(() => terminate(pid, scene))), [
    "EINVAL",
    "EINVAL",
    "ESRCH",
    "ESRCH",
  ]);
  assertEquals(scene.control.double_exists(303), 1);
});

test("trap 24: terminateRsr() returns the signal, also if no process gets it", () => {
  const scene = withProcess(ME, named("DOUBLE_RSR"));
  scene.add(301);
  assertEquals(codeOf(() => terminateRsr(1, scene)), "EINVAL");
  assertEquals(terminateRsr(9, scene), 9);
  assertEquals([PID, 301].map((pid) => scene.control.double_exists(pid)), [2, 1]);
  assertEquals(terminateRsr(15, scene), 15);
  scene.add(302, OTHER, named("DOUBLE_RSR"));
  assertEquals(codeOf(() => terminateRsr(15, scene)), "EPERM");
});

const token = (pid: number, version: bigint) => ({ val: [0, 0, 0, 0, 0, pid, 0, Number(version)] });

test("trap 24: an audit token names one identity, and signal 0 is EINVAL", () => {
  const scene = withProcess();
  const version = scene.get(PID, "IDVERSION");
  const target = token(PID, version), gone = token(PID, version - 1n);
  assertEquals(codeOf(() => signalAuditToken(target, 0, scene)), "EINVAL");
  assertEquals(codeOf(() => signalAuditToken(target, 32, scene)), "EINVAL");
  assertEquals(codeOf(() => signalAuditToken(gone, 9, scene)), "ESRCH");
  assertEquals(codeOf(() => terminateAuditToken(gone, scene)), "ESRCH");
  assertEquals(scene.get(PID, "SIGNAL"), 0n);
  signalAuditToken(target, 30, scene);
  assertEquals(scene.get(PID, "SIGNAL"), 30n);
  assertEquals(terminateAuditToken(target, scene), 15);
  assertEquals(scene.control.double_exists(PID), 2);
  const self = token(SELF, scene.get(SELF, "IDVERSION"));
  assertEquals(codeOf(() => terminateAuditToken(self, scene)), "EPERM");
});

test("trap 24: delegates need the entitlement, and act with the instigator's rights", () => {
  const scene = withProcess();
  scene.add(301, OTHER);
  const [me, other] = [PID, 301].map((pid) => token(pid, scene.get(pid, "IDVERSION")));
  assertEquals(codeOf(() => delegateSignal(me!, other!, 0, scene)), "EPERM");
  assertEquals(codeOf(() => delegateTerminate(me!, other!, scene)), "EPERM");
  scene.control.double_caller(SELF, ME, 1);
  assertEquals(codeOf(() => delegateSignal(me!, other!, 0, scene)), "EINVAL");
  assertEquals(codeOf(() => delegateSignal(me!, other!, 30, scene)), "EPERM");
  const root = token(1, scene.get(1, "IDVERSION"));
  delegateSignal(root, other!, 30, scene);
  assertEquals([scene.get(301, "SIGNAL"), scene.get(PID, "SIGNAL")], [30n, 0n]);
  assertEquals(delegateTerminate(root, other!, scene), 15);
  assertEquals(scene.control.double_exists(301), 2);
  assertEquals(codeOf(() => delegateTerminate(root, other!, scene)), "ESRCH");
});

test("trap 25: PROC_PIDVMRTFAULTINFO fails although it wrote, and is called again with more room", () => {
  for (const records of [0, 1, 73, 74, 75, 500]) {
    const scene = openScene();
    for (let i = 0; i < records; i++) scene.item(SELF, "FAULT", BigInt(i), 1n);
    const faults = pidInfo(SELF, 29, 0n, scene);
    assertEquals(faults.map(({ rtfabstime }) => Number(rtfabstime)), [...Array(records).keys()]);
    assert(!sizes(scene).includes(null));
  }
});

test("trap 25: an ENOMEM that never ends is passed on", () => {
  const kernel = scriptedKernel(() => -12);
  assertEquals(codeOf(() => pidInfo(SELF, 29, 0n, { system: systemOf(kernel) })), "ENOMEM");
  assertEquals(codeOf(() => pidInfo(SELF, 24, 0n, { system: systemOf(kernel) })), "ENOMEM");
  assert(kernel.calls.length < 40);
});

test("trap 25: only the caller's own faults are reported", () => {
  const { system } = withProcess();
  assertEquals(codeOf(() => pidInfo(PID, 29, 0n, { system })), "EINVAL");
});

test("trap 26: a busy work queue is called again, 8 times at most, one that is not there is ESRCH", () => {
  for (const [busy, calls] of [[0n, 1], [1n, 2], [7n, 8]] as const) {
    const scene = withProcess();
    scene.set(PID, "WORKQUEUE_BUSY", busy);
    pidInfo(PID, 12, 0n, scene);
    assertEquals(scene.kernel.calls.length, calls);
  }
  const scene = withProcess();
  scene.set(PID, "WORKQUEUE", 0n);
  assertEquals(codeOf(() => pidInfo(PID, 12, 0n, scene)), "ESRCH");
  assertEquals(scene.kernel.calls.length, 8);
  assertEquals(codeOf(() => pidInfo(0, 12, 0n, scene)), "EINVAL");
  assertEquals(scene.kernel.calls.length, 9);
});

test("trap 27: PROC_PIDTHREADCOUNTS is called again while it is cut, and is ENOTSUP in a virtual machine", () => {
  for (
    const [levels, sizesAsked] of [[0, [168]], [1, [168]], [4, [168]], [5, [168, 336]], [9, [
      168,
      336,
      672,
    ]]] as const
  ) {
    const scene = withProcess();
    scene.option("PERF_LEVELS", BigInt(levels));
    scene.item(PID, "THREAD", 7n, 8n);
    const { ptc_len, ptc_counts } = pidInfo(PID, 34, 7n, scene);
    assertEquals([ptc_len, ptc_counts.length], [levels, levels]);
    assertEquals(sizes(scene), sizesAsked as readonly number[] as (number | null)[]);
  }
  const scene = withProcess();
  scene.option("VIRTUAL_MACHINE", 1n);
  assertEquals(codeOf(() => pidInfo(PID, 34, 7n, scene)), "ENOTSUP");
});

test("trap 28: the raw call has another order of arguments, and flavors where others have process ids", () => {
  const kernel = scriptedKernel(() => -1);
  for (
    const call of [
      () => pidFdInfo(11, 22, 3, { system: systemOf(kernel) }),
      () => pidFileportInfo(11, 22, 3, { system: systemOf(kernel) }),
      () => pidDynKqueueInfo(11, 0, 22n, { system: systemOf(kernel) }),
      () => listCoalitions(2, 1, { system: systemOf(kernel) }),
      () => listPids(4, 22, { system: systemOf(kernel) }),
      () => pidOriginatorInfo(2, { system: systemOf(kernel) }),
      () => signalAuditToken({ val: [0, 0, 0, 0, 0, 11, 0, 22] }, 3, { system: systemOf(kernel) }),
      () => terminateRsr(15, { system: systemOf(kernel) }),
    ]
  ) assertEquals(codeOf(call), "EPERM");
  assertEquals(
    kernel.calls.map(({ callnum, pid, flavor, arg }) => [callnum, pid, flavor, Number(arg)]),
    [
      [3, 11, 3, 22],
      [6, 11, 3, 22],
      [13, 11, 0, 22],
      [11, 2, 1, 0],
      [1, 4, 22, 0],
      [10, 0, 2, 0],
      [17, 0, 3, 0],
      [16, 0, 0, 15],
    ],
  );
});

test("trap 30: names are bytes that may split a character, and a path may be empty", () => {
  const { system, option, blob, control, item } = withProcess();
  option("MEANINGFUL", 1n);
  blob("COMM", PID, 0n, "fourteen byte-é");
  blob("NAME", PID, 0n, Uint8Array.from([0xff, 0x41, 0xef, 0xbb, 0xbf]));
  const { pbi_comm, pbi_name } = pidInfo(PID, 3, 0n, { system });
  assertEquals(pbi_comm, "fourteen byte-\ufffd");
  assertEquals(pbi_name, "\ufffdA\ufeff");
  blob("PATH", PID, 0n, Uint8Array.from([0x2f, 0xc3]));
  assertEquals(pidInfo(PID, 11, 0n, { system }), "/\ufffd");
  item(PID, "FD", 0n, 1n);
  control.double_set_blob(named("DOUBLE_FD_PATH"), PID, 0n, new Uint8Array(1), 0);
  assertEquals(pidFdInfo(PID, 0, 2, { system }).pvip.vip_path, "");
});

test("trap 31: a call that blocks in the kernel is waited for", () => {
  const { system, option } = withProcess();
  option("DELAY_USEC", 30_000n);
  const start = performance.now();
  pidInfo(PID, 3, 0n, { system });
  const waited = performance.now() - start;
  option("DELAY_USEC", 0n);
  assert(waited >= 29);
});

test("trap 32: no terminal is 0xffffffff, not -1 and not 0", () => {
  const { system, option } = withProcess();
  option("MEANINGFUL", 1n);
  const { e_tdev, e_tpgid } = pidInfo(PID, 3, 0n, { system });
  assertEquals([e_tdev, e_tpgid], [NODEV, 0]);
});

test("trap 33: every bit of 64 comes and goes", () => {
  const { system, option, set, item, control } = withProcess();
  const big = 0xfedc_ba98_7654_3211n;
  option("MEANINGFUL", 1n);
  set(PID, "UNIQUEID", big);
  assertEquals(pidInfo(PID, 17, 0n, { system }).p_uniqueid, big);
  for (const value of [0n, 1n, 1n << 53n, (1n << 53n) + 1n, big, (1n << 64n) - 1n]) {
    setUdata(value, { system });
    assertEquals([getUdata({ system }), control.double_get(SELF, named("DOUBLE_UDATA"))], [
      value,
      value,
    ]);
  }
  item(PID, "DYNKQUEUE", big, 1n);
  assertEquals(pidInfo(PID, 27, 0n, { system }), BigUint64Array.of(big));
  assertEquals(pidDynKqueueInfo(PID, 0, big, { system }).kqdi_info.kq_stat.vst_ino, big);
  item(PID, "THREAD", big, big - 1n);
  pidInfo(PID, 15, big, { system });
  pidInfo(PID, 5, big - 1n, { system });
  item(PID, "REGION", big, 1n);
  assertEquals(pidInfo(PID, 7, big, { system }).pri_address, big);
});

test("trap 34: error numbers are Darwin's, and ENOTSUP and EOPNOTSUPP are two", () => {
  const { system, item } = withProcess();
  item(PID, "FILEPORT", 1n, 6n);
  const vnode = thrownBy(() => pidFileportInfo(PID, 1, 2, { system }));
  const socket = thrownBy(() => pidFileportInfo(PID, 1, 3, { system }));
  assertEquals([vnode.code, vnode.errno], ["ENOTSUP", 45]);
  assertEquals([socket.code, socket.errno], ["EOPNOTSUPP", 102]);
  item(PID, "FD", 0n, 1n);
  const noSocket = thrownBy(() => pidFdInfo(PID, 0, 3, { system }));
  assertEquals([noSocket.code, noSocket.errno], ["ENOTSOCK", 38]);
});

// Behavior that is not one of the traps.

test("pidInfoOf() finds one identity of a process only, and is ENOSYS on older kernels", () => {
  const scene = withProcess();
  const { system } = scene;
  const uniqueId = scene.get(PID, "UNIQUEID"), idVersion = Number(scene.get(PID, "IDVERSION"));
  const expected = pidInfo(PID, 13, 0n, { system });
  assertEquals(pidInfoOf(PID, { uniqueId }, 13, 0n, { system }), expected);
  assertEquals(pidInfoOf(PID, { idVersion }, 13, 0n, { system }), expected);
  assertEquals(
    codeOf(() => pidInfoOf(PID, { uniqueId: uniqueId + 1n }, 13, 0n, { system })),
    "ESRCH",
  );
  assertEquals(
    codeOf(() => pidInfoOf(PID, { idVersion: idVersion + 1 }, 13, 0n, { system })),
    "ESRCH",
  );
  set64(scene);
  assertEquals(pidInfoOf(PID, { uniqueId: 1n << 63n }, 13, 0n, { system }), expected);
  assertEquals(codeOf(() => pidInfoOf(PID, { uniqueId: 0n }, 13, 0n, { system })), "ESRCH");
  scene.set(PID, "IDVERSION", 0xffff_fffen);
  // The id version is signed in the struct and unsigned in an audit token.
  for (const idVersion of [-2, 0xfffffffe]) {
    assertEquals(pidInfoOf(PID, { idVersion }, 13, 0n, { system }), expected);
  }
  scene.option("NO_EXTENDED", 1n);
  const error = thrownBy(() => pidInfoOf(PID, { uniqueId }, 13, 0n, { system }));
  assertEquals([error.code, error.callnum, error.pid, error.flavor], ["ENOSYS", 2, PID, 13]);
});

const set64 = (scene: Scene) => scene.set(PID, "UNIQUEID", 1n << 63n);

test("both flags of the extended call together are EINVAL", () => {
  const { kernel } = withProcess();
  assertEquals(kernel.procInfoExtendedId(2, PID, 13, 3, 0n, 0n, new Uint8Array(64)), -22);
});

test("pidInfo() with a flavor that an older kernel does not know is EINVAL", () => {
  const scene = withProcess();
  scene.control.double_old_kernel(-1, 20);
  const unknown = FLAVORS.filter((flavor) => {
    try {
      pidInfo(PID, flavor, 0n, scene);
    } catch (error) {
      return (error as ProcInfoError).code === "EINVAL";
    }
    return false;
  });
  // Flavors 7 and 8 fail because the process has no region.
  assertEquals(unknown, [7, 8, ...FLAVORS.filter((flavor) => flavor > 20)]);
});

test("the policy's errno is passed on, and the second check of PROC_PIDLISTFDS too", () => {
  const scene = withProcess();
  scene.option("POLICY_ERRNO", 13n);
  for (const flavor of FLAVORS) {
    assertEquals(codeOf(() => pidInfo(PID, flavor, 0n, scene)), "EACCES");
  }
  scene.option("POLICY_CALLNUM", 3n);
  assertEquals(codeOf(() => pidInfo(PID, 1, 0n, scene)), "EACCES");
  pidInfo(PID, 3, 0n, scene);
});

test("PROC_PIDNOTEEXIT reports the status of an ended child, and only of a child", () => {
  const scene = withProcess();
  scene.option("MEANINGFUL", 1n);
  assertEquals(pidInfo(PID, 21, 0x04000000n, scene), 0);
  scene.set(PID, "XSTATUS", 0x0700n);
  scene.control.double_zombie(PID);
  assertEquals(pidInfo(PID, 21, 0x04000000n, scene), 0x0700);
  assertEquals(pidInfo(PID, 21, 0n, scene), 0);
  scene.control.double_add(301, 1, 301, NODEV, ME, ME, 0);
  assertEquals(codeOf(() => pidInfo(301, 21, 0n, scene)), "EACCES");
});

test("PROC_PIDEXITREASONINFO brings the data along, whatever its length", () => {
  const scene = withProcess();
  assertEquals(codeOf(() => pidInfo(PID, 24, 0n, scene)), "ENOENT");
  for (const length of [0, 1, 4095, 4096, 4097, 60_000, 3]) {
    const data = Uint8Array.from({ length }, (_, i) => i * 7 + length);
    scene.blob("EXIT_REASON", PID, 0n, data);
    const reason = pidInfo(PID, 24, 0n, scene);
    assertEquals(
      [reason.eri_reason_buf_size, reason.data],
      [length, data] as [number, typeof data],
    );
    assertEquals(reason.data.buffer.byteLength, length);
  }
});

test("the settings of a process reach it", () => {
  const scene = openScene();
  const { system } = scene;
  setProcessControl(2, { system });
  assertEquals(scene.get(SELF, "PCONTROL"), 2n);
  assertEquals(codeOf(() => setProcessControl(4, { system })), "EINVAL");
  setDelayIdleSleep(true, { system });
  assertEquals(scene.get(SELF, "DELAY_IDLE_SLEEP"), 1n);
  setDelayIdleSleep(false, { system });
  assertEquals(scene.get(SELF, "DELAY_IDLE_SLEEP"), 0n);
  assertEquals(codeOf(() => setVmResourceOwner({ system })), "EPERM");
  scene.control.double_caller(SELF, 0, 0);
  setVmResourceOwner({ system });
  const other = { system: { ...system, pid: () => 1 } };
  for (
    const call of [
      () => setProcessControl(0, other),
      () => setThreadName("x", other),
      () => setVmResourceOwner(other),
      () => setDelayIdleSleep(true, other),
    ]
  ) assertEquals(codeOf(call), "EINVAL");
});

test("setThreadName() takes 63 bytes of UTF-8, and an empty name takes it away", () => {
  const scene = openScene();
  const { system } = scene;
  const name = () => new TextDecoder().decode(scene.blobOf("SET_NAME", SELF)!);
  for (const text of ["main", "x".repeat(63), "é".repeat(31), ""]) {
    setThreadName(text, { system });
    assertEquals(name(), text);
  }
  for (const text of ["x".repeat(64), "é".repeat(32)]) {
    assertEquals(codeOf(() => setThreadName(text, { system })), "ENAMETOOLONG");
  }
  assertEquals(scene.kernel.calls.map(({ size }) => size), [4, 63, 62, 0, 64, 64]);
});

test("getUdata() and setUdata() are for the caller itself: another process is EACCES", () => {
  const { kernel, system, set } = withProcess();
  set(PID, "UDATA", 5n);
  const other = { system: { ...system, pid: () => PID } };
  assertEquals(codeOf(() => getUdata(other)), "EACCES");
  assertEquals(codeOf(() => setUdata(1n, other)), "EACCES");
  assertEquals(new Set(kernel.calls.map(({ size }) => size)), new Set([8]));
});

test("dirty tracking goes the way of a process that is tracked, dirty and clean again", () => {
  const scene = withProcess();
  const { system } = scene;
  assertEquals(codeOf(() => setDirty(PID, true, { system })), "EINVAL");
  assertEquals(codeOf(() => trackDirty(PID, 2, { system })), "EINVAL");
  trackDirty(PID, 1 | 2 | 8, { system });
  assertEquals(getDirty(PID, { system }), 1 | 2 | 8);
  setDirty(PID, true, { system });
  assertEquals(getDirty(PID, { system }), 1 | 2 | 4 | 8);
  assertEquals(codeOf(() => setDirty(PID, true, { system })), "EALREADY");
  dirtyControl(PID, 4, 8, { system });
  assertEquals(dirtyControl(PID, 3, 0, { system }), 1 | 2 | 4);
  setDirty(PID, false, { system });
  assertEquals(dirtyControl(PID, 3, undefined, { system }), 1 | 2);
  scene.set(PID, "FLAGS", BigInt(named("DOUBLE_EXITING")));
  assertEquals(codeOf(() => trackDirty(PID, 1, { system })), "EBUSY");
});

test("pidOriginatorInfo() passes on that there is no originator", () => {
  const { system, option } = openScene();
  for (const [errno, code] of [[93n, "ENOATTR"], [3n, "ESRCH"], [22n, "EINVAL"]] as const) {
    option("ORIGINATOR_ERRNO", errno);
    for (const flavor of [1, 2, 3] as const) {
      assertEquals(codeOf(() => pidOriginatorInfo(flavor, { system })), code);
    }
  }
});

test("pidOriginatorInfo() gives a UUID that is the caller's to keep", () => {
  const { system } = openScene();
  const first = pidOriginatorInfo(1, { system });
  const expected = patternBytes({ callnum: 10, flavor: 1, pid: 0 }, 16);
  pidOriginatorInfo(1, { system }).fill(0);
  assertEquals(first, expected);
});

test("canUseFgHw() reports the reason of a yes, of a no and of a failure", () => {
  const scene = withProcess(ME, named("DOUBLE_VOUCHER"));
  const { system, option } = scene;
  assertEquals(canUseFgHw(SELF, { system }), { allowed: true, reason: 0 });
  option("FGHW_MAY", 0n);
  option("FGHW_REASON", 12n);
  assertEquals(canUseFgHw(SELF, { system }), { allowed: false, reason: 12 });
  for (
    const [pid, code] of [[PID, "EPERM"], [0, "EINVAL"], [-5, "EINVAL"], [999, "ESRCH"]] as const
  ) {
    const error = assertThrows(() => canUseFgHw(pid, { system }), CanUseFgHwError);
    assert(error instanceof ProcInfoError);
    assertEquals([error.code, error.callnum, error.pid, error.flavor, error.reason], [
      code,
      12,
      pid,
      0,
      99,
    ]);
  }
  scene.control.double_caller(SELF, 0, 0);
  assertEquals(codeOf(() => canUseFgHw(PID, { system })), "EINVAL");
});

test("canUseFgHw() distinguishes an absent reason from reason 0", () => {
  const refused = scriptedKernel(() => -45);
  const error = assertThrows(() => canUseFgHw(PID, { system: systemOf(refused) }), CanUseFgHwError);
  assertEquals([error.code, error.reason], ["ENOTSUP", undefined]);
  const silent = scriptedKernel(() => 1);
  assertThrows(() => canUseFgHw(PID, { system: systemOf(silent) }), Error, "4 bytes");
});

test("setDyldImages() passes the kernel the address and the length of the view itself", () => {
  const { bare, control } = openScene();
  const memory = new Uint8Array(new ArrayBuffer(512));
  setDyldImages(new DataView(memory.buffer, 32, 400), { system: bare });
  const option = (name: string) => control.double_option_get(named(`DOUBLE_${name}`));
  assertEquals(option("DYLD_ADDRESS"), control.double_address(memory) + 32n);
  assertEquals(option("DYLD_SIZE"), 400n);
  setDyldImages(memory, { system: bare });
  assertEquals(codeOf(() => setDyldImages(new Uint8Array(64), { system: bare })), "EINVAL");
});

test("setDyldImages() keeps the memory that the kernel knows of alive, however small", async () => {
  const { bare, control, option } = openScene();
  const address = () => control.double_option_get(named("DOUBLE_DYLD_ADDRESS"));
  const kept = (() => {
    const images = new Uint8Array(16).fill(0x5a);
    setDyldImages(images, { system: bare });
    return new WeakRef(images.buffer);
  })();
  const told = address();
  const lost = (() => new WeakRef(new ArrayBuffer(16)))();
  for (let round = 0; round < 200 && lost.deref(); round++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    Array.from({ length: 2000 }, () => new ArrayBuffer(4096));
  }
  assert(kept.deref());
  assertEquals(control.double_address(new Uint8Array(kept.deref()!)), told);
  option("DYLD_ADDRESS", 0n);
});

test("double_fail: a failure in any of the calls that a list takes is passed on", () => {
  for (const nth of [1, 2]) {
    const scene = withProcess();
    scene.item(PID, "FD", 0n, 1n);
    scene.control.double_fail(PIDINFO, nth, 5);
    const error = assertThrows(() => pidInfo(PID, 1, 0n, scene), ProcInfoError);
    assertEquals([error.code, scene.kernel.calls.length], ["EIO", nth]);
  }
  const scene = withProcess();
  scene.control.double_fail(PIDRUSAGE, 1, 5);
  assertEquals(codeOf(() => newestPidRusage(PID, scene)), "EIO");
});

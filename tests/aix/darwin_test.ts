import { assertEquals } from "@std/assert";
import {
  EPERM_INSUFFICIENT_PRIVS,
  ESRCH_INVALID_PID,
  GET_PROCENTRY64,
  getProcessGroup,
  kgetProcInfo,
  procEntry,
  procentry64,
  SACTIVE,
  SZOMB,
  VALIDATE_PID,
} from "../../lib/aix/mod.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import { doubleTest as test, NODEV, openDouble } from "../support/double.ts";
import { named } from "../support/double_names.ts";

const CONTROLT = named("DOUBLE_CONTROLT");

/**
 * Opens a double. Group 100 has 100, 101 and the zombie 102; 103 belongs to root, and the caller is
 * user 501.
 */
function scene() {
  const double = openDouble();
  const { control, set, option } = double;
  option("MEANINGFUL", 1n);
  control.double_add(100, 1, 100, 0x10000003, 501, 501, CONTROLT);
  control.double_add(101, 100, 100, NODEV, 501, 502, 0);
  control.double_add(102, 100, 100, NODEV, 501, 501, 0);
  control.double_zombie(102);
  control.double_add(103, 1, 103, NODEV, 0, 0, 0);
  set(101, "USER_TICKS", 24_000_000n * 3n);
  set(101, "VIRTUAL_SIZE", 1n << 24n);
  set(101, "RESIDENT_SIZE", 1n << 20n);
  return double;
}

test("GET_PROCENTRY64 on macOS reports ids, users, terminal and state", () => {
  const entry = procEntry(100, scene());
  assertEquals([entry.pi_pid, entry.pi_ppid, entry.pi_pgrp], [100, 1, 100]);
  assertEquals(entry.pi_sid, 100);
  assertEquals([entry.pi_ttyp, entry.pi_ttyd], [1, 0x10000003n]);
  assertEquals(entry.pi_state, SACTIVE);
  const other = procEntry(101, scene());
  assertEquals([other.pi_cred.crx_uid, other.pi_cred.crx_ruid, other.pi_uid], [501, 502, 502]);
  assertEquals([other.pi_ttyp, other.pi_ttyd], [0, 0n]);
});

test("GET_PROCENTRY64 on macOS reports times in seconds, whatever the kernel's unit", () => {
  const { ru_utime } = procEntry(101, scene()).pi_ru;
  assertEquals(ru_utime, { tv_sec: 3n, tv_usec: 0 });
});

test("GET_PROCENTRY64 on macOS reports sizes in the pages of the machine", () => {
  const entry = procEntry(101, scene());
  assertEquals(entry.pi_size, (1n << 24n) >> BigInt(entry.pi_data_l2psize));
  assertEquals(entry.pi_data_l2psize > 11, true);
  // In hundredths of the memory of the machine.
  const double = scene();
  double.set(101, "RESIDENT_SIZE", 1n << 32n);
  assertEquals(procEntry(101, double).pi_prm, 25n);
  double.option("MEMSIZE", 0n);
  assertEquals(procEntry(101, double).pi_prm, 0n);
});

test("kgetProcInfo() on macOS finds zombies, groups and what is refused", () => {
  const double = scene();
  assertEquals(procEntry(102, double).pi_state, SZOMB);
  assertEquals(getProcessGroup(100, double), [101, 100, 102]);
  assertEquals(kgetProcInfo(VALIDATE_PID, 103, null, null, double), 0);
  const data = new Uint8Array(procentry64.size).fill(0xa5);
  const size = { value: data.byteLength };
  // No source reports processes of other users.
  double.option("KERN_PROC_ERRNO", BigInt(ERRNO.EPERM));
  assertEquals(kgetProcInfo(GET_PROCENTRY64, 103, data, size, double), EPERM_INSUFFICIENT_PRIVS);
  assertEquals(kgetProcInfo(GET_PROCENTRY64, 999, data, size, double), ESRCH_INVALID_PID);
  assertEquals(data.every((byte) => byte === 0xa5), true);
});

test("GET_PROCENTRY64 on macOS has what every user may know of another user's process", () => {
  const double = scene();
  const { control, set, item } = double;
  control.double_add(104, 103, 103, 0x10000004, 0, 502, CONTROLT);
  set(104, "NICE", 5n);
  set(104, "IGNORED", 1n);
  set(104, "CAUGHT", 1n << 14n);
  item(104, "GROUP", 12n);
  const entry = procEntry(104, double);
  assertEquals([entry.pi_pid, entry.pi_ppid, entry.pi_pgrp, entry.pi_sid], [104, 103, 103, 103]);
  assertEquals([entry.pi_uid, entry.pi_suid, entry.pi_cred.crx_uid], [502, 0, 0]);
  assertEquals([entry.pi_ttyp, entry.pi_ttyd], [1, 0x10000004n]);
  assertEquals([entry.pi_nice, entry.pi_state, entry.pi_comm], [25, SACTIVE, "double-104"]);
  assertEquals([entry.pi_signal[0], entry.pi_signal[14], entry.pi_signal[8]], [1n, 3n, 0n]);
  assertEquals([entry.pi_cred.crx_ngrps, entry.pi_cred.crx_groups[0]], [1, 12]);
  assertEquals(entry.pi_start, double.get(104, "START_SEC"));
  assertEquals([entry.pi_thcount, entry.pi_size], [0, 0n]);
});

/** The proofs of what the comments of lib/aix state about Linux and macOS. */
import { assert, assertEquals } from "@std/assert";
import { constants } from "node:os";
import process from "node:process";
import * as aix from "../../../lib/aix/mod.ts";
import { ERRNO } from "../../../lib/system/errors.ts";
import { defaultSystem } from "../../../lib/system/open.ts";
import type { System } from "../../../lib/system/system.ts";
import { type Double, openDouble, OTHER, SELF } from "../../support/double.ts";
import { codeOf, type Proofs } from "../../support/statements.ts";
import { MISSING, namesIn, valuesOf } from "./shared.ts";

/** The double, every field with its meaning. */
function meaningful(): Double {
  const double = openDouble(SELF);
  double.option("MEANINGFUL", 1n);
  return double;
}

/** The systems that a sentence names, with the caller's process on each. */
function systemsIn(sentence: string): readonly (readonly [System, pid: number])[] {
  const systems: Readonly<Record<string, () => readonly [System, number]>> = {
    Linux: () => [defaultSystem(), process.pid],
    macOS: () => [meaningful().system, SELF],
  };
  const names = sentence.match(/\b(?:Linux|macOS)\b/g) ?? [];
  assertEquals([...names].sort(), ["Linux", "macOS"]);
  return names.map((name) => systems[name]!());
}

/** `KERN_PROC` provides it only where the flavor is refused: to all users but root. */
function providesOthers(sentence: string): void {
  const [name = ""] = namesIn(sentence, /^KERN_/);
  const { control, add, option, system } = meaningful();
  add(200, OTHER);
  add(201);
  const entry = aix.procEntry(200, { system });
  assertEquals([entry.pi_pid, entry.pi_cred.crx_uid, entry.pi_state], [200, OTHER, aix.SACTIVE]);
  option(`${name}_ERRNO`, BigInt(ERRNO.EPERM));
  const codes = () => [200, 201].map((pid) => codeOf(() => aix.procEntry(pid, { system })));
  assertEquals(codes(), ["EPERM_INSUFFICIENT_PRIVS", undefined]);
  control.double_caller(SELF, 0, 0);
  assertEquals(codes(), [undefined, undefined]);
}

/** The numbers of AIX in its sys/errno.h. */
const AIX_ERRNO = { EPERM: 1, ESRCH: 3, EINVAL: 22, ERANGE: 34 } as const;

function areTheSame(): void {
  const darwin: Readonly<Record<string, number>> = ERRNO;
  const linux: Readonly<Record<string, number>> = constants.errno;
  const kerrnos = Object.entries(aix)
    .filter(([name]) => /^E(?:INVAL|SRCH|RANGE|PERM)_/.test(name)) as [string, number][];
  const codes = kerrnos.map(([name, kerrno]) => {
    const code = name.split("_")[0] as keyof typeof AIX_ERRNO;
    const errno = aix.kerrnoToErrno(kerrno);
    assertEquals([darwin[code], linux[code], AIX_ERRNO[code]], [errno, errno, errno]);
    return code;
  });
  assertEquals([...new Set(codes)].sort(), Object.keys(AIX_ERRNO).sort());
}

/** The function is in camel case what the sentence calls the service. */
function isTheService(sentence: string): void {
  const [name = ""] = namesIn(sentence, /\(\)$/);
  const camelCase = name.slice(0, -2).replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  const [service] = valuesOf<typeof aix.kgetProcInfo>(aix, [camelCase]);
  for (const [system, pid] of systemsIn(sentence)) {
    const data = new Uint8Array(aix.procentry64.size);
    const size = { value: data.byteLength };
    assertEquals(service!(aix.GET_PROCENTRY64, pid, data, size, { system }), 0);
    assertEquals(aix.procentry64.decode(data).pi_pid, pid);
  }
}

/** A user of the service, as it would be written for AIX: the members of the group of a process. */
function membersOf(pid: number, system: System): readonly number[] {
  const size = { value: 0 };
  let pids: Int32Array<ArrayBuffer> | null = null;
  for (;;) {
    const kerrno = aix.kgetProcInfo(aix.GET_PGRP_BY_MEMBER, pid, pids, size, { system });
    if (kerrno === 0 && pids !== null) return [...pids.subarray(0, size.value / 4)];
    if (kerrno !== 0 && kerrno !== aix.ERANGE_INSUFFICIENT_SIZE) return [];
    pids = new Int32Array(size.value / 4);
  }
}

/** A test of it, which expects the same of every system. */
function testMembersOf(pid: number, system: System): void {
  const group = aix.procEntry(pid, { system }).pi_pgrp;
  const members = membersOf(pid, system);
  assert(members.includes(pid));
  for (const member of members) {
    assertEquals(aix.kgetProcInfo(aix.VALIDATE_PID, member, null, null, { system }), 0);
    assertEquals(aix.procEntry(member, { system }).pi_pgrp, group);
  }
  const size = { value: 0 };
  assertEquals(aix.kgetProcInfo(aix.GET_PGRP, group, null, size, { system }), 0);
  assertEquals(size.value, members.length * 4);
  assertEquals(membersOf(MISSING, system), []);
}

/** The proof of each sentence of lib/aix. */
export const AIX: Proofs = {
  "lib/aix/gather.ts": {
    "On macOS, `KERN_PROC` provides it if the caller may not query the process.": providesOthers,
  },
  "lib/aix/kerrno.ts": {
    "Darwin, Linux and AIX have the same numbers for these errnos.": areTheSame,
  },
  "lib/aix/mod.ts": {
    "AIX's kernel service `kget_proc_info()` for macOS and Linux.": isTheService,
    "Code that uses AIX's process service, and the tests of such code, can run on macOS and Linux.":
      (sentence) => {
        for (const [system, pid] of systemsIn(sentence)) testMembersOf(pid, system);
      },
  },
};

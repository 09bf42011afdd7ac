import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { parseAuxv, parseBuildId, parseNoteSegments } from "../../lib/linux/sys/elf.ts";
import { parseSchedstat } from "../../lib/linux/parse/schedstat.ts";
import { parseStatm } from "../../lib/linux/parse/statm.ts";
import { parseStat, STAT } from "../../lib/linux/parse/stat.ts";
import {
  parseStatusHead,
  parseStatusMemory,
  STATUS,
  STATUS_COUNT,
  STATUS_MEMORY_COUNT,
} from "../../lib/linux/parse/status.ts";
import { Recent } from "../../lib/linux/proc/recent.ts";
import { toDarwinSignal, toDarwinStatus } from "../../lib/linux/sys/signal_number.ts";

const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** The rest of an earlier, longer read, after the end of the file. */
const STALE = "9 9 9\nUid:\t9\t9\t9\t9\nFDSize:\t99\nVmLck:\t99 kB\nVmSwap:\t99 kB\n";

// parse/stat

const LINE = "4194304 (a) (b) S 1 2 3 34816 -1 4194560 10 11 12 13 14 15 16 17 20 -5 4 0 344883 " +
  "2400256 152 18446744073709551615 94602769420288 94602769422013 140731229853792 0 0 0 0 0 0 1 0 " +
  "0 17 0 0 0 0 0 0 94602769432016 94602769432712 94603769069568 140731229858367 140731229858371 " +
  "140731229858371 140731229859828 1792\n";

test("parseStat() reads every field that has a name, at its number", () => {
  const text = latin1(LINE + STALE);
  const fields = new Float64Array(STAT.exit_code + 1);
  assertEquals(parseStat(text, LINE.length, STAT.exit_code, fields), true);
  const found = Object.fromEntries(Object.entries(STAT).map(([name, i]) => [name, fields[i]]));
  assertEquals(found, {
    name: 9,
    pid: 4194304,
    name_end: 14,
    state: 83,
    ppid: 1,
    pgrp: 2,
    session: 3,
    tty_nr: 34816,
    tpgid: -1,
    flags: 4194560,
    minflt: 10,
    majflt: 12,
    cmajflt: 13,
    utime: 14,
    stime: 15,
    cutime: 16,
    cstime: 17,
    priority: 20,
    nice: -5,
    num_threads: 4,
    starttime: 344883,
    vsize: 2400256,
    rss: 152,
    startcode: 94602769420288,
    endcode: 94602769422013,
    startstack: 140731229853792,
    exit_signal: 17,
    rt_priority: 0,
    policy: 0,
    start_data: 94602769432016,
    end_data: 94602769432712,
    start_brk: 94603769069568,
    arg_start: 140731229858367,
    arg_end: 140731229858371,
    env_start: 140731229858371,
    env_end: 140731229859828,
    exit_code: 1792,
  });
});

test("parseStat() reports where any name starts and ends", () => {
  for (const name of ["", ")", "a) (b", "\n\xff ", "x".repeat(63)]) {
    for (const pid of ["1", "4194304"]) {
      const line = `${pid} (${name}) R 2 3\n`;
      const fields = new Float64Array(STAT.exit_code + 1);
      parseStat(latin1(line), line.length, STAT.ppid, fields);
      assertEquals(line.slice(fields[STAT.name], fields[STAT.name_end]), name);
    }
  }
});

// parse/status

const HEAD = [
  "Name:\tUid:\\n\t5",
  "Umask:\t0022",
  "State:\tS (sleeping)",
  "Tgid:\t42",
  "Ngid:\t1",
  "Pid:\t43",
  "PPid:\t7",
  "TracerPid:\t8",
  "Uid:\t1000\t1001\t1002\t1003",
  "Gid:\t0\t1\t4294967295\t3",
  "FDSize:\t256",
  "",
].join("\n");
const MEMORY = [
  "Groups:\t1 2 3 ",
  "NStgid:\t42",
  "VmPeak:\t    1000 kB",
  "VmSize:\t    2000 kB",
  "VmLck:\t       3 kB",
  "VmPin:\t       4 kB",
  "VmHWM:\t    5555 kB",
  "VmRSS:\t    6000 kB",
  "RssAnon:\t     777 kB",
  "RssFile:\t    8000 kB",
  "VmPTE:\t      52 kB",
  "VmSwap:\t     999 kB",
  "SigQ:\t0/96365",
  "",
].join("\n");

function headOf(text: string): { end: number; fields: number[] } {
  const fields = new Float64Array(STATUS_COUNT + 1).fill(-7);
  const end = parseStatusHead(latin1(text + STALE), text.length, fields);
  return { end, fields: [...fields] };
}

function memoryOf(text: string, at = 0): number[] {
  const fields = new Float64Array(STATUS_MEMORY_COUNT + 1).fill(-7);
  parseStatusMemory(latin1(text + STALE), text.length, at, fields);
  return [...fields];
}

test("parseStatusHead() reads the lines down to FDSize, and reports where the next one starts", () => {
  const { end, fields } = headOf(HEAD + MEMORY);
  assertEquals(end, HEAD.length);
  assertEquals(fields, [42, 43, 8, 1000, 1001, 1002, 1003, 0, 1, 4294967295, 3, 256, -7]);
  assertEquals(fields[STATUS.euid], 1001);
  assertEquals(fields[STATUS.sgid], 4294967295);
});

test("parseStatusHead() is -1 for a file that ends before FDSize", () => {
  for (let length = 0; length <= HEAD.indexOf("FDS") + 1; length++) {
    assertEquals(headOf(HEAD.slice(0, length)).end, -1, `${length}`);
  }
});

test("parseStatusMemory() reads the six lines wherever it starts before them", () => {
  assertEquals(memoryOf(HEAD + MEMORY, HEAD.length), [3, 4, 5555, 6000, 777, 999, -7]);
  assertEquals(memoryOf(MEMORY), [3, 4, 5555, 6000, 777, 999, -7]);
});

test("parseStatusMemory() is 0 for lines that are not there, as in a zombie's file", () => {
  assertEquals(memoryOf("Groups:\t \nThreads:\t1\n"), [0, 0, 0, 0, 0, 0, -7]);
  assertEquals(memoryOf(""), [0, 0, 0, 0, 0, 0, -7]);
  assertEquals(memoryOf("VmPin:\t 4 kB\n"), [0, 4, 0, 0, 0, 0, -7]);
});

test("parseStatusMemory() passes any number of groups", () => {
  const groups = Array.from({ length: 60_000 }, (_, i) => 100_000 + i).join(" ");
  assertEquals(memoryOf(`Groups:\t${groups} \n${MEMORY}`), [3, 4, 5555, 6000, 777, 999, -7]);
});

// parse/schedstat

test("parseSchedstat() reads three numbers, 0 for those that are not there", () => {
  const read = (text: string) => {
    const fields = new Float64Array(4).fill(-7);
    parseSchedstat(latin1(`${text}77 77 77\n`), text.length, fields);
    return [...fields];
  };
  assertEquals(read("36541924 661697 5\n"), [36541924, 661697, 5, -7]);
  assertEquals(read("4503599627370497 1 2\n"), [4503599627370497, 1, 2, -7]);
  assertEquals(read("1 2"), [1, 2, 0, -7]);
  assertEquals(read(""), [0, 0, 0, -7]);
});

// parse/statm

test("parseStatm() reads two numbers, 0 for what is not there", () => {
  const fields = new Float64Array([-7, -7, -7]);
  const read = (text: string) => {
    parseStatm(latin1(`${text}77 77`), text.length, fields);
    return [...fields];
  };
  assertEquals(read("2700 422 392 1 0 2138 0\n"), [2700, 422, -7]);
  assertEquals(read("2700 4503599627370497"), [2700, 4503599627370497, -7]);
  assertEquals(read("0 0 0 0 0 0 0\n"), [0, 0, -7]);
  assertEquals(["2700 ", "2700", ""].map((text) => read(text).slice(0, 2)), [
    [2700, 0],
    [2700, 0],
    [0, 0],
  ]);
});

// parse/elf

/** Returns numbers as words of 8 or 4 bytes. */
function words(numbers: readonly (number | bigint)[], wide: boolean): DataView {
  const view = new DataView(new ArrayBuffer(numbers.length * (wide ? 8 : 4)));
  for (const [i, number] of numbers.entries()) {
    if (wide) view.setBigUint64(i * 8, BigInt(number), true);
    else view.setUint32(i * 4, Number(number), true);
  }
  return view;
}

test("parseAuxv() finds the program headers of programs of 64 and of 32 bits", () => {
  for (const wide of [true, false]) {
    const size = wide ? 56 : 32;
    const address = wide ? 0x5612_3456_7040n : 0x5655_6034n;
    const auxv = words([33, 1, 3, address, 4, size, 5, 13, 6, 4096, 0, 0, 3, 99], wide);
    const headers = { address: Number(address), size, count: 13 };
    assertEquals(parseAuxv(auxv, auxv.byteLength, wide), headers);
  }
});

test("parseAuxv() is null without one of the three, and for the wrong width", () => {
  const auxv = (...numbers: number[]) => words(numbers, true);
  for (
    const view of [auxv(), auxv(0, 0), auxv(3, 64, 4, 56), auxv(3, 64, 5, 2), auxv(4, 56, 5, 2)]
  ) {
    assertEquals(parseAuxv(view, view.byteLength, true), null);
  }
  const view = auxv(3, 64, 4, 32, 5, 2);
  assertEquals(parseAuxv(view, view.byteLength, true), null);
  assertEquals(parseAuxv(auxv(3, 64, 4, 56, 5, 2), 40, true), null);
});

/** Returns a program header of a 64-bit or a 32-bit program. */
function header(type: number, offset: number, virtual: number, size: number, wide: boolean) {
  const numbers = wide
    ? [type, 0, offset, 0, virtual, 0, virtual, 0, size, 0, size, 0, 4, 0]
    : [type, offset, virtual, virtual, size, size, 4, 4];
  return wide ? [type, 0, ...numbers.slice(2)] : numbers;
}

/** Parses a table of program headers at an address. */
function table(
  rows: readonly (readonly [type: number, offset: number, virtual: number, size: number])[],
  wide: boolean,
  address: number,
) {
  const numbers = rows.flatMap((row) => header(...row, wide));
  const headers = { address, size: wide ? 56 : 32, count: rows.length };
  return parseNoteSegments(words(numbers, false), headers, wide);
}

test("parseNoteSegments() finds the notes where they were moved to", () => {
  const PHDR = 6, LOAD = 1, NOTE = 4;
  for (const wide of [true, false]) {
    const moved = 0x40000000;
    assertEquals(
      table(
        [[PHDR, 64, 64, 728], [LOAD, 0, 0, 4096], [NOTE, 0x338, 0x338, 48], [
          NOTE,
          0x368,
          0x1368,
          68,
        ]],
        wide,
        moved + 64,
      ),
      [{ address: moved + 0x338, size: 48 }, { address: moved + 0x1368, size: 68 }],
    );
    // As in a program that is not relocated, and has no PHDR entry.
    const behind = wide ? 64 : 52;
    assertEquals(
      table(
        [[LOAD, 0, 0x400000, 4096], [LOAD, 4096, 0x401000, 1], [NOTE, 0x270, 0x400270, 36]],
        wide,
        0x400000 + behind,
      ),
      [{ address: 0x400270, size: 36 }],
    );
    assertEquals(table([[NOTE, 0x270, 0x400270, 36]], wide, 0x400040), []);
  }
});

function note(name: string, type: number, descriptor: readonly number[]): number[] {
  const padded = (bytes: readonly number[]) => [...bytes, ...[0, 0, 0].slice(0, -bytes.length & 3)];
  const bytes = [...name].map((char) => char.charCodeAt(0));
  return [
    ...[bytes.length, 0, 0, 0, descriptor.length, 0, 0, 0, type, 0, 0, 0],
    ...padded(bytes),
    ...padded(descriptor),
  ];
}

function buildIdOf(bytes: readonly number[], length = bytes.length): number[] | null {
  const id = parseBuildId(new DataView(Uint8Array.from(bytes).buffer), length);
  return id && [...id];
}

test("parseBuildId() finds the build id among other notes", () => {
  const id = Array.from({ length: 20 }, (_, i) => i + 1);
  const others = [
    ...note("GNU\0", 1, [1, 2, 3, 4]),
    ...note("stapsdt\0", 3, [5]),
    ...note("XYZ\0", 3, [6]),
  ];
  assertEquals(buildIdOf(note("GNU\0", 3, id)), id);
  assertEquals(buildIdOf([...others, ...note("GNU\0", 3, id), ...others]), id);
  assertEquals(buildIdOf([...others, ...note("GNU\0", 3, [1, 2, 3])]), [1, 2, 3]);
  assertEquals(buildIdOf(others), null);
});

test("parseBuildId() never reads past the end, whatever size a note has", () => {
  const bytes = note("GNU\0", 3, [1, 2, 3, 4]);
  for (let length = 0; length < bytes.length; length++) {
    assertEquals(buildIdOf([...bytes.slice(0, length), ...bytes], length), null, `${length}`);
  }
  for (const at of [0, 4]) {
    const wrong = [...bytes];
    for (const byte of [0xff, 0x80, 0x7f]) {
      wrong.fill(byte, at, at + 4);
      assertEquals(buildIdOf(wrong), null);
    }
  }
});

// signal_number

test("toDarwinSignal() gives each signal the number of the same name", () => {
  const LINUX =
    "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD " +
    "CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS";
  const DARWIN =
    "HUP INT QUIT ILL TRAP ABRT EMT FPE KILL BUS SEGV SYS PIPE ALRM TERM URG STOP TSTP " +
    "CONT CHLD TTIN TTOU IO XCPU XFSZ VTALRM PROF WINCH INFO USR1 USR2";
  const darwin = DARWIN.split(" ");
  const numbers = LINUX.split(" ").map((name, i) => {
    const number = darwin.indexOf(name) + 1;
    return number === 0 ? 64 + i + 1 : number;
  });
  assertEquals(numbers.map((_, i) => toDarwinSignal(i + 1)), numbers);
  assertEquals([34, 64].map(toDarwinSignal), [34, 64]);
});

test("toDarwinStatus() leaves exit codes and the mark of a core dump alone", () => {
  assertEquals([0, 7 << 8, 10 << 8].map(toDarwinStatus), [0, 7 << 8, 10 << 8]);
  assertEquals([9, 10, 7 | 0x80].map(toDarwinStatus), [9, 30, 10 | 0x80]);
});

// recent

test("Recent keeps the last keys, and forgets those that are not requested", () => {
  const recent = new Recent<string>(4);
  for (let key = 0; key < 8; key++) recent.set(key, `${key}`);
  assertEquals([4, 5, 6, 7].map((key) => recent.get(key)), ["4", "5", "6", "7"]);
  for (let key = 100; key < 108; key++) {
    recent.set(key, "new");
    assertEquals(recent.get(7), "7", `${key}`);
  }
  assertEquals(recent.get(1), undefined);
  recent.set(7, "other");
  assertEquals(recent.get(7), "other");
});

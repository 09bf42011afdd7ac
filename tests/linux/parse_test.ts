import { test } from "node:test";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { parseStat, STAT } from "../../lib/linux/parse/stat.ts";
import { parseStatusNumber, statusKey } from "../../lib/linux/parse/status.ts";
import { numbersIn } from "../../lib/linux/sys/dirents.ts";

/** Returns text as bytes, one for each character, because names of processes need not be UTF-8. */
const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** The rest of an earlier, longer read, after the end of the file. */
const STALE = "77777 77777 77777 77777 77777\nUid:\t77777\t77777\n";

// parse/stat

/** Returns the line of a process in state R, with these fields after the state. */
function stat(comm: string, fields = "2 3 4 5 6 7 8\n", pid = "1"): string {
  return `${pid} (${comm}) R ${fields}`;
}

/** Returns the fields that `parseStat()` finds in a line, or null if the line lacks fields. */
function statOf(line: string, last: number = STAT.tty_nr): number[] | null {
  const text = latin1(line + STALE);
  const fields = new Float64Array(last + 1).fill(NaN);
  return parseStat(text, line.length, last, fields) ? [...fields.subarray(STAT.state)] : null;
}

const R = 82;
const COMMS: Readonly<Record<string, string>> = {
  "plain": "bash",
  "empty": "",
  "of spaces": "   ",
  "with parentheses": "a) (b",
  "like the rest of a line": ") R 1 1 1 (",
  "that is )": ")",
  "that is (": "(",
  "with newlines": "a\nb\n",
  "with 0xff bytes": "\xff\xfe\xff",
  "with a tab and a NUL": "\t\0",
  "63 bytes long": "x".repeat(63),
  "of 63 closing parentheses": ")".repeat(63),
  "like a kernel thread's": "kworker/0:0-events_power_efficient",
};

for (const [what, comm] of Object.entries(COMMS)) {
  test(`parseStat() reads the fields behind a name ${what}`, () => {
    for (const pid of ["1", "4194304"]) {
      assertEquals(statOf(stat(comm, undefined, pid)), [R, 2, 3, 4, 5]);
    }
  });
}

test("parseStat() reads the process id in front of the name", () => {
  for (const pid of [1, 42, 4194304]) {
    const line = stat("1 (2) 3", undefined, `${pid}`);
    const fields = new Float64Array(STAT.tty_nr + 1);
    parseStat(latin1(line), line.length, STAT.tty_nr, fields);
    assertEquals(fields[STAT.pid], pid);
  }
});

test("parseStat() reads negative numbers", () => {
  assertEquals(statOf(stat("x", "1 -1 -22 -2147483648 -1 0\n")), [R, 1, -1, -22, -2147483648]);
});

test("parseStat() reads numbers beyond 2^32 and up to 2^52", () => {
  const fields = `4294967296 4503599627370497 0 ${2 ** 40} 1\n`;
  assertEquals(statOf(stat("x", fields)), [R, 2 ** 32, 2 ** 52 + 1, 0, 2 ** 40]);
});

test("parseStat() reads a number beyond 2^53 as a double that is near", () => {
  const [, ppid] = statOf(stat("x", "18446744073709551615 1 1 1 1\n"))!;
  assertAlmostEquals(ppid!, 2 ** 64, 4096);
});

test("parseStat() reads the state of every letter", () => {
  for (const state of "RSDZTtXxKWPI") {
    const line = `1 (x) ${state} 2 3 4 5 6\n`;
    assertEquals(statOf(line)![0], state.charCodeAt(0));
  }
});

test("parseStat() reads the last field of a line, whatever ends it", () => {
  for (const end of ["\n", " ", " 6", ""]) {
    const line = stat("x", `2 3 4 5${end}`);
    const text = latin1(line);
    const fields = new Float64Array(STAT.tty_nr + 1);
    assertEquals(parseStat(text, line.length, STAT.tty_nr, fields), true);
    assertEquals(fields[STAT.tty_nr], 5);
  }
});

test("parseStat() leaves the fields behind the last wanted one alone", () => {
  const line = stat("x");
  const fields = new Float64Array(10).fill(-7);
  parseStat(latin1(line), line.length, STAT.pgrp, fields);
  assertEquals([...fields.subarray(STAT.session)], [-7, -7, -7, -7]);
});

test("parseStat() is false for a line that ends before the last wanted field", () => {
  const line = stat("x", "2 3 4 5 6\n");
  const tty = line.indexOf(" 5") + 1;
  for (let length = 0; length < tty; length++) assertEquals(statOf(line.slice(0, length)), null);
});

test("parseStat() is false for a line without a name", () => {
  for (const line of ["", "\n", "1", "1 x R 2 3 4 5 6\n"]) assertEquals(statOf(line), null);
});

test("parseStat() never reads past the length, where another file's bytes may stand", () => {
  assertEquals(statOf("1 (x) R 2 3 4 5"), [R, 2, 3, 4, 5]);
});

// parse/status

function statusOf(text: string, name: string, column = 0): number {
  return parseStatusNumber(latin1(text + STALE), text.length, statusKey(name), column);
}

const STATUS = [
  "Name:\tbash",
  "Umask:\t0022",
  "State:\tS (sleeping)",
  "Pid:\t42",
  "Uid:\t1000\t1001\t1002\t1003",
  "Gid:\t0\t0\t0\t4294967295",
  "Groups:\t ",
  "VmRSS:\t    5120 kB",
  "SigQ:\t3/63432",
  "Cpus_allowed_list:\t",
  "nonvoluntary_ctxt_switches:\t18446744073709551615",
  "",
].join("\n");

test("parseStatusNumber() reads any column of a line", () => {
  assertEquals([0, 1, 2, 3].map((column) => statusOf(STATUS, "Uid", column)), [
    1000,
    1001,
    1002,
    1003,
  ]);
  assertEquals(statusOf(STATUS, "Gid", 3), 4294967295);
  assertEquals(statusOf(STATUS, "VmRSS"), 5120);
  assertEquals([statusOf(STATUS, "SigQ"), statusOf(STATUS, "SigQ", 1)], [3, 63432]);
});

test("parseStatusNumber() is -1 for a line that is not there, as in a zombie's", () => {
  assertEquals(statusOf(STATUS, "VmLck"), -1);
  assertEquals(statusOf("", "Uid"), -1);
  assertEquals(statusOf("Name:\tx\n", "Uid"), -1);
});

test("parseStatusNumber() is -1 for a column that is not there, and never enters the next line", () => {
  assertEquals(statusOf(STATUS, "Uid", 4), -1);
  assertEquals(statusOf(STATUS, "VmRSS", 1), -1);
  assertEquals(statusOf(STATUS, "Groups"), -1);
  assertEquals(statusOf(STATUS, "Cpus_allowed_list"), -1);
});

test("parseStatusNumber() takes a whole name: neither its end nor its start", () => {
  const text = "Name:\tx\nNSUid:\t5\nUidX:\t6\nUid:\t7\n";
  assertEquals(statusOf(text, "Uid"), 7);
  assertEquals(statusOf("Name:\tx\nNSUid:\t5\nUidX:\t6\n", "Uid"), -1);
});

test("parseStatusNumber() is not misled by a name that holds an escaped line", () => {
  const uid = "\nUid:\t8\t8\t8\t8\n";
  for (const name of ["\\nUid:\t9\t9", "Uid:\t9", "a\\nUid:\\t9\\n", "\\\\nUid:\t9", "\xff\xff"]) {
    assertEquals(statusOf(`Name:\t${name}${uid}`, "Uid"), 8, name);
  }
});

test("parseStatusNumber() reads what is behind 60,000 groups, and the last of them", () => {
  const groups = Array.from({ length: 60_000 }, (_, i) => 100_000 + i).join(" ");
  const text = `Name:\tx\nUid:\t1\t2\t3\t4\nGroups:\t${groups} \nNStgid:\t42\nVmRSS:\t 7 kB\n`;
  assertEquals(statusOf(text, "VmRSS"), 7);
  assertEquals(statusOf(text, "Groups", 59_999), 159_999);
  assertEquals(statusOf(text, "Groups", 60_000), -1);
});

test("parseStatusNumber() reads a number beyond 2^53 as a double that is near", () => {
  assertAlmostEquals(statusOf(STATUS, "nonvoluntary_ctxt_switches"), 2 ** 64, 4096);
});

test("parseStatusNumber() stops at the length, in a name, before a number and within one", () => {
  const text = "Name:\tx\nUid:\t1234\n";
  const start = text.indexOf("1234");
  for (let length = 0; length <= start; length++) {
    assertEquals(statusOf(text.slice(0, length), "Uid"), -1, `${length}`);
  }
  assertEquals(statusOf(text.slice(0, start + 2), "Uid"), 12);
});

// sys/dirents

/**
 * Returns the entries of a folder as `getdents64()` writes them, with junk in the fields that are
 * not read.
 */
function dirents(names: readonly string[]): Uint8Array {
  const records = names.map((name) => {
    const size = Math.ceil((19 + name.length + 1) / 8) * 8;
    const record = new Uint8Array(size).fill(0x35);
    const view = new DataView(record.buffer);
    view.setUint16(16, size, true);
    record.set(latin1(`${name}\0`), 19);
    return record;
  });
  return Uint8Array.from(records.flatMap((record) => [...record]));
}

/** Returns the numbers found in a folder with these names. `count` numbers precede them. */
function numbersOf(names: readonly string[], { count = 0, least = 1 } = {}): number[] {
  const entries = dirents(names);
  const numbers = new Int32Array(count + entries.length / 24 + 1).fill(-1);
  const found = numbersIn(entries, entries.length, numbers, count, least);
  assertEquals([...numbers.subarray(found)].every((number) => number === -1), true);
  return [...numbers.subarray(count, found)];
}

test("numbersIn() takes the numbers in their order", () => {
  assertEquals(numbersOf(["1", "2", "10", "4194304", "99999"]), [1, 2, 10, 4194304, 99999]);
});

test("numbersIn() skips every name that is not a positive number", () => {
  const names = [
    ".",
    "..",
    "0",
    "00",
    "01",
    "self",
    "thread-self",
    "12abc",
    "1 ",
    "1-",
    "a1",
    "-1",
  ];
  assertEquals(numbersOf(names), []);
  assertEquals(numbersOf([...names, "+1", "1.5", "1e3", "\xb9", "7", "/", ":", "1:", "1/"]), [7]);
});

test("numbersIn() includes 0 on request", () => {
  const names = [".", "..", "0", "00", "01", "1", "x", "1x", "2147483647"];
  assertEquals(numbersOf(names, { least: 0 }), [0, 1, 2147483647]);
  assertEquals(numbersOf(names), [1, 2147483647]);
});

test("numbersIn() reads a number up to 2^31 - 1", () => {
  const above = ["2147483648", "4294967297", "1".repeat(255)];
  assertEquals(numbersOf([...above, "2147483647"]), [2147483647]);
});

test("numbersIn() steps over names of every length up to 255", () => {
  const names = Array.from({ length: 255 }, (_, i) => ["x".repeat(i + 1), `${i + 1}`]).flat();
  assertEquals(numbersOf(names), Array.from({ length: 255 }, (_, i) => i + 1));
});

test("numbersIn() adds behind what is there", () => {
  assertEquals(numbersOf(["5", "x", "6"], { count: 3 }), [5, 6]);
});

test("numbersIn() reads no entry behind the length", () => {
  const entries = dirents(["1", "2", "3"]);
  const numbers = new Int32Array(3);
  assertEquals(numbersIn(entries, 48, numbers, 0, 1), 2);
  assertEquals([...numbers], [1, 2, 0]);
  assertEquals(numbersIn(entries, 0, numbers, 0, 1), 0);
});

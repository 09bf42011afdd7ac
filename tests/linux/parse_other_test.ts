import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { parseCgroup } from "../../lib/linux/parse/cgroup.ts";
import { stripPriorities } from "../../lib/linux/parse/kernel_log.ts";
import { parseInteger } from "../../lib/linux/parse/lines.ts";
import { parseTimers } from "../../lib/linux/parse/timers.ts";
import { foldersIn } from "../../lib/linux/sys/dirents.ts";

const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const textOf = (bytes: Uint8Array) => String.fromCharCode(...bytes);

test("stripPriorities() takes `<6>` from the start of each line, and from nowhere else", () => {
  const strip = (text: string) => {
    const bytes = bytesOf(text);
    return textOf(bytes.subarray(0, stripPriorities(bytes, bytes.length)));
  };
  assertEquals(strip("<6>[1] a <3> b\n<14>[2] <x>\n"), "[1] a <3> b\n[2] <x>\n");
  assertEquals(strip("no priority\n<0>\n<1>"), "no priority\n\n");
  assertEquals(strip(""), "");
  assertEquals(strip("\n\n<5>x"), "\n\nx");
  assertEquals(strip("<6"), "");
});

test("parseCgroup() finds the path in the hierarchy of a controller", () => {
  const text = bytesOf(
    "9:name=systemd:/a:b\n8:cpuset:/set\n4:cpu,cpuacct:/both\n3:memory:/\n0::/user.slice/a name\n",
  );
  const path = (controller: string, length = text.length) => {
    const span = new Int32Array(2);
    if (!parseCgroup(text, length, bytesOf(controller), span)) return undefined;
    return textOf(text.subarray(span[0], span[1]));
  };
  assertEquals(path(""), "/user.slice/a name");
  assertEquals(path("memory"), "/");
  assertEquals([path("cpu"), path("cpuacct"), path("cpuset")], ["/both", "/both", "/set"]);
  assertEquals(path("name=systemd"), "/a:b");
  assertEquals([path("cp"), path("cpus"), path("pids"), path("acct")], Array(4).fill(undefined));
  assertEquals(path("memory", 0), undefined);
});

test("foldersIn() finds the folders and their inode numbers", () => {
  const entry = (inode: number[], type: number, name: string) => {
    const size = Math.ceil((19 + name.length + 1) / 8) * 8;
    const bytes = new Uint8Array(size);
    bytes.set(inode);
    bytes[16] = size;
    bytes[18] = type;
    bytes.set(bytesOf(name), 19);
    return [...bytes];
  };
  const INODE = [1, 2, 3, 4, 5, 6, 7, 8];
  const entries = new Uint8Array([
    ...entry([1], 4, "."),
    ...entry([2], 4, ".."),
    ...entry(INODE, 4, "..."),
    ...entry([9], 8, "cgroup.procs"),
    ...entry([7], 4, ".x"),
    ...entry([8], 4, "a longer name \xff"),
    ...entry([6], 4, "unread"),
  ]);
  const found = foldersIn(entries, entries.length - entry([6], 4, "unread").length);
  assertEquals(found.map(({ name }) => textOf(name)), ["...", ".x", "a longer name \xff"]);
  assertEquals([...found[0]!.inode], INODE);
});

test("parseTimers() reads the number, the signal and the value of each timer", () => {
  const text = bytesOf(
    "ID: 12\nsignal: 1886547811/fedcba9876543210\nnotify: none/pid.1\nClockID: 1\n" +
      "ID: 0\nsignal: 14/1\nnotify: signal/tid.2\nClockID: -6\n",
  );
  assertEquals(parseTimers(text, text.length), [
    {
      id: 12,
      signal: 1886547811,
      value: new Uint8Array([0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe]),
    },
    { id: 0, signal: 14, value: new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]) },
  ]);
  assertEquals(parseTimers(text, 0), []);
});

test("parseInteger() reads the number of 64 bits that a text begins with", () => {
  assertEquals(parseInteger("12 kB"), 12n);
  assertEquals(parseInteger("18446744073709551615"), 2n ** 64n - 1n);
  assertEquals(parseInteger("00000000000000ff", 16), 255n);
  assertEquals(parseInteger("0022", 8), 18n);
  for (const text of [undefined, "", "x", "-1", " 1", "9".repeat(21)]) {
    assertEquals(parseInteger(text), undefined, text);
  }
  assertEquals([parseInteger("9", 8), parseInteger("zz", 16)], [undefined, undefined]);
  assertEquals(parseInteger("1".repeat(17), 16), undefined);
});

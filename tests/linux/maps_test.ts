import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { copyMapsName, MAPS, MAPS_FIELDS, parseMapsLine } from "../../lib/linux/parse/maps.ts";

/** Returns text as bytes, one for each character, because file names need not be UTF-8. */
const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** The rest of an earlier, longer read, after the end of the file. */
const STALE = "7777000-8888000 rwxs 00001000 77:77 7777                    /stale\n";

type Named = { -readonly [N in keyof typeof MAPS]: number } & { name: string };

/** Returns the fields that `parseMapsLine()` finds in each line of a file, by their names. */
function linesOf(file: string): Named[] {
  const text = latin1(file + STALE);
  const fields = new Float64Array(MAPS_FIELDS);
  const found: Named[] = [];
  for (let at = 0; at < file.length;) {
    at = parseMapsLine(text, at, file.length, fields);
    const named = Object.fromEntries(
      Object.entries(MAPS).map(([name, place]) => [name, fields[place]!]),
    ) as unknown as Named;
    const name = String.fromCharCode(...text.subarray(named.nameStart, named.nameEnd));
    found.push({ ...named, name });
  }
  return found;
}

const lineOf = (line: string) => linesOf(line)[0]!;

/**
 * Returns a line in the kernel's format: a name starts in column 74 unless the fields before it are
 * longer.
 */
function line(
  {
    range = "7f0000001000-7f0000003000",
    mode = "r-xp",
    offset = "00002000",
    device = "fe:01",
    inode = "42",
    name = "/lib/x.so",
  } = {},
): string {
  const start = `${range} ${mode} ${offset} ${device} ${inode} `;
  return `${name === "" ? start : start.padEnd(73)}${name}\n`;
}

test("parseMapsLine() reads every field of a line", () => {
  const { start, end, protection, shared, offset, major, minor, inodeLow, inodeHigh, name } =
    lineOf(line());
  assertEquals([start, end, offset], [0x7f0000001000, 0x7f0000003000, 0x2000]);
  assertEquals([protection, shared, major, minor], [5, 0, 0xfe, 1]);
  assertEquals([inodeLow, inodeHigh, name], [42, 0, "/lib/x.so"]);
});

test("parseMapsLine() reads every mode", () => {
  const modes = ["---p", "r--p", "-w-p", "--xp", "rw-s", "rwxs"];
  const found = modes.map((mode) => lineOf(line({ mode })));
  assertEquals(found.map(({ protection }) => protection), [0, 1, 2, 4, 3, 7]);
  assertEquals(found.map(({ shared }) => shared), [0, 0, 0, 0, 1, 1]);
});

test("parseMapsLine() reads a line without a name", () => {
  for (const device of ["00:00", "fe:01"]) {
    const { name, nameStart, nameEnd } = lineOf(line({ device, inode: "0", name: "" }));
    assertEquals([name, nameEnd - nameStart], ["", 0]);
  }
});

test("parseMapsLine() reads addresses and offsets of all 64 bits, which a double holds", () => {
  const range = "fefffffffffff000-ffffffffff601000";
  const found = lineOf(line({ range, offset: "fffffffffffff000" }));
  assertEquals(BigInt(found.start), 0xfeff_ffff_ffff_f000n);
  assertEquals(BigInt(found.end), 0xffff_ffff_ff60_1000n);
  assertEquals(BigInt(found.offset), 0xffff_ffff_ffff_f000n);
  const low = lineOf(line({ range: "00001000-00002000", offset: "00000000" }));
  assertEquals([low.start, low.end, low.offset], [0x1000, 0x2000, 0]);
});

test("parseMapsLine() reads inode numbers of all 64 bits", () => {
  const inodes = [
    0n,
    1n,
    2n ** 32n - 1n,
    2n ** 32n,
    2n ** 53n - 1n,
    2n ** 53n + 1n,
    899_999_999_999_999n,
    900_000_000_000_009n,
    2n ** 63n + 12345n,
    2n ** 64n - 1n,
  ];
  for (const inode of inodes) {
    const { inodeLow, inodeHigh } = lineOf(line({ inode: `${inode}` }));
    assertEquals(BigInt(inodeHigh) << 32n | BigInt(inodeLow), inode);
  }
});

test("parseMapsLine() reads device numbers of twelve and twenty bits", () => {
  const { major, minor } = lineOf(line({ device: "fff:fffff" }));
  assertEquals([major, minor], [0xfff, 0xfffff]);
});

test("parseMapsLine() keeps spaces and bytes of every kind in a name", () => {
  for (const name of ["/  two  ", "/\xff\xfe", "/a\tb", "[heap]", "[anon:a b]", "socket:[7]"]) {
    assertEquals(lineOf(line({ name })).name, name);
  }
  assertEquals(lineOf(line({ name: "/x".repeat(3000) })).name.length, 6000);
});

test("parseMapsLine() reports which names have a backslash", () => {
  const escaped = (name: string) => lineOf(line({ name })).nameEscaped;
  assertEquals(["/a", "/a\\012b", "/a\\", "\\"].map(escaped), [0, 1, 1, 1]);
});

test("parseMapsLine() goes from line to line, and reports which have the file of the one before", () => {
  const ranges = ["1000-2000", "2000-3000", "3000-4000", "4000-5000", "5000-6000", "6000-7000"];
  const others = [
    {},
    { mode: "rw-p", offset: "00003000" },
    { name: "/lib/y.so" },
    { inode: "43" },
    { inode: "43" },
    { inode: "43", name: "/lib/y.so.1" },
  ];
  const file = ranges.map((range, i) => line({ range, ...others[i] })).join("");
  const found = linesOf(file);
  assertEquals(found.map(({ sameFile }) => sameFile), [0, 1, 0, 0, 1, 0]);
  assertEquals(found.map(({ start }) => start), [0x1000, 0x2000, 0x3000, 0x4000, 0x5000, 0x6000]);
  assertEquals(found.map(({ inodeLow }) => inodeLow), [42, 42, 42, 43, 43, 43]);
  const names = ["x.so", "x.so", "y.so", "x.so", "x.so", "y.so.1"];
  assertEquals(found.map(({ name }) => name), names.map((name) => `/lib/${name}`));
});

test("parseMapsLine() does not take the start of a name for the whole", () => {
  const found = linesOf(
    line({ name: "/lib/x" }) + line({ name: "/lib/x.so" }) + line({ name: "/l" }),
  );
  assertEquals(found.map(({ sameFile }) => sameFile), [0, 0, 0]);
  assertEquals(found.map(({ name }) => name), ["/lib/x", "/lib/x.so", "/l"]);
});

test("parseMapsLine() never reads past the length, where another file's bytes may stand", () => {
  const whole = line();
  for (let length = 0; length < whole.length; length++) {
    const text = latin1(whole.slice(0, length) + STALE);
    const fields = new Float64Array(MAPS_FIELDS);
    const next = parseMapsLine(text, 0, length, fields);
    assertEquals(next >= length, true, `${length}`);
    assertEquals(fields[MAPS.nameStart] === fields[MAPS.nameEnd], length <= whole.indexOf("/"));
    const { major, minor, inodeLow } = MAPS;
    const stale = [fields[major] === 0x77, fields[minor] === 0x77, fields[inodeLow] === 7777];
    assertEquals(stale, [false, false, false], `${length}`);
  }
});

function copied(name: string, room = 4096): string {
  const to = new Uint8Array(room).fill(0x21);
  const text = latin1(`..${name}..`);
  const length = copyMapsName(text, 2, 2 + name.length, to);
  assertEquals(to.subarray(length).every((byte) => byte === 0x21), true);
  return String.fromCharCode(...to.subarray(0, length));
}

test("copyMapsName() turns the kernel's word for a newline into one", () => {
  assertEquals(copied("/a\\012b"), "/a\nb");
  assertEquals(copied("\\012\\012"), "\n\n");
  assertEquals(copied("/plain"), "/plain");
  assertEquals(copied(""), "");
});

test("copyMapsName() leaves every other backslash alone", () => {
  for (const name of ["\\", "\\0", "\\01", "\\013", "\\112", "a\\b", "\\\\01", "\\040"]) {
    assertEquals(copied(name), name);
  }
  // All four bytes must be part of the name.
  const text = latin1("/a\\012");
  const to = new Uint8Array(16);
  assertEquals(copyMapsName(text, 0, 5, to), 5);
});

test("copyMapsName() cuts the text that does not fit", () => {
  assertEquals(copied("/abcdef", 4), "/abc");
  assertEquals(copied("/a\\012b", 3), "/a\n");
});

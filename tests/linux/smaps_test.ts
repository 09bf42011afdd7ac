import { test } from "node:test";
import { assertEquals } from "@std/assert";
import {
  learnSmaps,
  parseSmaps,
  skipSmaps,
  SMAPS,
  SMAPS_FIELDS,
  VM_FLAG,
} from "../../lib/linux/parse/smaps.ts";

const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** The lines that the kernel writes for a region after its first line (Linux 6.18). */
const LINES = [
  "Size",
  "KernelPageSize",
  "MMUPageSize",
  "Rss",
  "Pss",
  "Pss_Dirty",
  "Shared_Clean",
  "Shared_Dirty",
  "Private_Clean",
  "Private_Dirty",
  "Referenced",
  "Anonymous",
  "KSM",
  "LazyFree",
  "AnonHugePages",
  "ShmemPmdMapped",
  "FilePmdMapped",
  "Shared_Hugetlb",
  "Private_Hugetlb",
  "Swap",
  "SwapPss",
  "Locked",
];
/** The lines of an older kernel (Linux 4.4), which are fewer. */
const OLD = LINES.filter((name) =>
  !["Pss_Dirty", "KSM", "LazyFree", "ShmemPmdMapped", "FilePmdMapped"].includes(name)
);

const NAMES: Readonly<Record<string, keyof typeof SMAPS>> = {
  Rss: "rss",
  Shared_Clean: "sharedClean",
  Shared_Dirty: "sharedDirty",
  Private_Clean: "privateClean",
  Private_Dirty: "privateDirty",
  Anonymous: "anonymous",
  Shared_Hugetlb: "sharedHugetlb",
  Private_Hugetlb: "privateHugetlb",
  Swap: "swap",
  SwapPss: "swapPss",
};

/** Returns a paragraph without its first line. Numbers that are not specified are 7. */
function paragraph(
  values: Readonly<Record<string, number>> = {},
  { names = LINES, flags = "rd mr mw me ", more = "THPeligible:           0\n" } = {},
): string {
  const lines = names.map((name) =>
    `${`${name}:`.padEnd(16)}${`${values[name] ?? 7}`.padStart(8)} kB\n`
  );
  return `${lines.join("")}${more}VmFlags: ${flags}\n`;
}

const HEADER = "7f0000001000-7f0000003000 r-xp 00002000 fe:01 42 /lib/x.so\n";

/**
 * Returns the values that `parseSmaps()` finds in each paragraph, after it has learned from the
 * first.
 */
function parsed(paragraphs: readonly string[]): Record<string, number>[] {
  const file = paragraphs.map((paragraph) => HEADER + paragraph).join("");
  const text = latin1(`${file}Rss:               99999 kB\n`);
  const places = new Int32Array(SMAPS_FIELDS);
  learnSmaps(text, HEADER.length, file.length, places);
  const fields = new Float64Array(SMAPS_FIELDS);
  let at = 0, skipped = 0;
  return paragraphs.map((paragraph) => {
    at += HEADER.length;
    skipped += HEADER.length;
    const end = at + paragraph.length;
    at = parseSmaps(text, at, file.length, places, fields);
    skipped = skipSmaps(text, skipped, file.length, places);
    assertEquals([at, skipped], [end, end]);
    return Object.fromEntries(Object.entries(SMAPS).map(([name, i]) => [name, fields[i]!]));
  });
}

/** Returns different numbers for a paragraph, all with this number of digits. */
function distinct(digits: number, first = 0): Record<string, number> {
  return Object.fromEntries(
    LINES.map((name, i) => [name, 10 ** (digits - 1) + (first + i) % 9 * 10 ** (digits - 1) + i]),
  );
}

function expected(values: Readonly<Record<string, number>>, names = LINES) {
  return Object.fromEntries(
    Object.entries(NAMES).map(([name, field]) => [field, names.includes(name) ? values[name] : 0]),
  );
}

test("parseSmaps() reads the numbers of a paragraph, and no others", () => {
  for (const digits of [1, 2, 5, 8]) {
    const values = distinct(digits);
    const [{ flags, ...found }] = parsed([paragraph(values)]) as [Record<string, number>];
    assertEquals(found, expected(values), `${digits} digits`);
    assertEquals(flags, VM_FLAG.mr | VM_FLAG.mw | VM_FLAG.me);
  }
});

test("parseSmaps() reads one paragraph after the other", () => {
  const values = [distinct(1), distinct(7, 3), distinct(8, 5), { Rss: 0 }, distinct(3)];
  const found = parsed(values.map((values) => paragraph(values)));
  assertEquals(
    found.map(({ flags: _, ...numbers }) => numbers),
    values.map((values) =>
      expected({ ...Object.fromEntries(LINES.map((n) => [n, 7])), ...values })
    ),
  );
});

test("parseSmaps() reads numbers of more digits than the kernel has room for", () => {
  const long = { Size: 123456789012, Rss: 100000000, Swap: 99999999999, Private_Dirty: 100000001 };
  const rest = Object.fromEntries(LINES.map((name) => [name, 7]));
  // At the beginning, so that the parser cannot learn from it, at the end, and between others.
  for (const paragraphs of [[long], [long, {}, long], [{}, long, {}], [{ Size: 1e9 }, long, {}]]) {
    const found = parsed(paragraphs.map((values) => paragraph(values)));
    assertEquals(
      found.map(({ flags: _, ...numbers }) => numbers),
      paragraphs.map((values) => expected({ ...rest, ...values })),
    );
  }
});

test("parseSmaps() is not misled by paragraphs that are as long as another in other places", () => {
  const rest = Object.fromEntries(LINES.map((name) => [name, 7]));
  const [first, second] = [{ Size: 123456789 }, { SwapPss: 123456789, Rss: 5, Swap: 3 }];
  const found = parsed([paragraph(first), paragraph(second), paragraph(first)]);
  assertEquals(
    found.map(({ flags: _, ...numbers }) => numbers),
    [first, second, first].map((values) => expected({ ...rest, ...values })),
  );
});

test("parseSmaps() is not misled by names that are full of the letter it looks for", () => {
  const first = HEADER + paragraph();
  const short = "Rss:                   3 kB\nVmFlags: lo \n";
  const file = `${first}${HEADER}${short}${HEADER.trimEnd()}${"V".repeat(2000)}\n${paragraph()}`;
  const text = latin1(file);
  const places = new Int32Array(SMAPS_FIELDS);
  learnSmaps(text, HEADER.length, file.length, places);
  const fields = new Float64Array(SMAPS_FIELDS);
  const at = first.length + HEADER.length;
  assertEquals(parseSmaps(text, at, file.length, places, fields), at + short.length);
  assertEquals(skipSmaps(text, at, file.length, places), at + short.length);
  assertEquals([fields[SMAPS.rss], fields[SMAPS.swap], fields[SMAPS.flags]], [3, 0, VM_FLAG.lo]);
});

test("parseSmaps() reads what older kernels write, with 0 for what they do not", () => {
  const names = OLD.filter((name) => !name.includes("Hugetlb"));
  const values = distinct(4);
  const [found, again] = parsed([
    paragraph(values, { names, more: "" }),
    paragraph(values, { names, more: "" }),
  ]);
  assertEquals(found, again);
  const { flags: _, ...numbers } = found!;
  assertEquals(numbers, expected(values, names));
});

test("parseSmaps() reads paragraphs without flags, and with lines that are not known", () => {
  const values = distinct(3);
  const without = paragraph(values).replace(/VmFlags.*\n/, "");
  for (const text of [without, `Zzz:                   1 kB\n${without}`]) {
    const [first, second] = parsed([text, text]);
    const { flags, ...numbers } = second!;
    assertEquals([flags, numbers], [0, expected(values)]);
    assertEquals(first, second);
  }
});

test("parseSmaps() reads the flags, whatever is beside them", () => {
  const of = (flags: string) => parsed([paragraph({}, { flags })])[0]!.flags;
  assertEquals(of(""), 0);
  assertEquals(of("rd ex sh gd ac sd "), 0);
  for (const [name, bit] of Object.entries(VM_FLAG)) {
    assertEquals(of(`rd ${name} ac `), bit, name);
    assertEquals(of(`${name} `), bit, name);
  }
  assertEquals(of("rd mr dc lo "), VM_FLAG.mr | VM_FLAG.dc | VM_FLAG.lo);
});

test("parseSmaps() takes a line of a protection key for what it is", () => {
  const more = "THPeligible:           0\nProtectionKey:         3\n";
  const [{ privateClean, flags }] = parsed([paragraph({ Private_Clean: 5 }, { more })]) as [
    Record<string, number>,
  ];
  assertEquals([privateClean, flags], [5, 7]);
});

/**
 * The pages under docs/call and docs/abi.
 *
 * @module
 */
import type { Field } from "../../lib/abi/mod.ts";
import type { Comment, Label } from "./comments.ts";
import {
  type Callnum,
  type Constant,
  type Contract,
  type Flavor,
  type Header,
  notes,
} from "./contract.ts";
import type { Caller } from "./functions.ts";
import type { LinuxAnswer } from "./linux.ts";
import { relative, table } from "./markdown.ts";

const NOTICE = "<!-- Generated from the code by docs/generate.ts. Do not edit this page. -->";

const RETURNS = {
  bytes: "how many bytes were written",
  count: "how many rows there are, or were written",
  zero: "0",
  signal: "the number of the signal",
  answer: "the answer itself",
} as const;

/** Returns every page, by its path under docs. The text is not formatted yet. */
export function makePages(contract: Contract): Map<string, string> {
  const places = placesOf(contract);
  const pages = new Map<string, string>();
  const page = (path: string, make: (text: Linker) => readonly string[]) => {
    const linker = linkerFor(path, places);
    pages.set(path, [NOTICE, ...make(linker)].join("\n\n") + "\n");
  };
  page("call/README.md", (link) => callIndex(contract, link));
  for (const { file, calls } of contract.subjects) {
    page(`call/${file}.md`, (link) => callPage(contract, calls, link));
  }
  page("abi/README.md", (link) => abiIndex(contract, link));
  for (const header of contract.headers) {
    page(`abi/${header.file}.md`, (link) => headerPage(contract, header, link));
  }
  return pages;
}

/** Creates the links of one page. */
interface Linker {
  /** Returns a link to a place under docs. */
  readonly to: (text: string, place: string) => string;
  /**
   * Returns the text of a comment with a link for each name that has a place, other than `except`.
   */
  readonly text: (text: string, except?: string) => string;
  /** Returns a name as code, with a link if the name has a place. */
  readonly name: (name: string) => string;
}

/** Returns the section that describes each name, relative to docs. */
function placesOf({ subjects, headers }: Contract): Map<string, string> {
  const places = new Map<string, string>();
  for (const { file, structs, constants } of headers) {
    for (const { name } of constants) places.set(name, `abi/${file}.md#constants`);
    for (const { name, type, layoutName } of structs) {
      for (const key of [name, `struct ${name}`, type, layoutName]) {
        places.set(key, `abi/${file}.md#struct-${name}`);
      }
    }
  }
  for (const { file, calls } of subjects) {
    for (const { name, flavors } of calls) {
      places.set(name, `call/${file}.md#${name.toLowerCase()}`);
      for (const flavor of flavors) {
        places.set(flavor.name, `call/${file}.md#${flavor.name.toLowerCase()}`);
      }
    }
  }
  return places;
}

function linkerFor(path: string, places: ReadonlyMap<string, string>): Linker {
  const to = (text: string, place: string) => `[${text}](${relative(path, place)})`;
  const name = (name: string) => {
    const place = places.get(name) ?? placeOfPattern(name, places);
    return place === undefined ? `\`${name}\`` : to(`\`${name}\``, place);
  };
  return {
    to,
    name,
    text: (text, except) =>
      text.replaceAll(/```[^]*?```|\{@linkcode (\w+)\}|`([^`]+)`/g, (all, linked, code) => {
        const found = linked ?? code;
        return found === undefined || found === except ? all : name(found);
      }),
  };
}

/**
 * Returns the place of the constants that a pattern such as `PROC_FLAG_*` matches, or undefined for
 * flavors and callnums.
 */
function placeOfPattern(name: string, places: ReadonlyMap<string, string>): string | undefined {
  if (!/^[A-Z]\w*_\*$/.test(name)) return undefined;
  for (const [other, place] of places) {
    if (other.startsWith(name.slice(0, -1)) && place.startsWith("abi/")) return place;
  }
  return undefined;
}

const hex = (number: number) => `0x${number.toString(16)}`;

const ARGUMENTS: readonly Label[] = [
  "`pid`",
  "`flavor`",
  "`arg`",
  "Buffer",
  "Null buffer",
  "Returns",
  "Permission",
  "Zombies",
];

function callPage(
  contract: Contract,
  calls: readonly Callnum[],
  link: Linker,
): readonly string[] {
  const short = (name: string) => name.replace("PROC_INFO_CALL_", "");
  const sections = calls.flatMap((call) => callSection(contract, call, link));
  if (calls.length === 1) return sections.map((text) => text.replace(/^#(?=#)/, ""));
  return [`# ${calls.map(({ name }) => `\`${short(name)}\``).join(" and ")}`, ...sections];
}

function callSection(contract: Contract, call: Callnum, link: Linker): string[] {
  const { name, number, comment, flavors, callers } = call;
  const rows = ARGUMENTS.flatMap((label) =>
    notes(comment, label).map((note) => [label.toLowerCase(), link.text(note.replace(/\.$/, ""))])
  );
  const sections = [
    `## \`${name}\``,
    `${link.text(comment.text)} Since macOS ${comment.since}.`,
    table(["argument", ""], [["callnum", `${number} (${hex(number)})`], ...rows]),
    [
      ...notes(comment, "Checks").map((note) => `- **Checks**: ${link.text(note)}`),
      ...notes(comment, "Beware").map((note) => `- **Beware**: ${link.text(note)}`),
    ].join("\n"),
    linuxSentence(call, link),
    table(
      ["function", "what it does", "libproc"],
      sorted(contract, callers).map((caller) => [
        `\`${callText(caller)}\``,
        link.text(caller.comment.text.split("\n\n")[0]!),
        contract.isCall(caller.name)
          ? contract.libprocNames(caller.name).map((name) => `\`${name}()\``).join(", ")
          : "there only",
      ]),
    ),
    "The functions come from `@libproc/libproc/calls`, those of libproc from " +
    "`@libproc/libproc/libproc`.",
  ];
  if (flavors.length === 0) return sections;
  return [
    ...sections,
    table(
      [name.endsWith("_LISTPIDS") ? "type" : "flavor", "number", "bytes", "permission", "Linux"],
      flavors.map((flavor) => [
        link.name(flavor.name),
        String(flavor.number),
        sizeText(contract, flavor),
        link.text(inherited(flavor, call, "Permission").replace(/[,;].*/, "")),
        flavor.linux ? link.to(flavor.linux.status, flavor.linux.place) : "",
      ]),
    ),
    ...flavors.flatMap((flavor) => flavorSection(contract, call, flavor, link)),
  ];
}

/** Returns the size of a flavor's answer, or of one row of it, in bytes. */
function sizeOf({ headers }: Contract, { size, comment }: Flavor): number | undefined {
  if (size) return size.value;
  const [name] = /(?<=`)\w+(?=`)/.exec(comment.text) ?? [];
  return headers.flatMap(({ structs }) => structs).find((struct) => struct.name === name)?.layout
    .size;
}

function sizeText(contract: Contract, flavor: Flavor): string {
  const bytes = sizeOf(contract, flavor);
  if (bytes === undefined) return "";
  return flavor.size?.comment.text.includes("one row") ? `${bytes} a row` : String(bytes);
}

/** Returns the note about a flavor, or else the one about its callnum. */
function inherited(flavor: Flavor, call: Callnum, label: Label): string {
  return (notes(flavor.comment, label)[0] ?? notes(call.comment, label)[0] ?? "")
    .replace(/\.$/, "");
}

function flavorSection(
  contract: Contract,
  call: Callnum,
  flavor: Flavor,
  link: Linker,
): string[] {
  const { name, number, comment, size, returns, gives, linux } = flavor;
  const bytes = sizeOf(contract, flavor);
  const sentence = (label: string, text: string | 0 | undefined) =>
    text ? [`- **${label}**: ${text.replace(/[^.]$/, "$&.")}`] : [];
  const own = (label: Label) =>
    notes(comment, label).flatMap((note) => sentence(label, link.text(note)));
  const release = comment.since ? `, since macOS ${comment.since}` : "";
  return [
    `### \`${name}\``,
    link.text(comment.text),
    [
      ...sentence("Number", `${number}${release}`),
      ...sentence("Size", size ? sizeSentence(size, name, link) : bytes && `${bytes} bytes`),
      ...own("Type info"),
      ...own("Type"),
      ...own("Argument"),
      ...own("Buffer"),
      ...own("Null buffer"),
      ...sentence("Returns", returns && RETURNS[returns]),
      ...sentence("Permission", link.text(inherited(flavor, call, "Permission"))),
      ...sentence("Zombies", link.text(inherited(flavor, call, "Zombies"))),
      ...own("Errors"),
      ...own("Beware"),
      ...sentence("Linux", linux && linuxText(linux, link)),
      ...sentence("Called by", askersOf(contract, call, flavor)),
      ...sentence("Decoded", gives && gives !== "void" ? typeText(gives, link) : undefined),
    ].join("\n"),
  ];
}

function sizeSentence({ name, value, comment }: Constant, flavor: string, link: Linker): string {
  // A link to the flavor itself is replaced, because the sentence is in its own section.
  const text = comment.text.replace(` {@linkcode ${flavor}}`, " it").replace(
    /^[A-Z]/,
    (first) => first.toLowerCase(),
  )
    .replace(/ (?:of|to|for) it\b/, "");
  return `${value}, \`${name}\`: ${link.text(text)}`;
}

/** Returns a type as code, with links for structs and lists of structs. */
function typeText(type: string, link: Linker): string {
  return type.split(" | ").map((one) => {
    const name = one.replace(/\[\]$/, "");
    return link.name(name).replace(`\`${name}\``, `\`${one}\``);
  }).join(" or ");
}

function askersOf(
  contract: Contract,
  call: Callnum,
  { name, comment }: Flavor,
): string {
  // `LISTPIDS` has types in place of flavors.
  const place = call.name === "PROC_INFO_CALL_LISTPIDS" ? "type" : "flavor";
  return sorted(contract, call.callers)
    .filter(({ flavors }) =>
      flavors.has(name) || !call.flavors.some(({ name }) => flavors.has(name))
    )
    .map((caller) => {
      const takesArg = comment.notes.some(([label]) => label === "Argument");
      return `\`${callText(caller, { [place]: name }, takesArg)}\``;
    })
    .join(", ");
}

/** Returns the functions of lib/calls before those of libproc, in the order of the sources. */
function sorted({ isCall }: Contract, callers: readonly Caller[]): Caller[] {
  return [
    ...callers.filter(({ name }) => isCall(name)),
    ...callers.filter(({ name }) => !isCall(name)),
  ];
}

/** Returns a call of a function as text, without the `options` that are always optional. */
function callText(
  { name, params }: Caller,
  known: Readonly<Record<string, string>> = {},
  takesArg = true,
): string {
  const args = params
    .filter((param) => param !== "options?")
    .filter((param) => takesArg || param !== "arg?")
    .map((param) => known[param] ?? param);
  return `${name}(${args.join(", ")})`;
}

function linuxText({ status, note, place }: LinuxAnswer, link: Linker): string {
  return `${link.to(status, place)}${note ? `: ${link.text(note)}` : ""}`;
}

function linuxSentence({ linux, flavors }: Callnum, link: Linker): string {
  if (linux) return `On Linux: ${linuxText(linux, link)}.`.replace(/\.\.$/, ".");
  const places = [...new Set(flavors.map(({ linux }) => linux?.place.split("#")[0]))];
  const names = places.flatMap((place) =>
    place ? [link.to(place.replace(/^linux\/|\.md$/g, "").replaceAll("_", " "), place)] : []
  );
  return `On Linux: see ${names.join(", ")}.`;
}

function callIndex(contract: Contract, link: Linker): readonly string[] {
  const calls = contract.subjects.flatMap(({ calls }) => calls);
  const cell = (call: Callnum, label: Label) =>
    link.text(notes(call.comment, label)[0]?.replace(/\.$/, "") ?? "");
  const status = ({ linux, flavors }: Callnum) => {
    const all = linux ? [linux] : flavors.flatMap(({ linux }) => linux ?? []);
    return [...new Set(all.map(({ status }) => status))].join(", ");
  };
  return [
    "# The calls of `__proc_info()`",
    link.text(contract.comment.text.replaceAll("`__proc_info()`", "the call")),
    `The same call for one identity of a process is ${
      link.to("`__proc_info_extended_id()`", "abi/extended_id.md")
    }. \`procInfo()\` of this library makes the call with any callnum and flavor and decodes nothing; ` +
    "the functions that decode are on the pages, with the calls that they make.",
    `Structs and constants are under ${
      link.to("abi", "abi/README.md")
    }. The column for Linux states ` +
    "if this library serves it there, wholly or in part, or which error it always is; it links to " +
    "the reasons and the sources.",
    "## Callnums",
    table(
      ["number", "callnum", "what is queried", "since", "Linux"],
      calls.map((call) => [
        `${call.number} (${hex(call.number)})`,
        link.name(call.name),
        link.text(call.comment.text),
        call.comment.since ?? "",
        status(call),
      ]),
    ),
    "## Arguments",
    table(
      ["callnum", "`pid`", "`flavor`", "`arg`", "permission"],
      calls.map((call) => [
        link.name(call.name),
        cell(call, "`pid`"),
        cell(call, "`flavor`"),
        cell(call, "`arg`"),
        cell(call, "Permission"),
      ]),
    ),
    "## Flavors",
    table(
      ["flavor", "callnum", "number", "what is queried", "Linux"],
      calls.flatMap((call) =>
        call.flavors.map((flavor) => [
          link.name(flavor.name),
          String(call.number),
          String(flavor.number),
          link.text(flavor.comment.text),
          flavor.linux?.status ?? "",
        ])
      ),
    ),
  ];
}

function abiIndex({ headers }: Contract, link: Linker): readonly string[] {
  return [
    "# Structs and constants",
    "The contract of `__proc_info()` in `lib/abi`, a page for each file there. The " +
    "layouts are those of XNU and the same on x86-64 and arm64; on Linux they are filled in the " +
    'same way. `import { structs } from "@libproc/libproc/abi"` has every layout by its C name: ' +
    "`decode()` makes an object of bytes, `encode()` bytes of an object, `fields` is the table.",
    "A member of 64 bits is a `bigint`, a shorter one a `number`. `char[n]` is text up to the first " +
    "NUL, and of a union only the member that is in use is decoded. `uint8_t[n]` is a `Uint8Array`.",
    "## Pages",
    table(
      ["page", "subject"],
      headers.map(({ file, comment }) => [
        link.to(file, `abi/${file}.md`),
        link.text(comment.text.split("\n\n")[0]!),
      ]),
    ),
    "## Structs",
    table(
      ["struct", "bytes", "alignment", "layout", "type"],
      headers.flatMap(({ structs }) => structs).map(({ name, layout, layoutName, type }) => [
        link.name(name),
        String(layout.size),
        String(layout.align),
        `\`${layoutName}\``,
        `\`${type}\``,
      ]),
    ),
  ];
}

function headerPage(contract: Contract, header: Header, link: Linker): readonly string[] {
  const { file, comment, structs, constants } = header;
  const flavors = contract.subjects.flatMap(({ calls }) => calls.flatMap(({ flavors }) => flavors));
  const dated = constants.some(({ comment }) => comment.since !== undefined);
  const sections = structs.flatMap(({ name, layout, layoutName, type, comment, linux }) => {
    const packed = layout.align === 1 && layout.size > 1 ? ", packed" : "";
    const asked = flavors.filter(({ comment }) => comment.text.includes(`\`${name}\``));
    return [
      `## \`struct ${name}\``,
      link.text(comment.text, `struct ${name}`),
      [
        `- **Size**: ${layout.size} bytes, aligned to ${layout.align}${packed}.`,
        `- **Here**: \`${layoutName}\` makes a \`${type}\` of it.`,
        ...asked.length === 0
          ? []
          : [`- **Flavors**: ${asked.map(({ name }) => link.name(name)).join(", ")}.`],
        ...linux ? [`- **Linux**: ${link.to("where each member comes from", linux)}.`] : [],
      ].join("\n"),
      table(
        ["offset", "bytes", "member", "C", "meaning"],
        fieldRows(contract, layout.fields, type, link),
      ),
    ];
  });
  return [
    `# ${file}`,
    link.text(comment.text),
    ...sections,
    ...constants.length === 0 ? [] : [
      "## Constants",
      table(
        ["constant", "value", "meaning", ...dated ? ["macOS"] : []],
        constants.map(({ name, value, comment }) => [
          isToldElsewhere(contract, name) ? link.name(name) : `\`${name}\``,
          value > 9 ? `${value} (${hex(value)})` : String(value),
          link.text(comment.text, name),
          ...dated ? [comment.since ?? ""] : [],
        ]),
      ),
    ],
  ];
}

function isToldElsewhere({ subjects }: Contract, name: string): boolean {
  return subjects.some(({ calls }) =>
    calls.some((call) => call.name === name || call.flavors.some((flavor) => flavor.name === name))
  );
}

function fieldRows(
  contract: Contract,
  fields: readonly Field[],
  type: string,
  link: Linker,
  outer = "",
): string[][] {
  const members = contract.membersOf(type);
  return fields.flatMap((field) => {
    const member = members.get(field.name);
    const comment: Comment | undefined = member?.comment;
    return [
      [
        String(field.offset),
        String(field.size),
        `\`${outer}${field.name}\``,
        cType(field, link),
        comment ? link.text(comment.text) : "",
      ],
      ...fieldRows(contract, field.fields, member?.type ?? "", link, `${outer}${field.name}.`),
    ];
  });
}

const C_TYPES: Readonly<Record<string, string>> = {
  u8: "uint8_t",
  i8: "int8_t",
  i16: "int16_t",
  u16: "uint16_t",
  i32: "int32_t",
  u32: "uint32_t",
  i64: "int64_t",
  u64: "uint64_t",
};

function cType({ type, count }: Field, link: Linker): string {
  const [, struct, flexible = ""] = /^struct (\w+)(\[\])?$/.exec(type) ?? [];
  const rows = count > 1 ? `[${count}]` : "";
  if (struct !== undefined) return `${link.name(`struct ${struct}`)}${flexible || rows}`;
  if (type === "bytes") return `\`uint8_t[${count}]\``;
  if (type.startsWith("char[")) return `\`${type}\``;
  return `\`${C_TYPES[type] ?? type}${rows}\``;
}

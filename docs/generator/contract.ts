/**
 * The contract of `__proc_info()`, read from the code: callnums, flavors, structs and constants
 * with their comments, the functions that call them, and the behavior on Linux.
 *
 * @module
 */
import * as abi from "../../lib/abi/mod.ts";
import * as calls from "../../lib/calls/mod.ts";
import * as libproc from "../../lib/libproc/mod.ts";
import {
  type Comment,
  type Interface,
  type Label,
  type Member,
  readSources,
  type Source,
} from "./comments.ts";
import { type Caller, findCallers } from "./functions.ts";
import { type LinuxAnswer, readLinux } from "./linux.ts";

/** Callnums that share a page, and their flavors. */
export interface Subject {
  /** The name of the page, and of the file in lib/calls. */
  readonly file: string;
  /** The names of the callnums, without `PROC_INFO_CALL_`. */
  readonly callnums: readonly string[];
  /** Matches the constants in lib/abi that are its flavors, in the file of the same name. */
  readonly flavors?: RegExp;
}

/** Every callnum. */
export const SUBJECTS: readonly Subject[] = [
  { file: "list_pids", callnums: ["LISTPIDS"], flavors: /./ },
  {
    file: "pid_info",
    callnums: ["PIDINFO"],
    flavors: /^(?!.*(?:SIZE|_MAX)$)/,
  },
  { file: "pid_fd_info", callnums: ["PIDFDINFO"], flavors: /^(?!.*(?:_SIZE|_MAX)$)/ },
  { file: "kern_msg_buf", callnums: ["KERNMSGBUF"] },
  { file: "set_control", callnums: ["SETCONTROL"], flavors: /^PROC_SELFSET_(?!.*_SIZE$)/ },
  { file: "pid_fileport_info", callnums: ["PIDFILEPORTINFO"], flavors: /^(?!.*_SIZE$)/ },
  { file: "terminate", callnums: ["TERMINATE"] },
  { file: "dirty_control", callnums: ["DIRTYCONTROL"], flavors: /^PROC_DIRTYCONTROL_/ },
  { file: "pid_rusage", callnums: ["PIDRUSAGE"], flavors: /^RUSAGE_INFO_V/ },
  { file: "pid_originator_info", callnums: ["PIDORIGINATORINFO"], flavors: /^(?!.*_SIZE$)/ },
  { file: "list_coalitions", callnums: ["LISTCOALITIONS"], flavors: /^(?!.*_SIZE$)/ },
  { file: "can_use_fg_hw", callnums: ["CANUSEFGHW"] },
  { file: "pid_dyn_kqueue_info", callnums: ["PIDDYNKQUEUEINFO"], flavors: /^(?!.*_SIZE$)/ },
  { file: "udata_info", callnums: ["UDATA_INFO"], flavors: /./ },
  { file: "set_dyld_images", callnums: ["SET_DYLD_IMAGES"] },
  { file: "terminate_rsr", callnums: ["TERMINATE_RSR"] },
  { file: "audit_token", callnums: ["SIGNAL_AUDITTOKEN", "TERMINATE_AUDITTOKEN"] },
  { file: "delegate", callnums: ["DELEGATE_SIGNAL", "DELEGATE_TERMINATE"] },
];

const CALL = "PROC_INFO_CALL_";
const HEADER = /^lib\/abi\/(?!mod\.|structs\.)(\w+)\.ts$/;

/** A callnum, its flavors, and the functions that call it. */
export interface Callnum {
  /** The name of the constant. */
  readonly name: string;
  readonly number: number;
  readonly comment: Comment;
  readonly linux: LinuxAnswer | undefined;
  readonly flavors: readonly Flavor[];
  /** The functions that call it. */
  readonly callers: readonly Caller[];
}

/** A flavor and its answer. */
export interface Flavor {
  /** The name of the constant. */
  readonly name: string;
  readonly number: number;
  readonly comment: Comment;
  /** The constant with the size, if one exists. */
  readonly size: Constant | undefined;
  /** The meaning of the number that the call returns: a `Returns` of lib/calls. */
  readonly returns: calls.Returns | undefined;
  /** The type that a function of this library decodes the answer to. */
  readonly gives: string | undefined;
  readonly linux: LinuxAnswer | undefined;
}

/** A constant and its comment. */
export interface Constant {
  readonly name: string;
  readonly value: number;
  readonly comment: Comment;
}

/** A struct and its layout. */
export interface StructPage {
  /** The C name. */
  readonly name: string;
  readonly layout: abi.Struct<object>;
  /** The name of the layout in lib/abi, as in `procBsdInfo`. */
  readonly layoutName: string;
  /** The name of the interface. */
  readonly type: string;
  readonly comment: Comment;
  /** The section of docs/linux about the members. */
  readonly linux: string | undefined;
}

/** A file of lib/abi. */
export interface Header {
  /** The file's name without `.ts`. */
  readonly file: string;
  readonly comment: Comment;
  readonly structs: readonly StructPage[];
  readonly constants: readonly Constant[];
}

/** The whole contract. */
export interface Contract {
  readonly subjects: readonly (Subject & { readonly calls: readonly Callnum[] })[];
  readonly headers: readonly Header[];
  /** The comment of lib/abi/callnum.ts. */
  readonly comment: Comment;
  /** Returns the members of an interface by name, including the inherited ones. */
  readonly membersOf: (type: string) => ReadonlyMap<string, Member>;
  /** Returns the names in libproc of a function of lib/calls. */
  readonly libprocNames: (name: string) => string[];
  /** Returns true for a function of lib/calls, and false for one of lib/libproc. */
  readonly isCall: (name: string) => boolean;
}

/** Reads the contract from the sources. */
export function readContract(): Contract {
  const sources = readSources(["lib/abi", "lib/calls", "lib/libproc"]);
  const { answers, structs: linuxStructs } = readLinux();
  const values: Record<string, unknown> = { ...abi };
  const constant = (name: string, comment: Comment): Constant => ({
    name,
    value: values[name] as number,
    comment,
  });
  const abiFile = (file: string) => sources.get(`lib/abi/${file}.ts`);

  const interfaces = new Map<string, Interface>();
  for (const source of sources.values()) {
    for (const [name, type] of source.interfaces) interfaces.set(name, type);
  }
  const membersOf = (type: string): Map<string, Member> => {
    const found = interfaces.get(type);
    if (found === undefined) return new Map();
    const inherited = found.parent === undefined ? [] : membersOf(found.parent);
    return new Map([
      ...inherited,
      ...found.members.map((member) => [member.name, member] as const),
    ]);
  };

  const flavorNames = new Map(SUBJECTS.map(({ file, flavors }) => {
    const names = flavors ? [...abiFile(file)!.constants.keys()] : [];
    return [file, names.filter((name) => flavors?.test(name))];
  }));
  const asking = [...sources.values()].filter(({ path }) => !path.startsWith("lib/abi/"));
  const callers = findCallers(asking, new Set([...flavorNames.values()].flat()));

  const subjects = SUBJECTS.map((subject) => {
    const source = abiFile(subject.file);
    const gives = new Map<string, string>();
    for (const [name, { members }] of sources.get(`lib/calls/${subject.file}.ts`)!.interfaces) {
      if (!name.endsWith("Replies")) continue;
      for (const member of members) gives.set(member.name, member.type);
    }
    const replies = REPLIES.get(subject.file);
    return {
      ...subject,
      calls: subject.callnums.map((short): Callnum => {
        const name = CALL + short;
        const flavors = flavorNames.get(subject.file)!.map((flavor): Flavor => {
          const number = values[flavor] as number;
          return {
            name: flavor,
            number,
            comment: source!.constants.get(flavor)!,
            size: sizeOf(source!, flavor, constant),
            returns: replies && replies[number]?.returns,
            gives: gives.get(flavor),
            linux: answers.get(flavor) ?? answers.get(`${short} ${flavor.split("_").at(-1)}`) ??
              answers.get(short),
          };
        });
        return {
          name,
          number: values[name] as number,
          comment: abiFile("callnum")!.constants.get(name)!,
          linux: answers.get(short),
          flavors,
          callers: [...callers.values()].filter(({ callnums }) => callnums.has(name)),
        };
      }),
    };
  });

  const layouts = Object.entries(values);
  const typeOfStruct = membersOf("Structs");
  const fileOf = new Map<string, string>();
  for (const { path, interfaces } of sources.values()) {
    if (!HEADER.test(path)) continue;
    for (const type of interfaces.keys()) fileOf.set(type, path);
  }
  const structs = Object.entries<abi.Struct<object>>({ ...abi.structs }).map(([name, layout]) => {
    const type = /^Struct<(\w+)>$/.exec(typeOfStruct.get(name)!.type)![1]!;
    return {
      name,
      layout,
      layoutName: layouts.find(([, value]) => value === layout)![0],
      type,
      comment: interfaces.get(type)!.comment,
      linux: linuxStructs.get(name),
    };
  });
  const headers: Header[] = [];
  for (const source of sources.values()) {
    const file = HEADER.exec(source.path)?.[1];
    if (file === undefined) continue;
    headers.push({
      file,
      comment: source.comment,
      structs: structs.filter(({ type }) => fileOf.get(type) === source.path),
      constants: [...source.constants].map(([name, comment]) => constant(name, comment)),
    });
  }

  const byFunction = new Map<unknown, string[]>();
  for (const [name, value] of Object.entries(libproc)) {
    if (typeof value === "function") byFunction.set(value, [...byFunction.get(value) ?? [], name]);
  }
  const callFunctions: Record<string, unknown> = { ...calls };
  return {
    subjects,
    headers,
    comment: abiFile("callnum")!.comment,
    membersOf,
    libprocNames: (name) => byFunction.get(callFunctions[name]) ?? [],
    isCall: (name) => typeof callFunctions[name] === "function",
  };
}

type Replies = Readonly<Record<number, { readonly returns: calls.Returns }>>;

/** The tables of lib/calls with the flavors of the subjects, by file name. */
const REPLIES = new Map(
  await Promise.all(SUBJECTS.map(async ({ file }): Promise<[string, Replies | undefined]> => {
    const tables: Readonly<Record<string, unknown>> = await import(`../../lib/calls/${file}.ts`);
    return [file, tables[`${file.toUpperCase()}_REPLIES`] as Replies | undefined];
  })),
);

/** Returns the constant `NAME_SIZE` of a flavor, in any of its spellings in the headers. */
function sizeOf(
  source: Source,
  flavor: string,
  constant: (name: string, comment: Comment) => Constant,
): Constant | undefined {
  for (const name of [`${flavor}_SIZE`, `${flavor.replace(/S$/, "")}_SIZE`, `${flavor}SIZE`]) {
    const comment = source.constants.get(name);
    if (comment) return constant(name, comment);
  }
  return undefined;
}

/** Returns the notes of a comment that have a label. */
export function notes({ notes }: Comment, label: Label): string[] {
  return notes.filter(([name]) => name === label).map(([, text]) => text);
}

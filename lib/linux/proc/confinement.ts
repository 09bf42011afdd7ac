import type { Capabilities, Confinement } from "../../system/details.ts";
import type { World } from "../answer/answer.ts";
import { parseControlGroups, parseLabel, parseNumbers } from "../parse/confinement.ts";
import { parseLinkInode } from "../parse/fd_link.ts";
import { parseLines } from "../parse/lines.ts";
import { procFile } from "./proc_fs.ts";
import { readerOf } from "./process.ts";

const STATUS_FILE = procFile("status");
const CGROUP_FILE = procFile("cgroup");
const LABEL_FILE = procFile("attr/current");

/** The namespaces that a process is in; `pid_for_children` and its like are those of others. */
const NAMESPACES = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"].map((kind) =>
  [kind, procFile(`ns/${kind}`)] as const
);

const FILTERS: Readonly<Record<string, Confinement["systemCallFilter"]>> = {
  0: "none",
  1: "strict",
  2: "filter",
};

const decoder = new TextDecoder();

/**
 * What shuts a process in. What belongs to a thread alone, as capabilities do, is the first thread's,
 * or that of a living one once the first has ended.
 */
export function confinement(world: World, pid: number): Confinement {
  const { fs } = world;
  const reader = readerOf(world);
  // What cannot be told of the process at all cannot be told of its parts.
  if (reader.read(pid, true) < 0) return {};
  const textOf = (length: number) =>
    length < 0 ? undefined : decoder.decode(fs.text.subarray(0, length));

  const cgroup = textOf(reader.readFile(pid, CGROUP_FILE));
  const status = parseLines(textOf(reader.readFile(pid, STATUS_FILE)) ?? "");
  const label = reader.readFile(pid, LABEL_FILE);
  const securityLabel = label > 0 ? parseLabel(fs.text, label) : "";
  const namespaces: Record<string, bigint> = {};
  for (const [kind, link] of NAMESPACES) {
    const length = reader.readLink(pid, link);
    const inode = length < 0 ? 0 : parseLinkInode(fs.target, length);
    if (inode > 0) namespaces[kind] = BigInt(inode);
  }
  const pids = status.get("NStgid");
  const capabilities = capabilitiesOf(status);
  const privileges = status.get("NoNewPrivs");
  const filter = FILTERS[status.get("Seccomp") ?? ""];

  return {
    ...(cgroup ? { controlGroups: parseControlGroups(cgroup, reader.isZombie) } : {}),
    ...(Object.keys(namespaces).length > 0 ? { namespaces } : {}),
    ...(pids === undefined ? {} : { namespacePids: parseNumbers(pids) }),
    ...(capabilities === undefined ? {} : { capabilities }),
    ...(privileges === undefined ? {} : { noNewPrivileges: privileges === "1" }),
    ...(filter === undefined ? {} : { systemCallFilter: filter }),
    ...(securityLabel === "" ? {} : { securityLabel }),
  };
}

function capabilitiesOf(status: ReadonlyMap<string, string>): Capabilities | undefined {
  const set = (name: string) => {
    const digits = status.get(name);
    return digits === undefined ? undefined : BigInt(`0x${digits}`);
  };
  const effective = set("CapEff"), permitted = set("CapPrm");
  const inheritable = set("CapInh"), bounding = set("CapBnd");
  if (
    effective === undefined || permitted === undefined || inheritable === undefined ||
    bounding === undefined
  ) return undefined;
  // A kernel without ambient capabilities keeps none.
  return { effective, permitted, inheritable, bounding, ambient: set("CapAmb") ?? 0n };
}

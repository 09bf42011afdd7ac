import { uint32 } from "../system/arguments.ts";
import type { Host } from "../system/system.ts";
import { openHost } from "../system/open.ts";
import type { Missing } from "../process/errors.ts";
import type { Group, Groups, ProcessSnapshot } from "../process/groups.ts";
import { processes } from "../process/snapshot.ts";
import { type Call, type Options, sourceOf, text, UsageError } from "./command.ts";
import { duration, type Field, fieldNames, moment, quoted, size } from "./table.ts";

/** The options that choose among processes. */
export const SELECT_OPTIONS: Options = {
  user: { type: "string", short: "u", word: "USER", help: "only those of a user: a name or an id" },
  name: { type: "string", short: "n", word: "TEXT", help: "only those with this in their name" },
};

/** A row of a table of processes: whichever groups were read. */
export type ProcessRow =
  & Pick<ProcessSnapshot<never>, "pid">
  & {
    readonly [G in Group]?: Groups[G] | Missing;
  };

/** A field of a process, and the group that it is read with. */
export interface ProcessField extends Field<ProcessRow> {
  /** The group; none for the process id, and `"user"` for names of users. */
  readonly group?: Group;
}

/** The fields that a process has in tables. */
export type ProcessFields = Readonly<Record<string, ProcessField>>;

/** A field out of a group. */
function field<G extends Group>(
  group: G,
  title: string,
  value: (values: Groups[G]) => unknown,
  look: Partial<Pick<ProcessField, "right">> & {
    readonly text?: (values: Groups[G]) => string | undefined;
  } = {},
): ProcessField {
  const valuesOf = (row: ProcessRow): Groups[G] | undefined => {
    const values: unknown = row[group];
    return typeof values === "object" ? values as Groups[G] : undefined;
  };
  const { text, right } = look;
  return {
    title,
    group,
    value(row) {
      const values = valuesOf(row);
      return values && value(values);
    },
    missing(row) {
      const values: unknown = row[group];
      return typeof values === "string" ? values as Missing : undefined;
    },
    ...(right === undefined ? {} : { right }),
    ...(text === undefined ? {} : {
      text(row) {
        const values = valuesOf(row);
        return values && text(values);
      },
    }),
  };
}

const right = { right: true };

/**
 * The fields of processes.
 *
 * @param hostOf Who knows the names of users and terminals; asked for where one is looked up.
 */
export function processFields(hostOf: () => Host): ProcessFields {
  const names = new Map<number, string>();
  const nameOf = (id: number) => {
    let name = names.get(id);
    if (name === undefined) names.set(id, name = hostOf().userName(id) ?? String(id));
    return name;
  };
  const terminal = (device: number | undefined) =>
    device === undefined ? undefined : hostOf().terminalPath(device) ?? String(device);
  return {
    pid: { title: "PID", value: ({ pid }) => pid, right: true },
    ppid: field("ids", "PPID", ({ parentPid }) => parentPid, right),
    pgid: field("ids", "PGID", ({ processGroupId }) => processGroupId, right),
    id: field("ids", "ID", ({ uniqueId }) => uniqueId, right),
    user: field("user", "USER", ({ userId }) => nameOf(userId)),
    uid: field("user", "UID", ({ userId }) => userId, right),
    gid: field("user", "GID", ({ groupId }) => groupId, right),
    ruid: field("credentials", "RUID", ({ realUserId }) => realUserId, right),
    suid: field("credentials", "SUID", ({ savedUserId }) => savedUserId, right),
    rgid: field("credentials", "RGID", ({ realGroupId }) => realGroupId, right),
    sgid: field("credentials", "SGID", ({ savedGroupId }) => savedGroupId, right),
    state: field("state", "STATE", ({ state }) => state),
    start: field("start", "STARTED (UTC)", ({ startedAt }) => startedAt, {
      text: ({ startedAt }) => moment(startedAt),
    }),
    tty: field("terminal", "TTY", ({ terminalDevice }) => terminal(terminalDevice)),
    nice: field("priority", "NICE", ({ nice }) => nice, right),
    time: field("cpu", "TIME", ({ cpuTimeNs }) => cpuTimeNs, {
      text: ({ cpuTimeNs }) => duration(cpuTimeNs),
      right: true,
    }),
    rss: field("memory", "RSS", ({ residentBytes }) => residentBytes, {
      text: ({ residentBytes }) => size(residentBytes),
      right: true,
    }),
    vsz: field("memory", "VSZ", ({ virtualBytes }) => virtualBytes, {
      text: ({ virtualBytes }) => size(virtualBytes),
      right: true,
    }),
    footprint: field("footprint", "FOOTPRINT", ({ footprintBytes }) => footprintBytes, {
      text: ({ footprintBytes }) => size(footprintBytes),
      right: true,
    }),
    threads: field("threads", "THREADS", ({ threadCount }) => threadCount, right),
    read: field("io", "READ", ({ readBytes }) => readBytes, {
      text: ({ readBytes }) => size(readBytes),
      right: true,
    }),
    written: field("io", "WRITTEN", ({ writtenBytes }) => writtenBytes, {
      text: ({ writtenBytes }) => size(writtenBytes),
      right: true,
    }),
    name: field("names", "NAME", ({ name }) => name),
    exe: field("executable", "EXECUTABLE", ({ executablePath }) => executablePath),
    cwd: field("cwd", "CWD", ({ workingDirectory }) => workingDirectory),
    args: field("args", "ARGS", (values) => values.arguments, {
      text: (values) => values.arguments.map(quoted).join(" ") || undefined,
    }),
  };
}

/** The names of the fields of processes. */
export const PROCESS_FIELDS: readonly string[] = Object.keys(processFields(openHost));

/** The user that `--user` means. */
export function userOf(call: Call): number | undefined {
  const word = text(call.options["user"]);
  if (word === undefined) return undefined;
  if (/^\d+$/.test(word)) return uint32("--user", Number(word));
  const id = sourceOf(call).host.userId(word);
  if (id !== undefined) return id;
  throw new UsageError(`Cannot find the user ${JSON.stringify(word)}`);
}

/**
 * Reads the processes that the options choose, with what the fields to print and to sort by need.
 *
 * @param shown The fields that are printed when none are asked for.
 */
export function selectProcesses(
  call: Call,
  fields: ProcessFields,
  shown: readonly string[],
): ProcessRow[] {
  const { options } = call;
  const user = userOf(call);
  const part = text(options["name"]);
  const names = [...fieldNames(text(options["fields"]), fields, shown)];
  const sort = text(options["sort"])?.replace(/^-/, "");
  if (sort !== undefined && Object.hasOwn(fields, sort)) names.push(sort);
  if (user !== undefined) names.push("user");
  if (part !== undefined) names.push("name");
  const groups = new Set(names.flatMap((name) => fields[name]!.group ?? []));
  const rows: ProcessRow[] = processes({ groups: [...groups], ...readFrom(call) });
  return rows.filter(({ user: owner, names }) =>
    (user === undefined || (typeof owner === "object" && owner.userId === user)) &&
    (part === undefined || (typeof names === "object" && names.name.includes(part)))
  );
}

/** The source of a call, as options; none where it is this host, which has shorter ways. */
export function readFrom(call: Call): Partial<ReturnType<typeof sourceOf>> {
  const local = call.output.source === undefined && call.options["proc-root"] === undefined;
  return local ? {} : sourceOf(call);
}

import { AccessDeniedError } from "../process/errors.ts";
import { LIMIT_NAMES, type ProcessLimit, type ProcessLimitName } from "../process/limits.ts";
import { openProcess } from "../process/process.ts";
import { type Command, number, partly, ROOT_OPTION, UsageError } from "./command.ts";
import { type Fields, LIST_OPTIONS, plain, printRows } from "./table.ts";
import { parseSize } from "./units.ts";

/** A limit and its name; "unlimited" represents no limit. */
interface Row {
  readonly name: ProcessLimitName;
  readonly soft: number | typeof UNLIMITED;
  readonly hard: number | typeof UNLIMITED;
}

/** The word for a limit that is not set. */
export const UNLIMITED = "unlimited";

const FIELDS: Fields<Row> = {
  name: { title: "NAME", value: ({ name }) => name },
  soft: {
    title: "SOFT",
    value: ({ soft }) => soft,
    text: ({ name, soft }, form) => plain(soft, unitOf(name), form),
  },
  hard: {
    title: "HARD",
    value: ({ hard }) => hard,
    text: ({ name, hard }, form) => plain(hard, unitOf(name), form),
  },
};

function unitOf(name: ProcessLimitName): "bytes" | "none" {
  return name.endsWith("Bytes") ? "bytes" : "none";
}

/** `libproc limits`: prints the limits of a process, and sets them. */
export const command: Command = {
  usage: "PID [NAME=[SOFT]:[HARD]...]",
  description:
    `Prints the resource limits of a process. On Linux, it also sets the given limits, and prints only those.
A part that is omitted does not change, and NAME=VALUE sets both parts. A value is an integer, a size such
as 100M, or ${UNLIMITED}. Raising a hard limit, and setting limits of another user's process, require
privileges.

Names: ${LIMIT_NAMES.map(([theirs, ours]) => `${ours} (${theirs})`).join(", ")}. Both can be used.

Fields: ${Object.keys(FIELDS).join(", ")}.`,
  options: { ...LIST_OPTIONS, ...ROOT_OPTION },
  fields: Object.keys(FIELDS),
  example: "libproc limits $$ openFiles=4096:",
  run(call) {
    const [word, ...settings] = call.words;
    const pid = number("PID", word, () => {
      throw new UsageError("Cannot run limits without a process id");
    });
    const wanted = settings.map(settingIn);
    const process = openProcess(pid, call.from);
    const before = process.limits();
    try {
      for (const { name, ...limit } of wanted) {
        const old = before[name];
        if (old !== undefined) process.setLimit(name, { ...old, ...limit });
      }
    } catch (error) {
      if (!(error instanceof AccessDeniedError)) throw error;
      const why =
        "raising a hard limit, and setting limits of another user's process, require privileges";
      return partly(call.output, `${error.message}: ${why}`);
    }
    const names = new Set(wanted.map(({ name }) => name));
    const rows = Object.entries(process.limits()).flatMap(([name, { soft, hard }]): Row[] =>
      names.size > 0 && !names.has(name as ProcessLimitName) ? [] : [{
        name: name as ProcessLimitName,
        soft: soft ?? UNLIMITED,
        hard: hard ?? UNLIMITED,
      }]
    );
    return printRows(call, rows, FIELDS, Object.keys(FIELDS));
  },
};

/** A limit to set. The parts that are absent do not change. */
type Setting = Partial<ProcessLimit> & { readonly name: ProcessLimitName };

function settingIn(word: string): Setting {
  const parts = /^(\w+)=([^:]*)(?::([^:]*))?$/.exec(word);
  if (parts === null) {
    throw new UsageError(
      `Cannot set a limit as it must be NAME=SOFT:HARD: current value is ${JSON.stringify(word)}`,
    );
  }
  const [, given = "", soft = "", hard = soft] = parts;
  const found = LIMIT_NAMES.find((names) => names.some((name) => name === given));
  if (found === undefined) {
    const names = LIMIT_NAMES.map(([, ours]) => ours).join(", ");
    throw new UsageError(`Cannot set ${JSON.stringify(given)} as it must be one of ${names}`);
  }
  if (soft === "" && hard === "") throw new UsageError(`Cannot set ${given} without a value`);
  const [, name] = found;
  return {
    name,
    ...(soft !== "" && { soft: amountIn(name, soft) }),
    ...(hard !== "" && { hard: amountIn(name, hard) }),
  };
}

function amountIn(name: ProcessLimitName, word: string): number | undefined {
  if (word === UNLIMITED) return undefined;
  return unitOf(name) === "bytes" ? Math.round(parseSize(name, word)) : number(name, word, () => 0);
}

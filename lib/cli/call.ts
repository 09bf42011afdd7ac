import * as abi from "../abi/mod.ts";
import { CAN_USE_FG_HW_REPLY } from "../calls/can_use_fg_hw.ts";
import { DIRTY_CONTROL_REPLIES } from "../calls/dirty_control.ts";
import { KERN_MSG_BUF_REPLY } from "../calls/kern_msg_buf.ts";
import { LIST_COALITIONS_REPLIES } from "../calls/list_coalitions.ts";
import { PID_DYN_KQUEUE_INFO_REPLIES } from "../calls/pid_dyn_kqueue_info.ts";
import { PID_FD_INFO_REPLIES } from "../calls/pid_fd_info.ts";
import { PID_FILEPORT_INFO_REPLIES } from "../calls/pid_fileport_info.ts";
import { PID_INFO_REPLIES } from "../calls/pid_info.ts";
import { PID_ORIGINATOR_INFO_REPLIES } from "../calls/pid_originator_info.ts";
import { PID_RUSAGE_REPLIES } from "../calls/pid_rusage.ts";
import { procInfo } from "../calls/proc_info.ts";
import type { Query, Reply } from "../calls/reply.ts";
import { ProcInfoError } from "../system/errors.ts";
import {
  type Call,
  type Command,
  EXIT,
  json,
  number,
  refused,
  ROOT_OPTION,
  UsageError,
} from "./command.ts";

type Replies = Readonly<Record<number, Reply<unknown>>>;

const pids: Reply<unknown> = {
  returns: "bytes",
  read(query) {
    const buffer = new Uint8Array(new ArrayBuffer(query(null)));
    const written = query(buffer);
    return [...new Int32Array(buffer.buffer, 0, written >> 2)];
  },
};

/**
 * The calls that write an answer, and how each flavor is decoded. Calls that only have effects are
 * not here.
 */
const REPLIES: Readonly<Record<number, Replies | Reply<unknown>>> = {
  [abi.PROC_INFO_CALL_LISTPIDS]: pids,
  [abi.PROC_INFO_CALL_PIDINFO]: PID_INFO_REPLIES,
  [abi.PROC_INFO_CALL_PIDFDINFO]: PID_FD_INFO_REPLIES,
  [abi.PROC_INFO_CALL_KERNMSGBUF]: KERN_MSG_BUF_REPLY,
  [abi.PROC_INFO_CALL_PIDFILEPORTINFO]: PID_FILEPORT_INFO_REPLIES,
  [abi.PROC_INFO_CALL_DIRTYCONTROL]: DIRTY_CONTROL_REPLIES,
  [abi.PROC_INFO_CALL_PIDRUSAGE]: PID_RUSAGE_REPLIES,
  [abi.PROC_INFO_CALL_PIDORIGINATORINFO]: PID_ORIGINATOR_INFO_REPLIES,
  [abi.PROC_INFO_CALL_LISTCOALITIONS]: LIST_COALITIONS_REPLIES,
  [abi.PROC_INFO_CALL_CANUSEFGHW]: CAN_USE_FG_HW_REPLY,
  [abi.PROC_INFO_CALL_PIDDYNKQUEUEINFO]: PID_DYN_KQUEUE_INFO_REPLIES,
};

/** The raw result of a call. */
interface Raw {
  /** The number that it returned. */
  readonly returned: number;
  /** The part of the buffer that it wrote. */
  readonly bytes: Uint8Array;
}

const MOST = 16 * 1024 * 1024;
const NAMES: Readonly<Record<string, unknown>> = abi;

/** `libproc call`: makes a call and prints its result. */
export const command: Command = {
  usage: "CALLNUM PID FLAVOR [ARG] [SIZE]",
  description:
    `Calls __proc_info(CALLNUM, PID, FLAVOR, ARG, buffer, SIZE), and prints its result, the bytes that it
wrote and, if the flavor is known, the decoded answer. Nothing is checked: a call can change or end a
process.

CALLNUM and FLAVOR are numbers or C names such as PIDINFO and PROC_PIDTBSDINFO. A callnum that takes
something else in the place of PID or FLAVOR takes a number there. ARG is 0 by default. Without SIZE, the
buffer has the size that the flavor needs. With a SIZE of 0, there is no buffer.`,
  options: { json: { type: "boolean", help: "print an object in JSON" }, ...ROOT_OPTION },
  exits:
    "0 the call succeeded, 1 it failed, and the name of the error is printed, 2 an error, 3 it was denied",
  example: "libproc call PIDINFO 1 PROC_PIDT_SHORTBSDINFO",
  run(call) {
    const { words, options, output } = call;
    if (words.length < 3 || words.length > 5) {
      throw new UsageError("Cannot call without CALLNUM, PID and FLAVOR: see --help");
    }
    const callnum = constant("CALLNUM", words[0]!, "PROC_INFO_CALL_");
    const pid = number("PID", words[1], () => 0);
    const flavor = constant("FLAVOR", words[2]!, "");
    const arg = argument(words[3]);
    const size = words[4] === undefined ? undefined : number("SIZE", words[4], () => 0);
    if (size !== undefined && !(size >= 0 && size <= MOST)) {
      throw new RangeError(
        `Cannot use SIZE as it must be from 0 to ${MOST}: current value is ${words[4]}`,
      );
    }
    const reply = replyOf(callnum, flavor);
    try {
      const { raw, value } = query(call, { callnum, pid, flavor, arg, size }, reply);
      if (options["json"]) {
        output.out(json({ returned: raw.returned, bytes: hexOf(raw.bytes), value }));
      } else {
        output.out(`returned ${raw.returned}`);
        for (const line of dump(raw.bytes)) output.out(line);
        if (value !== undefined) {
          output.out(json(value, 2));
        }
      }
      return EXIT.found;
    } catch (error) {
      if (!(error instanceof ProcInfoError)) throw error;
      const { code, errno } = error;
      output.out(options["json"] ? json({ error: code, errno }) : `${code} (${errno})`);
      return code === "EPERM" || code === "EACCES"
        ? refused(call, `the call for process ${pid} was denied`)
        : EXIT.none;
    }
  },
};

/** The arguments of a call. */
interface Numbers {
  readonly callnum: number;
  readonly pid: number;
  readonly flavor: number;
  readonly arg: bigint;
  readonly size: number | undefined;
}

function query(
  { from }: Call,
  { callnum, pid, flavor, arg, size }: Numbers,
  reply: Reply<unknown> | undefined,
): { raw: Raw; value?: unknown } {
  let raw: Raw = { returned: 0, bytes: new Uint8Array(0) };
  const through: Query = (buffer) => {
    const returned = procInfo(callnum, pid, flavor, arg, buffer, undefined, from);
    const bytes = buffer ?? new Uint8Array(0);
    const whole = reply?.returns !== "bytes" || returned > bytes.length;
    raw = { returned, bytes: (whole ? bytes : bytes.subarray(0, returned)).slice() };
    return returned;
  };
  if (size !== undefined || reply === undefined) {
    through(size ? new Uint8Array(new ArrayBuffer(size)) : null);
    return { raw };
  }
  const value = reply.read(through);
  return { raw, value };
}

function replyOf(callnum: number, flavor: number): Reply<unknown> | undefined {
  const replies = REPLIES[callnum];
  if (replies === undefined) return undefined;
  return isReply(replies) ? replies : replies[flavor];
}

function isReply(replies: Replies | Reply<unknown>): replies is Reply<unknown> {
  return "read" in replies;
}

/** Parses a number, or the C name of a constant, whose common prefix can be omitted. */
function constant(name: string, word: string, start: string): number {
  if (/^-?\d+$/.test(word)) return Number(word);
  if (/^0x[\da-f]+$/i.test(word)) return Number(word);
  for (const spelled of [word, start + word]) {
    const value = Object.hasOwn(NAMES, spelled) ? NAMES[spelled] : undefined;
    if (typeof value === "number") return value;
  }
  throw new UsageError(
    `Cannot read ${name} as it must be a number or a C name: current value is ${
      JSON.stringify(word)
    }`,
  );
}

/** Parses a 64-bit number, in decimal or hexadecimal. */
function argument(word = "0"): bigint {
  if (/^(\d+|0x[\da-f]+)$/i.test(word)) return BigInt(word);
  throw new UsageError(
    `Cannot read ARG as it must be a whole number: current value is ${JSON.stringify(word)}`,
  );
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const LINE = 16;

/** Formats bytes as hexdump(1): lines with an offset, numbers and text. */
function* dump(bytes: Uint8Array): Iterable<string> {
  for (let at = 0; at < bytes.length; at += LINE) {
    const line = bytes.subarray(at, at + LINE);
    const numbers = Array.from(line, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const text = Array.from(
      line,
      (byte) => byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".",
    );
    yield `${at.toString(16).padStart(8, "0")}  ${numbers.padEnd(LINE * 3 - 1)}  |${
      text.join("")
    }|`;
  }
}

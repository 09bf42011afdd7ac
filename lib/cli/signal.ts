import { type SignalName, signalName } from "../process/signals.ts";
import { systemIn } from "../system/open.ts";
import type { System } from "../system/system.ts";
import { type Call, type Options, text, UsageError } from "./command.ts";

/** The option `--signal`, for commands that send a signal. */
export const SIGNAL_OPTION: Options = {
  signal: {
    type: "string",
    short: "s",
    word: "SIGNAL",
    help: "the signal to send: a name such as HUP, or a number; TERM by default",
  },
};

/**
 * Returns the signal that `--signal` names: by a name as kill(1) takes it, or by its number on this
 * system.
 */
export function signalIn({ options, from }: Call): SignalName {
  const word = text(options["signal"]);
  if (word === undefined) return "SIGTERM";
  const numbers = systemIn(from).signalNumbers();
  const upper = word.toUpperCase();
  const name = upper.startsWith("SIG") ? upper : `SIG${upper}`;
  const found = /^\d+$/.test(word)
    ? numbers[Number(word) - 1]
    : numbers.find((number) => signalName(number) === name);
  if (found !== undefined) return signalName(found);
  throw new UsageError(
    `Cannot use --signal as it must be a signal of this system, such as TERM or 15: current value is ${
      JSON.stringify(word)
    }`,
  );
}

/** Returns the number of a signal on a system. */
export function hostNumber(signal: SignalName, system: System): number {
  return system.signalNumbers().findIndex((number) => signalName(number) === signal) + 1;
}

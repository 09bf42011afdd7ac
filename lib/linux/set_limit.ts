import { ERRNO } from "../system/errors.ts";
import type { Limit, LimitName } from "../system/facts.ts";
import type { System } from "../system/system.ts";
import { readerOf } from "./proc/process.ts";
import type { World } from "./proc/world.ts";
import { converted, type DarwinAnswer, darwinError } from "./sys/errno.ts";
import { openSetLimit } from "./sys/limits.ts";

/** Returns the function that sets a limit of a process by its pid: `System.setLimit()`. */
export function limitSetter(world: World): System["setLimit"] {
  const { fs, libc } = world;
  const reader = readerOf(world);
  const setLimit = openSetLimit(libc.more);

  /** Sets a limit. Returns a negated Darwin errno if it was not set. */
  function set(pid: number, name: LimitName, limit: Limit): DarwinAnswer {
    // `prlimit()` takes pids of the caller's own namespace.
    if (!fs.mounted || !fs.local) return -ERRNO.ENOTSUP;
    // `prlimit()` takes 0 for the caller, and the id of any thread for its process.
    const missing = reader.find(pid);
    if (missing < 0) return missing;
    return converted(setLimit(pid, name, limit));
  }

  return (pid, name, limit) => {
    const answer = set(pid, name, limit);
    if (answer < 0) throw darwinError(`set the limits of process ${pid}`, "prlimit", answer);
  };
}

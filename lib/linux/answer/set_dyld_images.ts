import { ERRNO } from "../../system/errors.ts";
import type { Call } from "./answer.ts";
import type { World } from "../proc/world.ts";

/**
 * Answers `PROC_INFO_CALL_SET_DYLD_IMAGES` with an error after XNU's checks, as Linux does not keep
 * such an address for a process.
 */
export function setDyldImages({ fs }: World): Call {
  return (pid, _flavor, _arg, buffer) =>
    pid > 0 && pid === fs.self && buffer !== null ? -ERRNO.ENOTSUP : -ERRNO.EINVAL;
}

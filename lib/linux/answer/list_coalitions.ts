import {
  LISTCOALITIONS_ALL_COALS,
  LISTCOALITIONS_SINGLE_TYPE,
  procInfoCoalInfo,
} from "../../abi/list_coalitions.ts";
import { ERRNO } from "../../system/errors.ts";
import { block } from "../../layout/block.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import { groupReader, hierarchies, type Hierarchy } from "../proc/cgroups.ts";
import type { World } from "../proc/world.ts";
import type { Call } from "./answer.ts";

const AT = offsetsOf(procInfoCoalInfo);
const ROW = procInfoCoalInfo.size;

/**
 * Answers `PROC_INFO_CALL_LISTCOALITIONS`. Every control group is a coalition, even without tasks.
 *
 * A group is listed before the groups in it. A type that XNU does not have matches no coalition,
 * and a type below 0 matches all of them.
 */
export function listCoalitions({ fs, libc }: World): Call {
  const row = block(ROW);
  const { groups, processes } = groupReader(libc);
  let trees: readonly (Hierarchy | null)[] | undefined;

  return (flavor, type, _arg, buffer) => {
    const single = flavor === LISTCOALITIONS_SINGLE_TYPE;
    if (!single && flavor !== LISTCOALITIONS_ALL_COALS) return -ERRNO.EINVAL;
    if (!fs.mounted) return -ERRNO.ENOTSUP;
    trees ??= hierarchies(libc);
    if (trees.every((tree) => tree === null)) return -ERRNO.ENOTSUP;

    const room = buffer === null ? 0 : buffer.byteLength;
    let size = 0;
    for (const [coalitionType, tree] of trees.entries()) {
      if (tree === null || (single && type >= 0 && coalitionType !== type)) continue;
      const found = groups(tree);
      if (typeof found === "number") return found;
      for (const group of found) {
        if (size < room) {
          const count = processes(group);
          if (count === -ERRNO.ENOENT) continue;
          if (count < 0) return count;
          row.bytes.set(group.inode, AT.coalition_id);
          row.view.setUint32(AT.coalition_type, coalitionType, true);
          row.view.setUint32(AT.coalition_tasks, count, true);
          // XNU truncates its list to the buffer, even within a row.
          buffer!.set(row.bytes.subarray(0, room - size), size);
        }
        size += ROW;
      }
    }
    return room === 0 ? size : Math.min(size, room);
  };
}

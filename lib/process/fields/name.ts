import type { TableReader } from "../../system/table.ts";
import { decodeText } from "../texts.ts";
import { BSD, type FieldGroup } from "./field.ts";

/** The name of a process. Every user may read it. */
export interface NameFields {
  /**
   * The name of the program: that of its file, or of the script that it runs. The kernels keep the
   * beginning, Linux 15 bytes and macOS 31, or 16 of other users' processes; the rest is taken from the
   * path of the program or, on Linux, from the arguments, if one of them starts with the same. A process
   * that gave itself another name has that, and a zombie the beginning.
   */
  readonly name: string;
}

/** The name of a process. */
export const group: FieldGroup<NameFields> = {
  source: { linux: ["stat"], macos: BSD },
  fields: { name: { kind: "text", title: "NAME" } },
  stays: true,
  read({ table, texts }, columns, row) {
    const answer = table.readName();
    if (answer < 0) return answer;
    columns.name[row] = texts.add(table.name, 0, table.nameLength);
    return 0;
  },
};

/** The name of the process that a reader stands on, or a negated errno. */
export function nameIn(table: TableReader): string | number {
  const answer = table.readName();
  return answer < 0 ? answer : decodeText(table.name.subarray(0, table.nameLength));
}

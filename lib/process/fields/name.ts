import type { TableReader } from "../../system/table.ts";
import { decodeText } from "../texts.ts";
import { BSD, type FieldGroup } from "./field.ts";

/** The name of a process. Every user can read it. */
export interface NameFields {
  /**
   * The name of the program: that of its file, or of the script that it runs.
   *
   * The kernel keeps only the beginning of a name. If the name in the path of the program starts
   * with it, the rest comes from there. A name that the process gave itself is reported as it is.
   * The name of a zombie is not completed.
   *
   * On Linux, the kernel keeps 15 bytes. On Linux, the rest can also come from one of the
   * arguments. On macOS, the kernel keeps 31 bytes. On macOS, only root can read more than 16 of
   * these bytes for processes of other users.
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

/** Returns the name of the current process of a reader, or a negated errno. */
export function nameIn(table: TableReader): string | number {
  const answer = table.readName();
  return answer < 0 ? answer : decodeText(table.name.subarray(0, table.nameLength));
}

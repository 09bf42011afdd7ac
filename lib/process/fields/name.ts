import type { FieldGroup } from "./field.ts";

/** The name of a process. Every user may read it. */
export interface NameFields {
  /**
   * The name of the program, up to 31 bytes. For other users' processes macOS reports 15 bytes; Linux
   * reports more than 15 if the command line starts with the same name.
   */
  readonly name: string;
}

/** The name of a process. */
export const group: FieldGroup<NameFields> = {
  fields: { name: { kind: "text", title: "NAME" } },
  read({ table, texts }, columns, row) {
    const answer = table.readName();
    if (answer < 0) return answer;
    columns.name[row] = texts.add(table.name, 0, table.nameLength);
    return 0;
  },
};

import type { FieldGroup } from "./field.ts";

/**
 * The arguments of a process. Not of zombies; on macOS only root may read them of other users'
 * processes.
 */
export interface ArgumentFields {
  /**
   * The arguments that it was started with, empty ones too; the first is the name that the program
   * goes by. If the process wrote a title over its arguments, the title is the only element. Kernel
   * threads have none.
   */
  readonly arguments: readonly string[];
  /**
   * The text that the process wrote over its arguments; undefined if it wrote none, or if the system
   * does not let the caller find out.
   */
  readonly title: string | undefined;
}

/** The arguments of a process. */
export const group: FieldGroup<ArgumentFields> = {
  source: { linux: ["cmdline", "mem"], macos: ["KERN_PROCARGS2"] },
  fields: {
    arguments: { kind: "texts", title: "ARGS", alias: "args" },
    title: { kind: "text", title: "TITLE" },
  },
  apart: true,
  readsArguments: true,
  read({ table, texts }, columns, row) {
    const answer = table.readArguments();
    if (answer < 0) return answer;
    const { arguments: list, title } = table.arguments;
    columns.arguments[row] = texts.addList(list);
    columns.title[row] = title === undefined ? 0 : texts.add(title, 0, title.length);
    return 0;
  },
};

import type { FieldGroup } from "./field.ts";

/**
 * The arguments of a process. Undefined for zombies. On macOS, only root can read them for
 * processes of other users.
 */
export interface ArgumentFields {
  /**
   * The arguments that the process was started with, including empty ones. The first is `argv[0]`,
   * usually the name of the program. On Linux, the list is empty for a kernel thread. On Linux, a
   * title that the process wrote over its arguments is the only element.
   */
  readonly arguments: readonly string[];
  /**
   * The title that the process wrote over its arguments. Undefined if it wrote none, or if the
   * system does not let the caller find out. On macOS, `title` is always undefined.
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

import constants from "./darwin_constants.json" with { type: "json" };
import kinfoProc from "./darwin_kinfo_proc.json" with { type: "json" };
import layouts from "./darwin_layout.json" with { type: "json" };
import headers from "./linux_headers.json" with { type: "json" };
import type { HeaderFacts } from "../support/kernel_headers.ts";

/**
 * A member of a struct. The names of members of unions and anonymous structs have the form
 * `outer.inner`.
 */
export interface GoldenField {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly type: string;
  readonly count: number;
}

/** A struct with its size, its alignment and its members. */
export interface GoldenStruct {
  readonly size: number;
  readonly align: number;
  readonly fields: readonly GoldenField[];
}

/** A constant. */
export interface GoldenConstant {
  readonly value: number;
  readonly macOS?: string | null;
}

/** The structs of `__proc_info()` and of `KERN_PROC`, by their C names. */
export const darwinLayout: Readonly<Record<string, GoldenStruct>> = {
  ...layouts,
  ...kinfoProc.structs,
};

/** The constants of `__proc_info()` and of `KERN_PROC`, by their C names. */
export const darwinConstants: Readonly<Record<string, GoldenConstant>> = {
  ...constants,
  ...kinfoProc.constants,
};

/** The facts in Linux's headers for each processor, by the value of `process.arch`. */
export const linuxHeaders: Readonly<Record<"arm64" | "x64", HeaderFacts>> = headers as unknown as {
  readonly arm64: HeaderFacts;
  readonly x64: HeaderFacts;
};

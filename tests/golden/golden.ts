import constants from "./darwin_constants.json" with { type: "json" };
import kinfoProc from "./darwin_kinfo_proc.json" with { type: "json" };
import layouts from "./darwin_layout.json" with { type: "json" };
import headers from "./linux_headers.json" with { type: "json" };
import type { HeaderFacts } from "../support/kernel_headers.ts";

/** One member of a struct; members of unions and of structs without a name are `outer.inner`. */
export interface GoldenField {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly type: string;
  readonly count: number;
}

/** One struct. */
export interface GoldenStruct {
  readonly size: number;
  readonly align: number;
  readonly fields: readonly GoldenField[];
}

/** One constant. */
export interface GoldenConstant {
  readonly value: number;
  readonly macOS?: string | null;
}

/** The structs of `__proc_info()` and of `KERN_PROC` by their C names. */
export const darwinLayout: Readonly<Record<string, GoldenStruct>> = {
  ...layouts,
  ...kinfoProc.structs,
};

/** Their constants by their C names. */
export const darwinConstants: Readonly<Record<string, GoldenConstant>> = {
  ...constants,
  ...kinfoProc.constants,
};

/** What Linux's headers say on each processor, in the words of `process.arch`. */
export const linuxHeaders: Readonly<Record<"arm64" | "x64", HeaderFacts>> = headers as unknown as {
  readonly arm64: HeaderFacts;
  readonly x64: HeaderFacts;
};

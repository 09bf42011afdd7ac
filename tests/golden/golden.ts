import constants from "./darwin_constants.json" with { type: "json" };
import layouts from "./darwin_layout.json" with { type: "json" };

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

/** The structs of `__proc_info()` by their C names. */
export const darwinLayout: Readonly<Record<string, GoldenStruct>> = layouts;

/** The constants of `__proc_info()` by their C names. */
export const darwinConstants: Readonly<Record<string, GoldenConstant>> = constants;

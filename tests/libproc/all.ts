export * from "../../lib/libproc/mod.ts";
export { ERRNO } from "../../lib/system/errors.ts";

export * from "../../lib/libproc/mod.ts";
export { ERRNO } from "../../lib/kernel.ts";

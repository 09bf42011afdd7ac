import type { Assembler } from "./assembler.ts";
import type { Btf } from "./btf.ts";

/** `void *bpf_rdonly_cast(const void *address, u32 type)` */
const CAST = "bpf_rdonly_cast";

/** Whether the kernel makes pointers of addresses (Linux 6.2). */
export function canCast(btf: Btf): boolean {
  return btf.hasFunction(CAST);
}

/**
 * Emits what makes of the address in `r1` a pointer in `r0` to a struct, for loads that find 0 where there
 * is no memory. It is no call in the end, unlike a copy; `r1` to `r5` are undefined afterwards.
 */
export function emitCast(a: Assembler, btf: Btf, struct: string): void {
  a.alu("r2", "=", btf.struct(struct));
  a.callFunction(btf.function(CAST));
}

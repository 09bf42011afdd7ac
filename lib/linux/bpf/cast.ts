import type { Assembler } from "./assembler.ts";
import type { Btf } from "./btf.ts";

/** `void *bpf_rdonly_cast(const void *address, u32 type)` */
const CAST = "bpf_rdonly_cast";

/** Returns true if the kernel casts addresses to pointers (Linux 6.2). */
export function canCast(btf: Btf): boolean {
  return btf.hasFunction(CAST);
}

/**
 * Emits the conversion of the address in `r1` to a pointer to a struct in `r0`. A load through the
 * pointer returns 0 for unmapped memory. The verifier removes the call, unlike that of a copy. `r1`
 * to `r5` are undefined afterwards.
 */
export function emitCast(a: Assembler, btf: Btf, struct: string): void {
  a.alu("r2", "=", btf.struct(struct));
  a.callFunction(btf.function(CAST));
}

import { type Assembler, HELPER } from "./assembler.ts";
import type { Bpf } from "./bpf.ts";
import type { Btf } from "./btf.ts";

/** The flag of kernel threads whose name includes their current work. */
export const PF_WQ_WORKER = 0x20;
/** The maximum size of the full name of a kernel thread, in bytes. */
export const KERNEL_NAME_SIZE = 64;

const WORD = 8;
const PLUS = 43;
const MINUS = 45;

/** The offsets of variables in the frame. */
interface Frame {
  /** The offset of 8 free bytes. */
  readonly scratch: number;
  /** The offset at which 1 is stored if `comm` is the whole name. */
  readonly whole: number;
  /**
   * The offset of the sign between the name and the text. The sign is 0 if the text is the name.
   */
  readonly sign: number;
  /** The offset of the text. */
  readonly text: number;
}

/** Returns true if kernel threads have names that are longer than `comm`: since Linux 5.17. */
export function hasKernelNames(btf: Btf): boolean {
  return btf.has("task_struct", "worker_private") && btf.has("kthread", "full_name");
}

/**
 * Emits the code that finds the name that `stat` has for the kernel thread in `r7`: its full name,
 * or `comm` with the work of a workqueue's worker. If there is a text, the program continues at
 * `found`, otherwise after this code. It overwrites `r0` to `r5` and `r9`. The kernel must have
 * such names: see {@linkcode hasKernelNames}.
 */
export function emitKernelName(a: Assembler, bpf: Bpf, frame: Frame, found: string): void {
  const { btf } = bpf;
  const at = (struct: string, path: string) => btf.member(struct, path).offset;

  /** Emits the code that loads a pointer of the struct in `r9` into `r1`. */
  function readPointer(offset: number): void {
    a.alu("r3", "=", "r9").alu("r3", "+=", offset);
    a.alu("r2", "=", WORD);
    a.alu("r1", "=", "r10").alu("r1", "+=", frame.scratch);
    a.call(HELPER.probeReadKernel);
    a.load(8, "r1", "r10", frame.scratch);
  }

  /** Emits the code that reads up to `size` bytes of the text at `r3`. */
  function readText(size: number): void {
    a.alu("r2", "=", size);
    a.alu("r1", "=", "r10").alu("r1", "+=", frame.text);
    a.call(HELPER.probeReadKernelStr);
  }

  a.load(8, "r9", "r7", at("task_struct", "worker_private"));
  a.jumpIf("r9", "==", 0, "no full name");
  a.load(4, "r1", "r7", at("task_struct", "flags"));
  a.jumpIf32("r1", "&", PF_WQ_WORKER, "worker");

  a.label("by its thread");
  a.load(8, "r9", "r7", at("task_struct", "worker_private"));
  readPointer(at("kthread", "full_name"));
  a.jumpIf("r1", "==", 0, "whole name");
  a.alu("r3", "=", "r1");
  a.store(4, "r10", frame.sign, 0);
  readText(KERNEL_NAME_SIZE);
  a.jump(found);

  a.label("worker");
  readPointer(at("kthread", "data"));
  a.jumpIf("r1", "==", 0, "no full name");
  a.alu("r9", "=", "r1");
  readPointer(at("worker", "pool"));
  a.jumpIf("r1", "!=", 0, "in a pool");
  // A worker without a pool is a rescuer that waits, or a worker that is ending.
  readPointer(at("worker", "rescue_wq"));
  a.jumpIf("r1", "!=", 0, "by its thread");
  a.jump("no full name");

  a.label("in a pool");
  readPointer(at("worker", "current_work"));
  a.store(4, "r10", frame.sign, MINUS);
  a.jumpIf("r1", "==", 0, "idle");
  a.store(4, "r10", frame.sign, PLUS);
  a.label("idle");
  a.alu("r3", "=", "r9").alu("r3", "+=", at("worker", "desc"));
  readText(btf.member("worker", "desc").size);
  a.load(1, "r1", "r10", frame.text);
  a.jumpIf("r1", "!=", 0, found);

  a.label("whole name");
  a.store(4, "r10", frame.whole, 1);
  a.label("no full name");
}

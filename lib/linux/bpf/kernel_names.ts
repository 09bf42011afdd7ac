import { type Assembler, HELPER } from "./assembler.ts";
import type { Bpf } from "./bpf.ts";
import type { Btf } from "./btf.ts";

/** Set in the flags of the kernel's threads whose name includes their present work. */
export const PF_WQ_WORKER = 0x20;
/** How much is kept of the full name of one of the kernel's threads. */
export const KERNEL_NAME_SIZE = 64;

const WORD = 8;
const PLUS = 43;
const MINUS = 45;

/** Places in the frame. */
interface Frame {
  /** 8 bytes that are free. */
  readonly scratch: number;
  /** Where 1 is stored if the name is all there is. */
  readonly whole: number;
  /** The offset of the sign between the name and the text: 0 if the text is the name. */
  readonly sign: number;
  /** Where the text goes. */
  readonly text: number;
}

/** True if threads of the kernel have names that are longer than `comm`: since Linux 5.17. */
export function hasKernelNames(btf: Btf): boolean {
  return btf.has("task_struct", "worker_private") && btf.has("kthread", "full_name");
}

/**
 * Emits what finds the name that `stat` has for the kernel's thread in `r7`, of which `comm` is a part: its
 * full name, or what a worker of its queues works on. If there is a text, the program goes on at `found`,
 * otherwise behind. `r0` to `r5` and `r9` are used. It takes a kernel that {@linkcode hasKernelNames}.
 */
export function emitKernelName(a: Assembler, bpf: Bpf, frame: Frame, found: string): void {
  const { btf } = bpf;
  const at = (struct: string, path: string) => btf.member(struct, path).offset;

  /** Emits what reads a pointer of the struct in `r9`, and compares it with null. */
  function readPointer(offset: number): void {
    a.alu("r3", "=", "r9").alu("r3", "+=", offset);
    a.alu("r2", "=", WORD);
    a.alu("r1", "=", "r10").alu("r1", "+=", frame.scratch);
    a.call(HELPER.probeReadKernel);
    a.load(8, "r1", "r10", frame.scratch);
  }

  /** Emits what reads up to so many bytes of the text at `r3`. */
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
  // One that waits to come to the rescue of a queue is in none; otherwise it ends.
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

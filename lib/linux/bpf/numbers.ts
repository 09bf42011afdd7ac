import { type Assembler, HELPER, type Register } from "./assembler.ts";
import type { Bpf } from "./bpf.ts";
import { emitCast } from "./cast.ts";

/** The number of bytes that {@linkcode PidNumbers} needs in a program's frame. */
export const NUMBERS_SIZE = 32;

const PIDTYPE_TGID = 1;
const POINTER = 8;

/**
 * The offsets in these bytes: the reader's namespace, the level of the namespace, and a
 * `struct upid`.
 */
const NAMESPACE = 0;
const LEVEL = 8;
const UPID = 16;

/**
 * Emits code that converts a `struct pid` to its number in the reader's pid namespace. The number
 * is 0 if the namespace does not contain it, as for the parent of the namespace's init process.
 */
export class PidNumbers {
  readonly #a: Assembler;
  readonly #bpf: Bpf;
  readonly #frame: number;
  readonly #numbers: number;
  readonly #casts: boolean;

  /**
   * @param frame The offset of {@linkcode NUMBERS_SIZE} bytes of the frame, a multiple of 8.
   * @param casts True if numbers are loaded instead of copied; see `canCast()`. Default: false.
   */
  constructor(assembler: Assembler, bpf: Bpf, frame: number, casts = false) {
    this.#casts = casts;
    this.#a = assembler;
    this.#bpf = bpf;
    this.#frame = frame;
    this.#numbers = bpf.btf.member("pid", "numbers").offset;
  }

  /**
   * Emits the code that must run before any {@linkcode PidNumbers.store}. It overwrites `r0` to
   * `r5`.
   */
  begin(): void {
    // The numbers of the initial namespace have the same offset in each `struct pid`.
    if (this.#bpf.isInitial) return;
    const { btf } = this.#bpf;
    const a = this.#a;
    a.call(HELPER.currentTask);
    a.load(8, "r1", "r0", btf.member("task_struct", "thread_pid").offset);
    a.load(4, "r2", "r1", btf.member("pid", "level").offset);
    a.store(8, "r10", this.#frame + LEVEL, "r2");
    const [base, upid] = this.#readNumber();
    a.load(8, "r1", base, upid + btf.member("upid", "ns").offset);
    a.store(8, "r10", this.#frame + NAMESPACE, "r1");
  }

  /**
   * Emits the code that finds the `struct upid` at the level in `r2` of the `struct pid` in `r1`.
   * Returns the place of the `struct upid`.
   */
  #readNumber(): readonly [base: Register, offset: number] {
    const { btf } = this.#bpf;
    const size = btf.size("upid");
    this.#a
      .alu("r2", "*=", size)
      .alu("r2", "+=", this.#numbers)
      .alu("r1", "+=", "r2");
    if (this.#casts) {
      emitCast(this.#a, btf, "upid");
      return ["r0", 0];
    }
    this.#a
      .alu("r3", "=", "r1")
      .alu("r2", "=", size)
      .alu("r1", "=", "r10")
      .alu("r1", "+=", this.#frame + UPID)
      .call(HELPER.probeReadKernel);
    return ["r10", this.#frame + UPID];
  }

  /**
   * Emits the code that stores the number of the `struct pid` in `r1`, which may be null. It stores
   * 4 bytes at an offset of the frame, and overwrites `r0` to `r5`.
   */
  store(at: number): void {
    const { btf, isInitial } = this.#bpf;
    const a = this.#a;
    if (isInitial) {
      a.load(4, "r1", "r1", this.#numbers + btf.member("upid", "nr").offset);
      a.store(4, "r10", at, "r1");
      return;
    }
    const done = a.unique("number");
    a.store(4, "r10", at, 0);
    a.jumpIf("r1", "==", 0, done);
    a.load(4, "r3", "r1", btf.member("pid", "level").offset);
    a.load(8, "r2", "r10", this.#frame + LEVEL);
    a.jumpIf("r3", "<", "r2", done);
    const [base, upid] = this.#readNumber();
    a.load(8, "r1", base, upid + btf.member("upid", "ns").offset);
    a.load(8, "r2", "r10", this.#frame + NAMESPACE);
    a.jumpIf("r1", "!=", "r2", done);
    a.load(4, "r1", base, upid + btf.member("upid", "nr").offset);
    a.store(4, "r10", at, "r1");
    a.label(done);
  }

  /** Emits the same for the process of the task in a register. */
  storeProcess(task: Register, at: number): void {
    if (this.#bpf.isInitial) return this.#storeOf(task, "tgid", at);
    const { btf } = this.#bpf;
    this.#a
      .load(8, "r1", task, btf.member("task_struct", "signal").offset)
      .load(8, "r1", "r1", btf.member("signal_struct", "pids").offset + PIDTYPE_TGID * POINTER);
    this.store(at);
  }

  /** Emits the same for the task in a register. */
  storeThread(task: Register, at: number): void {
    if (this.#bpf.isInitial) return this.#storeOf(task, "pid", at);
    this.#a.load(8, "r1", task, this.#bpf.btf.member("task_struct", "thread_pid").offset);
    this.store(at);
  }

  /** Emits the same for a number in the initial namespace, which the task itself has. */
  #storeOf(task: Register, member: "pid" | "tgid", at: number): void {
    this.#a
      .load(4, "r1", task, this.#bpf.btf.member("task_struct", member).offset)
      .store(4, "r10", at, "r1");
  }
}

/**
 * A register. `r0` has results, `r1` to `r5` are arguments, `r6` to `r9` survive calls, and `r10`
 * is the frame pointer.
 */
export type Register =
  | "r0"
  | "r1"
  | "r2"
  | "r3"
  | "r4"
  | "r5"
  | "r6"
  | "r7"
  | "r8"
  | "r9"
  | "r10";

/** A register, or a signed 32-bit number. */
export type Operand = Register | number;

/** The number of bytes to load or store. */
export type Width = 1 | 2 | 4 | 8;

/** An operation on a register. */
export type Operation =
  | "="
  | "+="
  | "-="
  | "*="
  | "/="
  | "%="
  | "|="
  | "&="
  | "^="
  | "<<="
  | ">>="
  | "s>>=";

/**
 * A comparison of two operands. A leading `s` treats them as signed. `&` is true if they have a bit
 * in common.
 */
export type Comparison =
  | "=="
  | "!="
  | ">"
  | ">="
  | "<"
  | "<="
  | "s>"
  | "s>="
  | "s<"
  | "s<="
  | "&";

// The classes of instructions (linux/bpf_common.h, linux/bpf.h).
const LDX = 0x01;
const ST = 0x02;
const STX = 0x03;
const ALU32 = 0x04;
const JMP = 0x05;
const JMP32 = 0x06;
const ALU64 = 0x07;

/** The load of a 64-bit number, which takes two instructions. */
const LD_IMM64 = 0x18;
/** The mode of loads and stores of memory. */
const MEM = 0x60;
/** The flag of instructions whose second operand is a register. */
const BY_REGISTER = 0x08;
const ALWAYS = 0x00;
const CALL = 0x80;
const EXIT = 0x90;

/** The source register of a {@linkcode LD_IMM64} whose number is the descriptor of a map. */
const PSEUDO_MAP_FD = 1;
/** The source register of a call whose number is the type of a function. */
const PSEUDO_KFUNC_CALL = "r2";

const WIDTHS: Readonly<Record<Width, number>> = { 1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18 };

const OPERATIONS: Readonly<Record<Operation, number>> = {
  "+=": 0x00,
  "-=": 0x10,
  "*=": 0x20,
  "/=": 0x30,
  "|=": 0x40,
  "&=": 0x50,
  "<<=": 0x60,
  ">>=": 0x70,
  "%=": 0x90,
  "^=": 0xa0,
  "=": 0xb0,
  "s>>=": 0xc0,
};

const COMPARISONS: Readonly<Record<Comparison, number>> = {
  "==": 0x10,
  ">": 0x20,
  ">=": 0x30,
  "&": 0x40,
  "!=": 0x50,
  "s>": 0x60,
  "s>=": 0x70,
  "<": 0xa0,
  "<=": 0xb0,
  "s<": 0xc0,
  "s<=": 0xd0,
};

const SIZE = 8;
const INT16_MAX = 0x7fff;
const INT32_MAX = 0x7fffffff;

/** The numbers of the kernel functions that programs may call (`enum bpf_func_id`). */
export const HELPER = {
  /** `void *map_lookup_elem(struct bpf_map *map, const void *key)` */
  mapLookupElem: 1,
  /** `long probe_read_kernel(void *to, u32 size, const void *from)` */
  probeReadKernel: 113,
  /** `long probe_read_kernel_str(char *to, u32 size, const char *from)` */
  probeReadKernelStr: 115,
  /** `long seq_write(struct seq_file *to, const void *from, u32 size)` */
  seqWrite: 127,
  /** `long d_path(struct path *path, char *to, u32 size)` */
  dPath: 147,
  /** `struct task_struct *get_current_task_btf(void)` */
  currentTask: 158,
  /** `struct socket *sock_from_file(struct file *file)` */
  sockFromFile: 162,
  /** `void *map_lookup_percpu_elem(struct bpf_map *map, const void *key, u32 cpu)` */
  mapLookupPercpuElem: 195,
} as const;

/**
 * Writes a BPF program, instruction by instruction.
 *
 * A jump may come before its label. A number that cannot be encoded throws a `RangeError`, as
 * programs depend on the offsets of members in the running kernel.
 */
export class Assembler {
  #bytes = new Uint8Array(new ArrayBuffer(1024));
  #view = new DataView(this.#bytes.buffer);
  #size = 0;
  readonly #labels = new Map<string, number>();
  /** The offsets of jumps, in bytes, and the labels that they lead to. */
  readonly #jumps: { readonly at: number; readonly label: string }[] = [];
  #unique = 0;

  /** The index of the next instruction. */
  get length(): number {
    return this.#size / SIZE;
  }

  /** Returns a unique label, for code that is emitted more than once. */
  unique(name: string): string {
    return `${name} ${this.#unique++}`;
  }

  /** Loads `width` bytes at `base + offset`. The rest of the register becomes 0. */
  load(width: Width, to: Register, base: Register, offset: number): this {
    return this.#emit(LDX | MEM | WIDTHS[width], to, base, offset, 0);
  }

  /** Stores `width` bytes of a register or a number at `base + offset`. */
  store(width: Width, base: Register, offset: number, value: Operand): this {
    return typeof value === "number"
      ? this.#emit(ST | MEM | WIDTHS[width], base, "r0", offset, value)
      : this.#emit(STX | MEM | WIDTHS[width], base, value, offset, 0);
  }

  /** Performs an operation on 64 bits. */
  alu(to: Register, operation: Operation, by: Operand): this {
    return this.#operate(ALU64 | OPERATIONS[operation], to, by, 0);
  }

  /** Performs an operation on 32 bits. The upper half of the register becomes 0. */
  alu32(to: Register, operation: Operation, by: Operand): this {
    return this.#operate(ALU32 | OPERATIONS[operation], to, by, 0);
  }

  /** Loads a 64-bit number. */
  constant(to: Register, value: bigint): this {
    return this.#wide(
      to,
      0,
      Number(BigInt.asIntN(32, value)),
      Number(BigInt.asIntN(32, value >> 32n)),
    );
  }

  /** Loads the address of a map by its descriptor. */
  map(to: Register, fd: number): this {
    return this.#wide(to, PSEUDO_MAP_FD, fd, 0);
  }

  /** Jumps to a label. */
  jump(label: string): this {
    this.#jumps.push({ at: this.#size, label });
    return this.#emit(JMP | ALWAYS, "r0", "r0", 0, 0);
  }

  /** Jumps to a label if a comparison of 64 bits is true. */
  jumpIf(left: Register, comparison: Comparison, right: Operand, label: string): this {
    this.#jumps.push({ at: this.#size, label });
    return this.#operate(JMP | COMPARISONS[comparison], left, right, 0);
  }

  /** Jumps to a label if a comparison of the lower 32 bits is true. */
  jumpIf32(left: Register, comparison: Comparison, right: Operand, label: string): this {
    this.#jumps.push({ at: this.#size, label });
    return this.#operate(JMP32 | COMPARISONS[comparison], left, right, 0);
  }

  /** Calls a function by its number in `HELPER`. `r1` to `r5` are undefined afterwards. */
  call(helper: number): this {
    return this.#emit(JMP | CALL, "r0", "r0", 0, helper);
  }

  /** Calls a function by the number of its type. `r1` to `r5` are undefined afterwards. */
  callFunction(type: number): this {
    return this.#emit(JMP | CALL, "r0", PSEUDO_KFUNC_CALL, 0, type);
  }

  /** Ends the program with the result in `r0`. */
  exit(): this {
    return this.#emit(JMP | EXIT, "r0", "r0", 0, 0);
  }

  /** Places a label at the next instruction. */
  label(label: string): this {
    if (this.#labels.has(label)) throw new RangeError(`Cannot place the label "${label}" twice`);
    this.#labels.set(label, this.#size);
    return this;
  }

  /** Returns the program. Its memory never moves. */
  program(): Uint8Array<ArrayBuffer> {
    for (const { at, label } of this.#jumps) {
      const place = this.#labels.get(label);
      if (place === undefined) throw new RangeError(`Cannot jump to "${label}" as it is nowhere`);
      const distance = place / SIZE - at / SIZE - 1;
      this.#view.setInt16(at + 2, checked("jump", distance, INT16_MAX), true);
    }
    const program = new Uint8Array(new ArrayBuffer(this.#size));
    program.set(this.#bytes.subarray(0, this.#size));
    return program;
  }

  #operate(code: number, to: Register, by: Operand, offset: number): this {
    return typeof by === "number"
      ? this.#emit(code, to, "r0", offset, by)
      : this.#emit(code | BY_REGISTER, to, by, offset, 0);
  }

  #wide(to: Register, source: number, low: number, high: number): this {
    this.#write(LD_IMM64, numberOf(to) | source << 4, 0, low);
    return this.#write(0, 0, 0, high);
  }

  #emit(code: number, to: Register, from: Register, offset: number, immediate: number): this {
    return this.#write(code, numberOf(to) | numberOf(from) << 4, offset, immediate);
  }

  #write(code: number, registers: number, offset: number, immediate: number): this {
    if (this.#size === this.#bytes.length) {
      const more = new Uint8Array(new ArrayBuffer(this.#size * 2));
      more.set(this.#bytes);
      this.#bytes = more;
      this.#view = new DataView(more.buffer);
    }
    this.#view.setUint8(this.#size, code);
    this.#view.setUint8(this.#size + 1, registers);
    this.#view.setInt16(this.#size + 2, checked("offset", offset, INT16_MAX), true);
    this.#view.setInt32(this.#size + 4, checked("number", immediate, INT32_MAX), true);
    this.#size += SIZE;
    return this;
  }
}

function numberOf(register: Register): number {
  return Number(register.slice(1));
}

function checked(what: string, value: number, most: number): number {
  if (Number.isInteger(value) && value <= most && value >= -most - 1) return value;
  throw new RangeError(
    `Cannot encode the ${what} as it must be an integer from ${-most - 1} to ${most}: ` +
      `current value is ${value}`,
  );
}

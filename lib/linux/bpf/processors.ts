import { blockOf } from "../../layout/block.ts";
import { Assembler, HELPER, type Register } from "./assembler.ts";
import type { Bpf } from "./bpf.ts";
import { lacking } from "./btf.ts";

const WORD = 8;
// The offsets in the frame of the program.
const POINTER = -8;
const NUMBER = -16;
const KEY = -24;

/**
 * Returns the offset of each processor, which the kernel adds to the address of a per-processor
 * variable. The offsets stay the same as long as the machine runs.
 *
 * Only the kernel's symbols of data have the offsets directly, and many kernels omit those. So this
 * creates a map with a number for each processor: the addresses of these numbers differ from the
 * address that the map reports by the offsets.
 */
export function processorOffsets(bpf: Bpf): bigint[] {
  const offsets = bpf.withProcessorMap((map) => {
    const iterator = bpf.open({
      name: "libproc_cpus",
      target: "bpf_iter_bpf_map",
      program: offsetsProgram(bpf, map),
    });
    try {
      const size = Math.min(iterator.run(), bpf.processors * WORD);
      const { view } = blockOf(iterator.bytes);
      return Array.from({ length: size / WORD }, (_, at) => view.getBigUint64(at * WORD, true));
    } finally {
      iterator[Symbol.dispose]();
    }
  });
  if (offsets.length === 0) throw lacking("memory of its own for each processor");
  return offsets;
}

/**
 * Returns the program that writes the offset of each processor. The kernel runs it for each
 * existing map.
 */
function offsetsProgram(bpf: Bpf, map: number): Uint8Array<ArrayBuffer> {
  const { btf } = bpf;
  const a = new Assembler();
  a.load(8, "r6", "r1", btf.member("bpf_iter__bpf_map", "meta").offset);
  a.load(8, "r6", "r6", btf.member("bpf_iter_meta", "seq").offset);
  a.map("r1", map);
  readNumber("r1");
  a.load(8, "r3", "r10", NUMBER).alu("r3", "+=", btf.member("bpf_array", "pptrs").offset);
  readWord();
  a.load(8, "r7", "r10", NUMBER);
  a.store(4, "r10", KEY, 0);
  a.alu("r8", "=", 0);
  a.label("processor");
  a.map("r1", map);
  a.alu("r2", "=", "r10").alu("r2", "+=", KEY);
  a.alu("r3", "=", "r8");
  a.call(HELPER.mapLookupPercpuElem);
  a.jumpIf("r0", "==", 0, "end");
  readNumber("r0");
  a.load(8, "r1", "r10", NUMBER).alu("r1", "-=", "r7").store(8, "r10", NUMBER, "r1");
  a.alu("r1", "=", "r6");
  a.alu("r2", "=", "r10").alu("r2", "+=", NUMBER);
  a.alu("r3", "=", WORD);
  a.call(HELPER.seqWrite);
  a.alu("r8", "+=", 1);
  a.jumpIf("r8", "<", bpf.processors, "processor");
  a.label("end");
  a.alu("r0", "=", 0).exit();
  return a.program();

  /** Emits the code that reads the word at the address in `r3` into the frame. */
  function readWord(): void {
    a.alu("r2", "=", WORD);
    a.alu("r1", "=", "r10").alu("r1", "+=", NUMBER);
    a.call(HELPER.probeReadKernel);
  }

  /**
   * Emits the code that converts a pointer to a number, as programs may not calculate freely with
   * pointers.
   */
  function readNumber(pointer: Register): void {
    a.store(8, "r10", POINTER, pointer);
    a.alu("r3", "=", "r10").alu("r3", "+=", POINTER);
    readWord();
  }
}

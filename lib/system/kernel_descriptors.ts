import { PROC_INFO_CALL_PIDFDINFO, PROC_INFO_CALL_PIDINFO } from "../abi/callnum.ts";
import {
  PROX_FDTYPE_CHANNEL,
  PROX_FDTYPE_KQUEUE,
  PROX_FDTYPE_PIPE,
  PROX_FDTYPE_PSEM,
  PROX_FDTYPE_PSHM,
  PROX_FDTYPE_SOCKET,
  PROX_FDTYPE_VNODE,
} from "../abi/fd_info.ts";
import {
  PROC_PIDFDCHANNELINFO,
  PROC_PIDFDCHANNELINFO_SIZE,
  PROC_PIDFDKQUEUEINFO,
  PROC_PIDFDKQUEUEINFO_SIZE,
  PROC_PIDFDPIPEINFO,
  PROC_PIDFDPIPEINFO_SIZE,
  PROC_PIDFDPSEMINFO,
  PROC_PIDFDPSEMINFO_SIZE,
  PROC_PIDFDPSHMINFO,
  PROC_PIDFDPSHMINFO_SIZE,
  PROC_PIDFDSOCKETINFO,
  PROC_PIDFDSOCKETINFO_SIZE,
  PROC_PIDFDVNODEPATHINFO,
  PROC_PIDFDVNODEPATHINFO_SIZE,
} from "../abi/pid_fd_info.ts";
import { PROC_PIDLISTFD_SIZE, PROC_PIDLISTFDS } from "../abi/pid_info.ts";
import { type Block, block } from "../layout/block.ts";
import { ERRNO } from "./errors.ts";
import type { DescriptorScan } from "./facts.ts";
import type { Kernel } from "./kernel.ts";

/** A flavor of `PROC_INFO_CALL_PIDFDINFO` and the size of its struct. */
interface FdFlavor {
  readonly flavor: number;
  readonly size: number;
}

/** The flavors that report most about descriptors, by `PROX_FDTYPE_*`. */
export const FD_FLAVORS: Readonly<Record<number, FdFlavor>> = {
  [PROX_FDTYPE_VNODE]: { flavor: PROC_PIDFDVNODEPATHINFO, size: PROC_PIDFDVNODEPATHINFO_SIZE },
  [PROX_FDTYPE_SOCKET]: { flavor: PROC_PIDFDSOCKETINFO, size: PROC_PIDFDSOCKETINFO_SIZE },
  [PROX_FDTYPE_PIPE]: { flavor: PROC_PIDFDPIPEINFO, size: PROC_PIDFDPIPEINFO_SIZE },
  [PROX_FDTYPE_KQUEUE]: { flavor: PROC_PIDFDKQUEUEINFO, size: PROC_PIDFDKQUEUEINFO_SIZE },
  [PROX_FDTYPE_PSEM]: { flavor: PROC_PIDFDPSEMINFO, size: PROC_PIDFDPSEMINFO_SIZE },
  [PROX_FDTYPE_PSHM]: { flavor: PROC_PIDFDPSHMINFO, size: PROC_PIDFDPSHMINFO_SIZE },
  [PROX_FDTYPE_CHANNEL]: { flavor: PROC_PIDFDCHANNELINFO, size: PROC_PIDFDCHANNELINFO_SIZE },
};

/** The number of descriptors that fit into the first list. */
const ROWS = 8192;

/** Reads descriptors through `__proc_info()` alone. */
export function kernelDescriptors(kernel: Kernel): DescriptorScan {
  return new KernelDescriptors(kernel);
}

class KernelDescriptors implements DescriptorScan {
  fd = -1;
  type = 0;
  answer: Block;
  readonly #kernel: Kernel;
  readonly #answers = new Map<number, Block>();
  #rows: Block = block(ROWS * PROC_PIDLISTFD_SIZE);
  #pid = 0;
  #at = 0;
  #end = 0;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.answer = this.#rows;
  }

  begin(pid: number): number {
    this.#pid = pid;
    this.#at = this.#end = 0;
    for (;;) {
      const { bytes } = this.#rows;
      const written = this.#kernel.procInfo(
        PROC_INFO_CALL_PIDINFO,
        pid,
        PROC_PIDLISTFDS,
        0n,
        bytes,
      );
      if (written < 0) return written;
      // A list that fills the buffer may be truncated.
      if (written + PROC_PIDLISTFD_SIZE <= bytes.byteLength) {
        this.#end = written - written % PROC_PIDLISTFD_SIZE;
        return 0;
      }
      this.#rows = block(bytes.byteLength * 2);
    }
  }

  next(): number {
    if (this.#at === this.#end) return 0;
    const { view } = this.#rows;
    this.fd = view.getInt32(this.#at, true);
    this.type = view.getUint32(this.#at + 4, true);
    this.#at += PROC_PIDLISTFD_SIZE;
    return 1;
  }

  read(): number {
    const known = FD_FLAVORS[this.type];
    if (known === undefined) return -ERRNO.ENOTSUP;
    const { flavor, size } = known;
    let answer = this.#answers.get(flavor);
    if (answer === undefined) this.#answers.set(flavor, answer = block(size));
    this.answer = answer;
    const written = this.#kernel.procInfo(
      PROC_INFO_CALL_PIDFDINFO,
      this.#pid,
      flavor,
      BigInt(this.fd),
      answer.bytes,
    );
    if (written === size) return 0;
    // The descriptor refers to a file of another kind now.
    if (written === -ERRNO.ENOTSOCK) return -ERRNO.EBADF;
    return written < 0 ? written : -ERRNO.EIO;
  }
}

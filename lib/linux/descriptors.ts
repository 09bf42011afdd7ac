import { PROX_FDTYPE_SOCKET } from "../abi/fd_info.ts";
import type { Block } from "../layout/block.ts";
import { ERRNO } from "../system/errors.ts";
import type { DescriptorScan } from "../system/facts.ts";
import { fdAnswerFor, type FdAnswers, fdAnswers } from "./answer/pid_fd_info.ts";
import { type SocketAnswer, socketAnswer } from "./answer/socket_info.ts";
import { type Descriptors, descriptorsOf } from "./proc/descriptor.ts";
import { type FdWalker, fdWalker } from "./proc/fd_walk.ts";
import { refused } from "./proc/process.ts";
import { SocketEffort } from "./proc/socket_tables.ts";
import type { World } from "./proc/world.ts";
import { SocketDump } from "./socket_dump.ts";
import type { DarwinAnswer } from "./sys/errno.ts";
import { openSocketCalls } from "./sys/socket.ts";

/**
 * Reads descriptors with fewer queries than `__proc_info()`: it reads each file of `/proc` once.
 */
export class LinuxDescriptors implements DescriptorScan {
  fd = -1;
  type = 0;
  answer: Block;
  readonly #descriptors: Descriptors;
  readonly #walker: FdWalker;
  readonly #answers: FdAnswers;
  readonly #socket: SocketAnswer;
  /**
   * The snapshot of all sockets. Undefined in a copied tree, whose sockets are not of this machine.
   */
  readonly dump: SocketDump | undefined;
  readonly #effort: SocketEffort;
  #pid = 0;
  #at = 0;
  #end = 0;

  constructor(world: World) {
    const calls = openSocketCalls(world.libc.more);
    this.#descriptors = descriptorsOf(world, calls);
    this.#walker = fdWalker(world, calls, this.#descriptors, { begin() {}, take() {} });
    this.#answers = fdAnswers(world, this.#descriptors);
    this.#socket = socketAnswer(world, calls, this.#descriptors);
    this.dump = world.fs.mounted ? new SocketDump(world) : undefined;
    this.#effort = new SocketEffort(world.fs);
    this.answer = this.#answers.vnode.block;
  }

  begin(pid: number): DarwinAnswer {
    this.#effort.addProcess();
    this.#pid = pid;
    this.#at = this.#end = 0;
    const count = this.#walker.list(pid);
    if (count < 0) return refused(count);
    this.#end = count;
    return 0;
  }

  next(): DarwinAnswer {
    const { fds, task } = this.#walker;
    while (this.#at < this.#end) {
      const answer = this.turn(this.#pid, task, fds[this.#at++]!);
      if (answer !== -ERRNO.EBADF) return answer; // closed since
    }
    return 0;
  }

  /**
   * Moves to a descriptor. Returns 1 or a negated errno. `task` is the thread under which `/proc`
   * shows it.
   */
  turn(pid: number, task: number, fd: number): DarwinAnswer {
    const type = this.#descriptors.findListed(pid, task, fd);
    if (type < 0) return type;
    this.fd = fd;
    this.type = type;
    return 1;
  }

  read(): DarwinAnswer {
    if (this.type === PROX_FDTYPE_SOCKET) {
      this.answer = this.#socket.block;
      return this.#readSocket();
    }
    const answer = fdAnswerFor(this.#answers, this.type);
    if (answer === undefined) return -ERRNO.ENOTSUP;
    this.answer = answer.block;
    return answer.write();
  }

  #readSocket(): DarwinAnswer {
    const socket = this.#socket;
    const dump = this.dump;
    const begun = socket.begin();
    if (begun < 0) return begun;
    if (dump === undefined || !this.#effort.addSocket()) return socket.describe();
    const error = dump.refresh();
    if (error < 0) return error;
    return dump.write(socket.to, this.#descriptors.inode) ? 0 : socket.describe();
  }
}

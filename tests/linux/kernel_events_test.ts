import { assert, assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import { connectorEvents } from "../../lib/linux/kernel_events.ts";
import {
  cnMsg,
  exitProcEvent,
  forkProcEvent,
  PROC_CN_MCAST_IGNORE,
  PROC_CN_MCAST_LISTEN,
  PROC_EVENT_EXEC,
  PROC_EVENT_EXIT,
  PROC_EVENT_FORK,
  PROC_EVENT_NONE,
  procEvent,
} from "../../lib/linux/sys/connector.ts";
import { nlmsghdr } from "../../lib/linux/sys/sock_diag.ts";
import { SystemCallError } from "../../lib/system/errors.ts";

// Linux's numbers.
const EPERM = 1, EINTR = 4, EAGAIN = 11, EMFILE = 24, EPROTONOSUPPORT = 93, ENOBUFS = 105;
const ECONNREFUSED = 111;

const FD = 9;
const DATA = nlmsghdr.size + cnMsg.size;

/** Returns a message of the connector. */
function message(what: number, data: Uint8Array, ack = 0, val = 1): Uint8Array {
  const bytes = new Uint8Array(DATA + procEvent.size);
  nlmsghdr.encode({ nlmsg_len: bytes.length, nlmsg_type: 3 }, bytes);
  cnMsg.encode({ id: { idx: 1, val }, ack, len: procEvent.size }, bytes, nlmsghdr.size);
  procEvent.encode({ what, event_data: data }, bytes, DATA);
  return bytes;
}

function dataOf(...words: number[]): Uint8Array {
  const bytes = new Uint8Array(24);
  bytes.set(new Uint8Array(Int32Array.from(words).buffer));
  return bytes;
}

const fork = (parent: number, thread: number, process: number) => {
  const bytes = new Uint8Array(24);
  const child = { child_pid: thread, child_tgid: process };
  // The forking thread is not the thread group leader.
  forkProcEvent.encode({ parent_pid: parent + 1, parent_tgid: parent, ...child }, bytes);
  return message(PROC_EVENT_FORK, bytes);
};
const exec = (pid: number) => message(PROC_EVENT_EXEC, dataOf(pid, pid));
const exit = (thread: number, process: number, status: number) => {
  const bytes = new Uint8Array(24);
  const ids = { process_pid: thread, process_tgid: process };
  exitProcEvent.encode({ ...ids, exit_code: status, exit_signal: 17 }, bytes);
  return message(PROC_EVENT_EXIT, bytes);
};

/** Simulates the kernel's side of a netlink socket. */
function netlink(
  { refused = {}, error = 0, answers = true }: {
    /** The results of calls that fail. */
    refused?: Readonly<Record<string, number>>;
    /** The error in the connector's response. */
    error?: number;
    /** True if the connector responds. */
    answers?: boolean;
  } = {},
) {
  /** The messages, and negated errnos, that the next calls receive. */
  const queue: (Uint8Array | number)[] = [];
  const requests: number[][] = [];
  const options: number[][] = [];
  const closed: number[] = [];
  const calls = {
    socket: () => refused.socket ?? FD,
    setsockopt(_: number, level: number, name: number, value: Int32Array) {
      options.push([level, name, value[0]!]);
      return refused[`option ${name}`] ?? 0;
    },
    send(_: number, bytes: Uint8Array) {
      if (refused.send !== undefined) return refused.send;
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      const { ack } = cnMsg.decode(bytes, nlmsghdr.size);
      requests.push(
        Array.from(
          { length: (bytes.length - DATA) / 4 },
          (_, i) => view.getUint32(DATA + i * 4, true),
        ),
      );
      if (answers && bytes.length === DATA + 4) {
        queue.push(message(PROC_EVENT_NONE, dataOf(error), ack + 1));
      }
      return bytes.length;
    },
    recv(_: number, to: Uint8Array) {
      const next = queue.shift() ?? -EAGAIN;
      if (typeof next === "number") return next;
      to.set(next.subarray(0, to.length));
      return Math.min(next.length, to.length);
    },
  };
  const libc = { close: (fd: number) => closed.push(fd) };
  return { queue, requests, options, closed, open: () => connectorEvents(libc, calls) };
}

test("kernelEvents() joins the group, makes room, and requests three kinds of events", () => {
  const { open, requests, options, closed } = netlink();
  const source = open();
  assertEquals(options, [[270, 1, 1], [1, 33, 8 << 20]]);
  assertEquals(requests, [
    [PROC_CN_MCAST_LISTEN],
    [PROC_CN_MCAST_LISTEN, (PROC_EVENT_FORK | PROC_EVENT_EXEC | PROC_EVENT_EXIT) >>> 0],
  ]);
  source.close();
  source.close();
  assertEquals([requests.length, requests[2], closed], [3, [PROC_CN_MCAST_IGNORE], [FD]]);
  assertEquals(source.read(), []);
});

test("kernelEvents() takes as much room as everybody gets where it has no privilege", () => {
  const { open, options } = netlink({ refused: { "option 33": -EPERM } });
  open().close();
  assertEquals(options.slice(1), [[1, 33, 8 << 20], [1, 8, 8 << 20]]);
});

test("kernelEvents() reports processes in the order of the kernel, and no threads", () => {
  const { open, queue } = netlink();
  const source = open();
  queue.push(
    fork(10, 20, 20),
    fork(20, 21, 20),
    exec(20),
    message(0x200, dataOf(20, 20)),
    message(PROC_EVENT_NONE, dataOf(0), 12345),
    message(PROC_EVENT_EXEC, dataOf(20, 20), 0, 2),
    exec(30).subarray(0, 40),
    exit(21, 20, 0),
    exit(20, 20, 3 << 8),
  );
  assertEquals(source.read(), [
    { type: "start", pid: 20, parentPid: 10 },
    { type: "exec", pid: 20 },
    { type: "exit", pid: 20, threadId: 21, status: 0 },
    { type: "exit", pid: 20, threadId: 20, status: 3 << 8 },
  ]);
  assertEquals([source.read(), source.lost], [[], false]);
  source.close();
});

test("kernelEvents() reports statuses with Darwin's signals", () => {
  const { open, queue } = netlink();
  const source = open();
  // SIGUSR1 is 10 on Linux and 30 on Darwin; a core dump is the bit 0x80.
  queue.push(exit(1, 1, 9), exit(2, 2, 10), exit(3, 3, 0x80 | 11), exit(4, 4, 255 << 8));
  const statuses = source.read().map((event) => event.type === "exit" && event.status);
  assertEquals(statuses, [9, 30, 0x80 | 11, 255 << 8]);
  source.close();
});

test("kernelEvents() reports when the kernel had no room, and reads what it has stored", () => {
  const { open, queue } = netlink();
  const source = open();
  queue.push(exec(1), -ENOBUFS, -EINTR, exec(2));
  assertEquals(source.read().map(({ pid }) => pid), [1, 2]);
  assertEquals(source.lost, true);
  queue.push(exec(3));
  assertEquals(source.read().map(({ pid }) => pid), [3]);
  assertEquals(source.lost, false);
  queue.push(-EPERM);
  const error = assertThrows(() => source.read(), SystemCallError);
  assertEquals([error.code, error.syscall], ["EPERM", "recv"]);
  source.close();
});

test("kernelEvents() takes no other program's answer for its own", () => {
  const { open, queue, closed } = netlink();
  queue.push(exec(1), message(PROC_EVENT_NONE, dataOf(EPERM), 5));
  const source = open();
  assertEquals(source.read(), []);
  source.close();
  assertEquals(closed, [FD]);
});

const REFUSALS: readonly (readonly [
  how: string,
  world: Parameters<typeof netlink>[0],
  code: string,
  text: string,
])[] = [
  [
    "has no such protocol",
    { refused: { socket: -EPROTONOSUPPORT } },
    "ENOTSUP",
    "the kernel has none",
  ],
  ["wants privilege", { refused: { "option 1": -EPERM } }, "EPERM", "CAP_NET_ADMIN"],
  ["wants privilege later", { error: EPERM }, "EPERM", "CAP_NET_ADMIN"],
  ["is not there", { refused: { send: -ECONNREFUSED } }, "ENOTSUP", "this network namespace"],
  ["does not answer", { answers: false }, "ENOTSUP", "the first process and user namespace"],
  ["has too many descriptors", { refused: { socket: -EMFILE } }, "EMFILE", "connector"],
];

for (const [how, world, code, text] of REFUSALS) {
  test(`kernelEvents() reports what is missing, and closes all, when the connector ${how}`, () => {
    const { open, closed } = netlink(world);
    const error = assertThrows(open, SystemCallError, text);
    assertEquals(error.code, code);
    assert(error.message.startsWith("Cannot receive events of the process connector"));
    assertEquals(closed, world?.refused?.socket === undefined ? [FD] : []);
  });
}

import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { ERRNO } from "../../lib/system/errors.ts";
import { socketFdInfo } from "../../lib/abi/socket_info.ts";
import { block } from "../../lib/layout/block.ts";
import { inetSocket } from "../../lib/linux/answer/socket_record.ts";
import { socketWriter } from "../../lib/linux/answer/socket_writer.ts";
import { describeSocket } from "../../lib/process/sockets.ts";
import { INET_PROTOCOLS, socketTables } from "../../lib/linux/proc/socket_tables.ts";
import type { Libc } from "../../lib/linux/sys/libc.ts";
import type { SocketCalls } from "../../lib/linux/sys/socket.ts";
import { InetTable, type SockDiag, sockDiag } from "../../lib/linux/sys/netlink.ts";
import {
  findTableLine,
  findUnixLine,
  parseInetLine,
  UNIX_LINE,
} from "../../lib/linux/parse/net.ts";
import {
  copyInetMessage,
  INET_RECORD,
  parseUnixMessage,
  UNIX_DIAG,
} from "../../lib/linux/sys/sock_diag.ts";
import type { ProcFs } from "../../lib/linux/proc/proc_fs.ts";

const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
const STALE = "0000000000000000: 00000002 00000000 00010000 0001 01 77777 /stale\n77777\n";

// parse/net

const INET_HEADER =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const LINE_4 =
  "   0: 0100007F:1F90 0200000A:0050 01 00000002:00000003 02:000000AB 00000000  1000        0 123456 1 0000000000000000 20 4 30 10 -1\n";
const LINE_6 =
  "   1: B80D01200000000067452301EFCDAB89:0016 00000000000000000000000000000000:0000 0A 00000000:00000005 00:00000000 00000000     0        0 4294967295 1 0 100 0 0 10 0\n";

function inetLines(text: string, v6: boolean) {
  const bytes = latin1(text + STALE);
  const record = block(INET_RECORD.size);
  const found = [];
  for (let at = 0;;) {
    record.bytes.fill(0xee);
    at = parseInetLine(bytes, text.length, at, v6, record.view, 0, INET_RECORD);
    if (at < 0) return found;
    const { view } = record;
    const size = v6 ? 16 : 4;
    found.push({
      state: view.getUint8(INET_RECORD.state),
      local: [
        ...record.bytes.subarray(INET_RECORD.src, INET_RECORD.src + size),
        view.getUint16(INET_RECORD.sport),
      ],
      remote: [
        ...record.bytes.subarray(INET_RECORD.dst, INET_RECORD.dst + size),
        view.getUint16(INET_RECORD.dport),
      ],
      queues: [
        view.getUint32(INET_RECORD.rqueue, true),
        view.getUint32(INET_RECORD.wqueue, true),
      ],
      timer: [view.getUint8(INET_RECORD.timer), view.getUint32(INET_RECORD.expires, true)],
      inode: view.getUint32(INET_RECORD.inode, true),
      known: [
        view.getUint32(INET_RECORD.cookie, true),
        view.getUint8(INET_RECORD.hasSkmem),
        view.getUint8(INET_RECORD.v6only),
      ],
    });
  }
}

test("parseInetLine() reads a line of IPv4 in the form of sock_diag", () => {
  assertEquals(inetLines(INET_HEADER + LINE_4, false), [{
    state: 1,
    local: [127, 0, 0, 1, 8080],
    remote: [10, 0, 0, 2, 80],
    queues: [3, 2],
    timer: [2, 1710],
    inode: 123456,
    known: [0, 0, 0],
  }]);
});

test("parseInetLine() reads lines of IPv6, each 32 bits in the machine's order", () => {
  const [line, other] = inetLines(INET_HEADER + LINE_6 + LINE_6, true);
  assertEquals(line!.local, [
    ...[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef],
    22,
  ]);
  assertEquals([line!.state, line!.queues], [10, [5, 0]]);
  assertEquals(line!.inode, 4294967295);
  assertEquals(other, line);
});

test("parseInetLine() reads what the kernel writes of raw and datagram sockets", () => {
  const line =
    "    1: 00000000:0001 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 77 2 0000000000000000 0 \n";
  const [raw] = inetLines(INET_HEADER + line, false);
  assertEquals([raw!.state, raw!.local, raw!.inode], [7, [0, 0, 0, 0, 1], 77]);
});

test("parseInetLine() takes no header, and no line that is cut off", () => {
  assertEquals(inetLines("", false), []);
  assertEquals(inetLines(INET_HEADER, false), []);
  assertEquals(inetLines(INET_HEADER + "  0: 0100007F:1F90 0200000A\n", false), []);
  assertEquals(inetLines(INET_HEADER + "\n" + LINE_4, false).length, 1);
});

const UNIX_HEADER = "Num       RefCount Protocol Flags    Type St Inode Path\n";
const unixLine = (inode: number, path = "", flags = "00000000", type = "0001", st = "03") =>
  `00000000340a110a: 00000003 00000000 ${flags} ${type} ${st} ${`${inode}`.padStart(5)}` +
  `${path ? ` ${path}` : ""}\n`;

function unixOf(text: string, inode: number) {
  const bytes = latin1(text + STALE);
  const fields = new Uint32Array(UNIX_LINE.size);
  const count = findUnixLine(bytes, text.length, inode, fields);
  const start = fields[UNIX_LINE.name]!;
  const name = String.fromCharCode(
    ...bytes.subarray(start, start + fields[UNIX_LINE.name_length]!),
  );
  return {
    count,
    listens: fields[UNIX_LINE.listens] !== 0,
    type: fields[UNIX_LINE.type],
    state: fields[UNIX_LINE.state],
    name,
  };
}

test("findUnixLine() finds a socket by its inode", () => {
  const text = UNIX_HEADER + unixLine(5) + unixLine(12345, "/run/x", "00010000", "0001", "01") +
    unixLine(6, "@abstract", "00000000", "0005", "03");
  assertEquals(unixOf(text, 12345), {
    count: 1,
    listens: true,
    type: 1,
    state: 1,
    name: "/run/x",
  });
  assertEquals(unixOf(text, 6), {
    count: 1,
    listens: false,
    type: 5,
    state: 3,
    name: "@abstract",
  });
  assertEquals(unixOf(text, 5).name, "");
  assertEquals(unixOf(text, 1234).count, 0);
  assertEquals(unixOf(text, 45).count, 0);
  assertEquals(unixOf("", 5).count, 0);
});

test("findUnixLine() reads addresses with spaces and newlines whole", () => {
  for (const path of ["@a\nb", "@\n", "/a b/c d", "@\n\n\nx", "@ends\n"]) {
    const text = UNIX_HEADER + unixLine(7, path) + unixLine(8, "/next");
    assertEquals(unixOf(text, 7).name, path);
    assertEquals(unixOf(text, 8).name, "/next");
    assertEquals(unixOf(UNIX_HEADER + unixLine(7, path), 7).name, path);
  }
});

test("findUnixLine() counts the lines, as an address may look like one", () => {
  const text = UNIX_HEADER + unixLine(7, `@\n${unixLine(8, "/false").trimEnd()}`) +
    unixLine(8, "/true");
  assertEquals(unixOf(text, 8).count, 2);
  assertEquals(unixOf(text, 7).count, 1);
});

test("findUnixLine() reads no further than the text", () => {
  assertEquals(unixOf(UNIX_HEADER, 77777).count, 0);
  const text = UNIX_HEADER + unixLine(7, "/a");
  assertEquals(unixOf(text, 77777).count, 0);
  assertEquals(unixOf(text.slice(0, -1), 7).count, 1);
});

test("findTableLine() finds the line whose last column is the inode", () => {
  const text =
    "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n" +
    "0000000047f5d0dd 4   0          00000000 11       22       0     2        0        1523    \n" +
    "00000000057c3187 15  4294967295 00000001 33       44       0     2        0        1525    \n";
  const columns = new Float64Array(10);
  assertEquals(findTableLine(latin1(text), text.length, 1525, columns), true);
  assertEquals([columns[1], columns[2], columns[4], columns[5]], [15, 4294967295, 33, 44]);
  assertEquals(findTableLine(latin1(text), text.length, 44, columns), false);
  assertEquals(findTableLine(latin1(""), 0, 0, columns), false);
});

test("findTableLine() reads one column as a hexadecimal number", () => {
  const text = "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n" +
    "00000000e3a7f1d2 3      3    88cc   2     1 0      0      29877\n";
  const columns = new Float64Array(10);
  assertEquals(findTableLine(latin1(text), text.length, 29877, columns, 3), true);
  assertEquals([...columns.subarray(2, 6)], [3, 0x88cc, 2, 1]);
});

// parse/sock_diag

/** Returns the content of a message, with its attributes. */
function message(
  size: number,
  ...attributes: readonly (readonly [type: number, bytes: number[]])[]
) {
  const bytes = Array.from({ length: size }, (_, i) => i & 0xff);
  for (const [type, value] of attributes) {
    const length = 4 + value.length;
    bytes.push(length & 0xff, length >> 8, type & 0xff, type >> 8, ...value);
    while (bytes.length % 4 !== 0) bytes.push(0xee);
  }
  return new DataView(Uint8Array.from(bytes).buffer);
}

const words = (...numbers: number[]) => [...new Uint8Array(Uint32Array.from(numbers).buffer)];
const SKMEM = words(1, 2, 3, 4, 5, 6, 7, 8, 9);

test("copyInetMessage() copies the message, and what attributes add", () => {
  const record = block(INET_RECORD.size);
  const from = message(72, [1, words(9, 9, 9, 9)], [7, SKMEM], [11, [1]], [99, [5]]);
  record.bytes.fill(0xee);
  assertEquals(copyInetMessage(from, 0, from.byteLength, record.view, 0), true);
  assertEquals([...record.bytes.subarray(0, 72)], Array.from({ length: 72 }, (_, i) => i));
  assertEquals([...record.bytes.subarray(72, 108)], SKMEM);
  assertEquals([record.bytes[108], record.bytes[109]], [1, 2]);
  const none = message(72, [11, [0]]);
  assertEquals(copyInetMessage(none, 0, none.byteLength, record.view, 0), true);
  assertEquals([record.bytes[108], record.bytes[109]], [0, 1]);
});

/**
 * Returns a message about a socket of SCTP. The message of an association also has the addresses of
 * the peer.
 */
function sctp(inode: number, state: number, peers = false): DataView {
  const from = peers ? message(72, [13, words(1, 2, 3, 4)]) : message(72);
  from.setUint8(1, state);
  from.setUint32(68, inode, true);
  return from;
}

test("an association of SCTP has the state of a connection, and does not hide one who listens", () => {
  const table = new InetTable();
  const add = (from: DataView) => {
    const at = table.next();
    assertEquals(copyInetMessage(from, 0, from.byteLength, table.block.view, at), true);
    table.add();
  };
  const stateOf = (inode: number) =>
    table.block.view.getUint8(table.find(inode) + INET_RECORD.state);
  const LISTEN = 10, ESTABLISHED = 3, SHUTDOWN_SENT = 5;
  add(sctp(7, 1));
  add(sctp(7, ESTABLISHED, true));
  add(sctp(8, LISTEN));
  add(sctp(8, ESTABLISHED, true));
  add(sctp(9, SHUTDOWN_SENT, true));
  add(sctp(10, 99, true));
  assertEquals([7, 8, 9, 10].map(stateOf), [1, LISTEN, 5, 7]);
});

test("a socket of SCTP or DCCP that listens is one that accepts, with its port and its backlog", () => {
  for (const [name, protocol] of [["SCTP", "sctp"], ["DCCPv6", "dccp"]] as const) {
    const from = message(72);
    for (let at = 0; at < 72; at++) from.setUint8(at, 0);
    const of = INET_PROTOCOLS[name]!;
    from.setUint8(0, of.v6 ? 10 : 2);
    from.setUint8(1, 10);
    from.setUint16(4, 8080);
    from.setUint32(56, 3, true);
    from.setUint32(60, 128, true);
    from.setUint32(68, 4321, true);
    const record = block(INET_RECORD.size);
    assertEquals(copyInetMessage(from, 0, 72, record.view, 0), true);
    const to = socketWriter();
    inetSocket(to, of, record, 0);
    const socket = describeSocket(socketFdInfo.decodeBlock(to.block, 0).psi, to.block.bytes);
    assertEquals(
      [socket.id, socket.family, socket.protocol, socket.listening, socket.localPort],
      ["4321", of.v6 ? "inet6" : "inet", protocol, true, 8080],
    );
    assertEquals([socket.pendingConnections, socket.backlog], [3, 128]);
    assertEquals("state" in socket, false);
  }
});

test("copyInetMessage() believes no length that leads out of the message", () => {
  const { view } = block(INET_RECORD.size);
  const short = message(71);
  assertEquals(copyInetMessage(short, 0, 71, view, 0), false);
  for (const length of [0, 3, 1000]) {
    const from = message(72, [7, SKMEM]);
    from.setUint16(72, length, true);
    assertEquals(copyInetMessage(from, 0, from.byteLength, view, 0), true);
    assertEquals(view.getUint8(INET_RECORD.hasSkmem), 0, `${length}`);
  }
});

test("parseUnixMessage() reads every attribute, and none that is not there", () => {
  const name = [...latin1("\0abstract\n")];
  const from = message(
    16,
    [0, name],
    [1, words(123456, 8 << 20 | 300)],
    [2, words(4294967295)],
    [4, words(3, 128)],
    [5, SKMEM],
    [6, [2]],
    [7, words(1000)],
  );
  const fields = new Uint32Array(UNIX_DIAG.size).fill(7);
  assertEquals(parseUnixMessage(from, 0, from.byteLength, fields), true);
  assertEquals([fields[UNIX_DIAG.type], fields[UNIX_DIAG.state]], [1, 2]);
  const start = fields[UNIX_DIAG.name]!;
  const bytes = new Uint8Array(from.buffer);
  assertEquals([...bytes.subarray(start, start + fields[UNIX_DIAG.name_length]!)], name);
  assertEquals(
    [fields[UNIX_DIAG.isBoundToFile], fields[UNIX_DIAG.inode], fields[UNIX_DIAG.device]],
    [1, 123456, 8 << 20 | 300],
  );
  assertEquals(fields[UNIX_DIAG.peer], 4294967295);
  assertEquals([fields[UNIX_DIAG.rqueue], fields[UNIX_DIAG.wqueue]], [3, 128]);
  assertEquals(fields[UNIX_DIAG.shutdown], 2);
  assertEquals(from.getUint32(fields[UNIX_DIAG.meminfo]!, true), 1);
  const bare = message(16);
  assertEquals(parseUnixMessage(bare, 0, 16, fields), true);
  assertEquals([...fields.subarray(UNIX_DIAG.name)], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  assertEquals(parseUnixMessage(bare, 0, 15, fields), false);
});

// netlink, answer/socket_tables

test("InetTable keeps sockets by inode, but those that no process has accepted", () => {
  const table = new InetTable();
  const put = (inode: number) => {
    const at = table.next();
    table.block.view.setUint32(at + INET_RECORD.inode, inode, true);
    table.add();
  };
  for (let inode = 0; inode < 1000; inode++) put(inode);
  assertEquals(table.find(0), -1);
  for (const inode of [1, 64, 65, 999]) {
    assertEquals(
      table.block.view.getUint32(table.find(inode) + INET_RECORD.inode, true),
      inode,
    );
  }
  assertEquals(table.find(1000), -1);
  table.clear();
  assertEquals(table.find(1), -1);
  put(5);
  assertEquals(table.find(5), 0);
});

/** Returns tables over a kernel with the sockets of some inodes, and the numbers of its calls. */
function counted(ours: number[], theirs: number[]) {
  const asked = { diag: 0, file: 0 };
  const text = latin1(
    INET_HEADER + theirs.map((inode) => LINE_4.replace("123456", `${inode}`)).join(""),
  );
  const fill = (table: InetTable) => {
    asked.diag++;
    for (const inode of ours) {
      table.block.view.setUint32(table.next() + INET_RECORD.inode, inode, true);
      table.add();
    }
    return 0;
  };
  const diag: Partial<SockDiag> = {
    dumpTcp: fill,
    dump: (_family, _protocol, table) => fill(table),
  };
  const fs: Partial<ProcFs> = {
    text,
    readAll() {
      asked.file++;
      return text.length;
    },
  };
  return { tables: socketTables(fs as ProcFs, diag as SockDiag), asked };
}

const TCP = INET_PROTOCOLS["TCP"]!;
const PING = INET_PROTOCOLS["PING"]!;

test("socketTables() reads a table once for a walk, and again for every other query", () => {
  const { tables, asked } = counted([10, 11, 12, 13], []);
  const find = (pid: number, fd: number, inode: number) =>
    tables.find(TCP, pid, fd, pid, inode, false) >= 0;
  for (const inode of [10, 11, 12, 13]) assertEquals(find(1, inode, inode), true);
  assertEquals(asked, { diag: 1, file: 0 });
  assertEquals(find(1, 13, 13), true); // The same descriptor again.
  assertEquals(asked.diag, 2);
  assertEquals(find(1, 12, 12), true); // A lower descriptor.
  assertEquals(asked.diag, 3);
  assertEquals(find(2, 14, 10), true); // Another process.
  assertEquals(asked.diag, 4);
});

test("socketTables() reads again what a kept table has not, and reports EPERM where none has it", () => {
  const { tables, asked } = counted([10], []);
  assertEquals(tables.find(TCP, 1, 1, 1, 10, false), 0);
  assertEquals(tables.find(TCP, 1, 2, 1, 99, false), -ERRNO.EPERM);
  assertEquals(asked, { diag: 2, file: 1 });
});

test("socketTables() walks another namespace in its files", () => {
  const { tables, asked } = counted([10], [20, 21, 22]);
  for (const inode of [20, 21, 22]) {
    const at = tables.find(TCP, 1, inode, 1, inode, false);
    assertEquals(tables.block.view.getUint32(at + INET_RECORD.inode, true), inode);
  }
  assertEquals(asked, { diag: 1, file: 1 });
  // sock_diag is not queried about sockets that it does not report, or that it is known to lack.
  assertEquals(tables.find(PING, 1, 30, 1, 20, false) >= 0, true);
  assertEquals(tables.find(TCP, 2, 1, 1, 20, true) >= 0, true);
  assertEquals(asked, { diag: 1, file: 3 });
});

test("socketTables() passes on a failure, and keeps nothing of it", () => {
  const { tables, asked } = counted([10], []);
  let failures = 1;
  const failing: Partial<SockDiag> = {
    dumpTcp: () => failures-- > 0 ? -ERRNO.EMFILE : 0,
  };
  const empty: Partial<ProcFs> = { readAll: () => -ERRNO.EACCES };
  const other = socketTables(empty as ProcFs, failing as SockDiag);
  assertEquals(other.find(TCP, 1, 1, 1, 10, false), -ERRNO.EMFILE);
  assertEquals(other.find(TCP, 1, 2, 1, 10, false), -ERRNO.EPERM);
  assertEquals(tables.find(TCP, 1, 1, 1, 10, false), 0);
  assertEquals(asked.diag, 1);
});

/** Returns sock_diag over a kernel that responds with these messages, one for each recv(). */
function answering(...answers: readonly (DataView | number)[]) {
  const log = { closed: 0, requests: [] as Uint8Array[] };
  const left = [...answers];
  const calls: Partial<SocketCalls> = {
    socket: () => 5,
    send(_fd, from, size) {
      log.requests.push(from.slice(0, Number(size)));
      return Number(size);
    },
    recv(_fd, to) {
      const next = left.shift() ?? -11;
      if (typeof next === "number") return next;
      to.set(new Uint8Array(next.buffer));
      return next.byteLength;
    },
  };
  const libc: Partial<Libc> = { close: () => (log.closed++, 0) };
  return { diag: sockDiag(libc as Libc, calls as SocketCalls), log };
}

/** Returns a netlink message of a type with a content. */
function netlink(type: number, content: DataView, flags = 0): DataView {
  const bytes = new Uint8Array(16 + content.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, flags, true);
  bytes.set(new Uint8Array(content.buffer), 16);
  return view;
}

/** Returns the kernel's message about an Internet socket with this inode. */
function inet(inode: number): DataView {
  const content = message(72);
  content.setUint32(INET_RECORD.inode, inode, true);
  return content;
}

const together = (...messages: readonly DataView[]) =>
  new DataView(
    Uint8Array.from(messages.flatMap((one) => [...new Uint8Array(one.buffer)])).buffer,
  );

const [ANSWER, DUMPED, ERROR, DONE] = [20, 18, 2, 3];
const done = netlink(DONE, new DataView(new ArrayBuffer(4)));

test("sockDiag().tcp() takes no socket of the same addresses for the one that is meant", () => {
  const local = new Uint8Array([2, 0, 0x1f, 0x90, 127, 0, 0, 1, ...new Array(120).fill(0)]);
  const remote = new Uint8Array([2, 0, 0x00, 0x50, 10, 0, 0, 2, ...new Array(120).fill(0)]);
  const { diag, log } = answering(netlink(ANSWER, inet(7)), netlink(ANSWER, inet(8)), -11);
  assertEquals(diag.tcp(local, remote, 7), 1);
  assertEquals(diag.tcp(local, remote, 7), 0);
  assertEquals(diag.tcp(local, remote, 7), 0);
  assertEquals(log.closed, 3);
  const [request] = log.requests;
  assertEquals(request!.length, 72);
  assertEquals([...request!.subarray(16, 18)], [2, 6]);
  assertEquals([...request!.subarray(24, 32)], [0x1f, 0x90, 0x00, 0x50, 127, 0, 0, 1]);
  assertEquals([...request!.subarray(44, 48)], [10, 0, 0, 2]);
  assertEquals([...request!.subarray(64, 72)], new Array(8).fill(0xff));
});

test("sockDiag() finds nothing where the kernel answers with an error", () => {
  const error = message(4);
  error.setInt32(0, -2, true);
  const { diag, log } = answering(netlink(ERROR, error), netlink(ERROR, error));
  assertEquals(diag.unix(5), 0);
  const table = new InetTable();
  assertEquals(diag.dumpTcp(table), 0);
  assertEquals(table.find(5), -1);
  assertEquals(log.closed, 2);
});

test("sockDiag().dump() reads to the end, however many pieces that takes", () => {
  const { diag, log } = answering(
    together(netlink(DUMPED, inet(1)), netlink(DUMPED, inet(2))),
    together(netlink(DUMPED, inet(3))),
    together(netlink(DUMPED, inet(4)), done),
    netlink(DUMPED, inet(5)),
  );
  const table = new InetTable();
  assertEquals(diag.dump(10, 17, table), 0);
  assertEquals([1, 2, 3, 4, 5].map((inode) => table.find(inode) >= 0), [
    true,
    true,
    true,
    true,
    false,
  ]);
  assertEquals(log.closed, 1);
  assertEquals([...log.requests[0]!.subarray(16, 18)], [10, 17]);
});

test("sockDiag().dump() reads again where the table changed under it", () => {
  const NLM_F_DUMP_INTR = 0x10;
  const { diag, log } = answering(
    together(netlink(DUMPED, inet(1), NLM_F_DUMP_INTR), done),
    together(netlink(DUMPED, inet(1)), netlink(DUMPED, inet(2)), done),
  );
  const table = new InetTable();
  assertEquals(diag.dumpTcp(table), 0);
  assertEquals([table.find(1) >= 0, table.find(2) >= 0], [true, true]);
  assertEquals([log.requests.length, log.closed], [2, 2]);
});

test("sockDiag() passes on that something is used up", () => {
  const [ENOBUFS, EMFILE] = [105, 24];
  const { diag } = answering(-ENOBUFS, -ENOBUFS);
  assertEquals(diag.unix(5), -ENOBUFS);
  assertEquals(diag.dumpTcp(new InetTable()), -ENOBUFS);
  const calls: Partial<SocketCalls> = { socket: () => -EMFILE };
  assertEquals(sockDiag({} as Libc, calls as SocketCalls).unix(5), -EMFILE);
  const refused: Partial<SocketCalls> = { socket: () => -1 };
  assertEquals(sockDiag({} as Libc, refused as SocketCalls).unix(5), 0);
});

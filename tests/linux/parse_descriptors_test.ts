import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { FD_LINK, parseFdLink, parseLinkInode } from "../../lib/linux/parse/fd_link.ts";
import { FD_INFO, parseFdInfo, parseTarget, TARGET } from "../../lib/linux/parse/fdinfo.ts";

/** Returns text as bytes, one for each character, because paths need not be UTF-8. */
const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** The rest of an earlier, longer read, after the end of the file. */
const STALE = "[77777]\ntfd: 77777 events: 77777 data: 77777\n";

// parse/fd_link

const kindOf = (link: string) => parseFdLink(latin1(link + STALE), link.length);

test("parseFdLink() reports what a descriptor is open on", () => {
  const links: Readonly<Record<string, number>> = {
    "/": FD_LINK.file,
    "/a/b (deleted)": FD_LINK.file,
    "/dev/pts/0": FD_LINK.file,
    "/memfd:name (deleted)": FD_LINK.file,
    "socket:[123]": FD_LINK.socket,
    "pipe:[123]": FD_LINK.pipe,
    "anon_inode:[eventpoll]": FD_LINK.epoll,
    "anon_inode:inotify": FD_LINK.notify,
    "anon_inode:[fanotify]": FD_LINK.notify,
    "anon_inode:[eventfd]": FD_LINK.file,
    "anon_inode:[io_uring]": FD_LINK.file,
    "anon_inode:bpf-map": FD_LINK.file,
    "net:[4026531840]": FD_LINK.file,
    "": FD_LINK.file,
  };
  for (const [link, kind] of Object.entries(links)) assertEquals(kindOf(link), kind, link);
});

test("parseFdLink() takes a path for no other kind, whatever it is called", () => {
  for (const name of ["socket:[1]", "pipe:[1]", "anon_inode:[eventpoll]"]) {
    assertEquals(kindOf(`/${name}`), FD_LINK.file);
    for (let cut = 0; cut < 6; cut++) assertEquals(kindOf(name.slice(0, cut)), FD_LINK.file);
  }
});

test("parseFdLink() takes what lies directly in /dev/shm for shared memory", () => {
  for (const link of ["/dev/shm/x", "/dev/shm/x (deleted)", "/dev/shm/ "]) {
    assertEquals(kindOf(link), FD_LINK.shm, link);
  }
  for (const link of ["/dev/shm", "/dev/shm/", "/dev/shm/a/b", "/dev/shmx/a", "/x/dev/shm/a"]) {
    assertEquals(kindOf(link), FD_LINK.file, link);
  }
});

test("parseLinkInode() reads the number in the brackets", () => {
  const inodeOf = (link: string) => parseLinkInode(latin1(link + STALE), link.length);
  assertEquals(inodeOf("socket:[0]"), 0);
  assertEquals(inodeOf("socket:[4294967295]"), 4294967295);
  assertEquals(inodeOf("pipe:[42]"), 42);
  assertEquals(inodeOf("pipe:[4"), 4);
  assertEquals(inodeOf("pipe:"), 0);
  assertEquals(inodeOf(""), 0);
});

// parse/fdinfo

function infoOf(text: string): [pos: bigint, flags: number] | null {
  const fields = new Uint32Array(3);
  if (!parseFdInfo(latin1(text + STALE), text.length, fields)) return null;
  const pos = BigInt(fields[FD_INFO.pos_high]!) << 32n | BigInt(fields[FD_INFO.pos_low]!);
  return [BigInt.asIntN(64, pos), fields[FD_INFO.flags]!];
}

test("parseFdInfo() reads a position of 64 bits and flags in octal", () => {
  const positions = [
    0n,
    1n,
    4294967295n,
    4294967296n,
    4294967297n,
    9007199254740993n,
    0x7fffffffffffffffn,
    -1n,
    -4294967296n,
    -4294967297n,
    -0x8000000000000000n,
  ];
  for (const pos of positions) {
    assertEquals(infoOf(`pos:\t${pos}\nflags:\t02100002\nmnt_id:\t15\nino:\t7\n`), [
      pos,
      0o2100002,
    ]);
  }
  assertEquals(infoOf("pos:\t5\nflags:\t0"), [5n, 0]);
  assertEquals(infoOf("pos:\t5\nflags:\t020000000"), [5n, 0o20000000]);
});

test("parseFdInfo() is false for what lacks a line", () => {
  for (const text of ["", "pos:\t1\n", "flags:\t0\n", "mnt_id:\t1\npos:\t0\nflags:\t0\n", "pos"]) {
    assertEquals(infoOf(text), null, text);
  }
});

function targetsOf(text: string): unknown[] {
  const bytes = latin1(text + STALE);
  const fields = new Uint32Array(4);
  const found = [];
  for (let at = 0; (at = parseTarget(bytes, text.length, at, fields)) >= 0;) {
    found.push([
      fields[TARGET.fd],
      fields[TARGET.events],
      BigInt(fields[TARGET.data_high]!) << 32n | BigInt(fields[TARGET.data_low]!),
    ]);
  }
  return found;
}

test("parseTarget() reads each descriptor that an epoll descriptor watches", () => {
  const head = "pos:\t0\nflags:\t02000002\nmnt_id:\t16\nino:\t1038\n";
  const line = (fd: number, events: string, data: string) =>
    `tfd: ${`${fd}`.padStart(8)} events: ${events.padStart(8)} data: ${data.padStart(16)}` +
    "  pos:0 ino:2a sdev:f\n";
  assertEquals(targetsOf(head), []);
  assertEquals(targetsOf(""), []);
  assertEquals(
    targetsOf(
      head + line(5, "19", "5") + line(123456789, "8000201f", "ffffffffffffffff") +
        line(0, "40000000", "1122334455667788"),
    ),
    [
      [5, 0x19, 5n],
      [123456789, 0x8000201f, 0xffffffffffffffffn],
      [0, 0x40000000, 0x1122334455667788n],
    ],
  );
  // Before Linux 4.13, the line ends here.
  assertEquals(targetsOf(`${head}tfd: 7 events: 1 data: abcdef0123456789\n`), [
    [7, 1, 0xabcdef0123456789n],
  ]);
});

test("parseTarget() takes no line that is cut off, nor one of another kind", () => {
  const text = "pos:\t0\nflags:\t02\ntfd: 7 events: 1 data: 2";
  assertEquals(targetsOf(text), [[7, 1, 2n]]);
  const data = text.indexOf("data:");
  for (let length = 0; length < data + 5; length++) {
    assertEquals(targetsOf(text.slice(0, length)), []);
  }
  assertEquals(targetsOf("pos:\t0\ninotify tfd: 7 events: 1 data: 2\n"), []);
  assert(targetsOf("x\ntfd: 7\nevents: 1 data: 2\n").length === 0);
});

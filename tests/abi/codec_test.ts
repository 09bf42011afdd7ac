import { assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import {
  in6Addr,
  INI_IPV4,
  INI_IPV6,
  inSockInfo,
  kqueueDynInfo,
  PROC_PIDLISTFD_SIZE,
  procBsdInfo,
  procExitReasonInfo,
  procFdInfo,
  procPidCoalitionInfo,
  procThreadCounts,
  rusageInfoV0,
  rusageInfoV6,
  sockaddrUn,
  socketFdInfo,
  SOCKINFO_GENERIC,
  SOCKINFO_TCP,
  structs,
  unSockInfo,
} from "../../lib/abi/mod.ts";
import type { Struct } from "../../lib/layout/struct.ts";

function filled(size: number, fill = 0xff): Uint8Array {
  return new Uint8Array(size).fill(fill);
}

test("encode() zeroes what the value leaves out", () => {
  for (const [name, type] of Object.entries<Struct<object>>({ ...structs })) {
    const bytes = filled(type.size);
    type.encode({}, bytes);
    assertEquals(bytes, new Uint8Array(type.size), name);
  }
});

test("encode() zeroes what the value leaves out of a nested struct", () => {
  const bytes = filled(socketFdInfo.size);
  socketFdInfo.encode({ psi: { soi_rcv: { sbi_lowat: 1 } } }, bytes);
  const expected = new Uint8Array(socketFdInfo.size);
  expected[24 + 184 + 16] = 1;
  assertEquals(bytes, expected);
});

test("encode() cuts text to its field and keeps the NUL", () => {
  const bytes = filled(procBsdInfo.size);
  procBsdInfo.encode({ pbi_comm: "a name of 20 letters", pbi_name: "é".repeat(16) }, bytes);
  const { pbi_comm, pbi_name } = procBsdInfo.decode(bytes);
  assertEquals(pbi_comm, "a name of 20 le");
  assertEquals(bytes[48 + 15], 0);
  // 15 of the 16 letters fit, with two bytes each. Half a letter is not written.
  assertEquals(pbi_name, "é".repeat(15));
  assertEquals([...bytes.subarray(64 + 30, 64 + 32)], [0, 0]);
});

test("encode() cuts bytes and arrays to their fields", () => {
  const bytes = new Uint8Array(rusageInfoV0.size + 1);
  rusageInfoV0.encode({ ri_uuid: filled(17, 7) }, bytes);
  assertEquals(rusageInfoV0.decode(bytes).ri_uuid, filled(16, 7));
  assertEquals(rusageInfoV0.decode(bytes).ri_user_time, 0n);
  const coalitions = new Uint8Array(procPidCoalitionInfo.size);
  procPidCoalitionInfo.encode({ coalition_id: [1n, 2n, 3n] }, coalitions);
  assertEquals(procPidCoalitionInfo.decode(coalitions), {
    coalition_id: [1n, 2n],
    reserved1: 0n,
    reserved2: 0n,
    reserved3: 0n,
  });
});

test("encode() and decode() refuse a buffer that is too short and name both sizes", () => {
  for (const [name, type] of Object.entries<Struct<object>>({ ...structs })) {
    const bytes = filled(type.size - 1, 0xee);
    const rest = `struct ${name} at offset 0 as it takes ${type.size} bytes: ` +
      `there are ${bytes.length} bytes`;
    assertThrows(() => type.encode({}, bytes), RangeError, `Cannot encode ${rest}`);
    assertThrows(() => type.decode(bytes), RangeError, `Cannot decode ${rest}`);
    assertEquals(bytes, filled(type.size - 1, 0xee), "encode() wrote before it refused");
  }
});

test("decode() refuses an offset that leaves too few bytes, and a number that is not an offset", () => {
  for (const offset of [1, -1, NaN, Infinity]) {
    assertThrows(
      () => procFdInfo.decode(new Uint8Array(8), offset),
      RangeError,
      `at offset ${offset} as it takes 8 bytes: there are 8 bytes`,
    );
  }
});

test("decode() reads at an odd offset of a view that starts at an odd offset itself", () => {
  const bytes = filled(200).subarray(3);
  const value = { pbi_pid: 501, pbi_comm: "odd", pbi_nice: -20, pbi_start_tvsec: 1n << 40n };
  procBsdInfo.encode(value, bytes, 33);
  const { pbi_pid, pbi_comm, pbi_nice, pbi_start_tvsec } = procBsdInfo.decode(bytes, 33);
  assertEquals({ pbi_pid, pbi_comm, pbi_nice, pbi_start_tvsec }, value);
});

test("decodeAll() decodes the whole structs of a list and leaves what is cut", () => {
  const rows = [{ proc_fd: 0, proc_fdtype: 1 }, { proc_fd: 1, proc_fdtype: 2 }];
  const bytes = filled(2 * PROC_PIDLISTFD_SIZE + 7);
  rows.forEach((row, i) => procFdInfo.encode(row, bytes, i * PROC_PIDLISTFD_SIZE));
  assertEquals(procFdInfo.decodeAll(bytes), rows);
  assertEquals(procFdInfo.decodeAll(new Uint8Array(7)), []);
});

test("u32 members stay positive and i32 members may be negative", () => {
  const { pbi_pid, e_tdev, pbi_nice, pbi_start_tvsec } = procBsdInfo.decode(filled(136));
  assertEquals({ pbi_pid, e_tdev, pbi_nice, pbi_start_tvsec }, {
    pbi_pid: 0xffffffff,
    e_tdev: 0xffffffff,
    pbi_nice: -1,
    pbi_start_tvsec: 0xffffffffffffffffn,
  });
});

test("bytes are a copy: the buffer may be used again", () => {
  const buffer = filled(rusageInfoV6.size, 1);
  const { ri_uuid } = rusageInfoV6.decode(buffer);
  buffer.fill(2);
  assertEquals(ri_uuid, filled(16, 1));
});

test("decodeBlock() decodes at every multiple of the alignment", () => {
  for (const [name, type] of Object.entries<Struct<object>>({ ...structs })) {
    const bytes = Uint8Array.from({ length: type.size + 3 * type.align }, (_, i) => 1 + i * 7);
    const view = new DataView(bytes.buffer);
    for (let at = 0; at <= 3 * type.align; at += type.align) {
      const whole = bytes.slice(at, at + type.size);
      assertEquals(type.decodeBlock({ bytes, view }, at), type.decode(whole), name);
    }
  }
});

test("the members of proc_exitreasoninfo are packed", () => {
  const bytes = filled(32);
  procExitReasonInfo.encode({
    eri_namespace: 1,
    eri_code: 2n,
    eri_flags: 3n,
    eri_reason_buf_size: 4,
    eri_kcd_buf: 5n,
  }, bytes);
  assertEquals(
    [...bytes],
    [1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 5]
      .concat(new Array(7).fill(0)),
  );
});

test("socket_info has the member of soi_proto that soi_kind names, or none", () => {
  const bytes = new Uint8Array(socketFdInfo.size);
  socketFdInfo.encode({
    psi: {
      soi_kind: SOCKINFO_TCP,
      soi_proto: { pri_tcp: { tcpsi_ini: { insi_lport: 0x5000 }, tcpsi_timer: [1, 2, 3, 4] } },
    },
  }, bytes);
  const { soi_proto } = socketFdInfo.decode(bytes).psi;
  assertEquals(Object.keys(soi_proto), ["pri_tcp"]);
  assertEquals(soi_proto.pri_tcp?.tcpsi_ini.insi_lport, 0x5000);
  assertEquals(soi_proto.pri_tcp?.tcpsi_timer, [1, 2, 3, 4]);
  for (const kind of [SOCKINFO_GENERIC, 8, -1]) {
    socketFdInfo.encode({ psi: { soi_kind: kind } }, bytes);
    assertEquals(socketFdInfo.decode(bytes).psi.soi_proto, {});
  }
});

test("in_sockinfo has an IPv6 address where the flag of IPv6 is set, with or without the other", () => {
  const bytes = new Uint8Array(inSockInfo.size);
  const loopback = [...new Array(10).fill(0), 0xff, 0xff, 127, 0, 0, 1];
  for (const insi_vflag of [INI_IPV6, INI_IPV4 | INI_IPV6]) {
    inSockInfo.encode({
      insi_vflag,
      insi_laddr: { ina_6: { __u6_addr: { __u6_addr8: Uint8Array.from(loopback) } } },
    }, bytes);
    const { insi_laddr } = inSockInfo.decode(bytes);
    assertEquals([...insi_laddr.ina_6?.__u6_addr.__u6_addr8 ?? []], loopback);
    assertEquals(insi_laddr.ina_46, undefined);
  }
  inSockInfo.encode({
    insi_vflag: INI_IPV4,
    insi_laddr: { ina_46: { i46a_addr4: { s_addr: 0x0100007f } } },
  }, bytes);
  assertEquals([...bytes.subarray(48, 64)], [...new Array(12).fill(0), 127, 0, 0, 1]);
  assertEquals(inSockInfo.decode(bytes).insi_laddr, {
    ina_46: { i46a_pad32: [0, 0, 0], i46a_addr4: { s_addr: 0x0100007f } },
  });
  inSockInfo.encode({}, bytes);
  assertEquals(inSockInfo.decode(bytes).insi_laddr, {});
});

test("the members of unions that are never decoded can be encoded", () => {
  const bytes = new Uint8Array(16);
  in6Addr.encode({ __u6_addr: { __u6_addr16: [0x0201, 0, 0, 0, 0, 0, 0, 0x0403] } }, bytes);
  assertEquals([...bytes], [1, 2, ...new Array(12).fill(0), 3, 4]);
  in6Addr.encode({ __u6_addr: { __u6_addr32: [0x04030201] } }, bytes);
  assertEquals([...bytes], [1, 2, 3, 4, ...new Array(12).fill(0)]);
  const un = new Uint8Array(unSockInfo.size);
  unSockInfo.encode({ unsi_caddr: { ua_dummy: "\x06\x01/a/b" } }, un);
  assertEquals(unSockInfo.decode(un).unsi_caddr, {
    ua_sun: { sun_len: 6, sun_family: 1, sun_path: "/a/b" },
  });
});

test("sun_path may fill its field without a NUL", () => {
  const bytes = filled(sockaddrUn.size, 0x61);
  assertEquals(sockaddrUn.decode(bytes).sun_path, "a".repeat(104));
});

test("sun_path of an abstract name has the length of sun_len", () => {
  const bytes = new Uint8Array(sockaddrUn.size);
  const decode = (sun_len: number, sun_path: string) => {
    sockaddrUn.encode({ sun_len, sun_family: 1, sun_path }, bytes);
    return sockaddrUn.decode(bytes).sun_path;
  };
  assertEquals(decode(2 + 5, "\0a\nb\0"), "\0a\nb\0");
  assertEquals(decode(2 + 4, "\0a\nb\0"), "\0a\nb");
  assertEquals(decode(2 + 3, "\0\0c"), "\0\0c");
  // Without a length, the path is empty. A path that starts with another character ends at its NUL,
  // whatever the length is.
  assertEquals(decode(0, "\0a"), "");
  assertEquals(decode(106, "/a"), "/a");
  assertEquals(decode(255, "\0" + "x".repeat(102)), "\0" + "x".repeat(102) + "\0");
  assertEquals(decode(106, "\0\0"), "");
});

const COUNTS = [1n, 2n].map((n) => ({
  ptcd_instructions: n,
  ptcd_cycles: n,
  ptcd_user_time_mach: n,
  ptcd_system_time_mach: n,
  ptcd_energy_nj: n,
}));

test("proc_threadcounts has ptc_len rows, as far as the buffer holds them whole", () => {
  const bytes = new Uint8Array(8 + 3 * 40);
  procThreadCounts.encode({ ptc_len: 2, ptc_counts: COUNTS }, bytes);
  assertEquals(procThreadCounts.decode(bytes).ptc_counts, COUNTS);
  for (const [size, rows] of [[88, 2], [87, 1], [48, 1], [47, 0], [8, 0]] as const) {
    const { ptc_len, ptc_counts } = procThreadCounts.decode(bytes.slice(0, size));
    assertEquals({ ptc_len, ptc_counts }, { ptc_len: 2, ptc_counts: COUNTS.slice(0, rows) });
  }
});

test("encode() cuts the rows of proc_threadcounts to the buffer and zeroes what they leave out", () => {
  const bytes = filled(8 + 40 + 39);
  procThreadCounts.encode(
    { ptc_len: 2, ptc_counts: [{ ptcd_cycles: 1n }, { ptcd_cycles: 1n }] },
    bytes,
  );
  assertEquals(procThreadCounts.decode(bytes).ptc_counts, [{
    ptcd_instructions: 0n,
    ptcd_cycles: 1n,
    ptcd_user_time_mach: 0n,
    ptcd_system_time_mach: 0n,
    ptcd_energy_nj: 0n,
  }]);
  assertEquals(bytes.subarray(48), filled(39));
});

test("kqueue_dyninfo has a kqueue_info at its head", () => {
  const bytes = new Uint8Array(kqueueDynInfo.size);
  kqueueDynInfo.encode({ kqdi_info: { kq_state: 0x80 }, kqdi_cpupercent: 50 }, bytes);
  assertEquals(structs.kqueue_info.decode(bytes).kq_state, 0x80);
  assertEquals(bytes[171], 50);
});

import { defaultSystem } from "../../lib/system/open.ts";
import { PROC_INFO_CALL_PIDFDINFO } from "../../lib/abi/callnum.ts";
import { PROC_PIDFDSOCKETINFO, PROC_PIDFDSOCKETINFO_SIZE } from "../../lib/abi/pid_fd_info.ts";
import type { InSockInfo, InSockInfoAddr } from "../../lib/abi/in_sockinfo.ts";
import { socketFdInfo, socketInfo, SOCKINFO_UN } from "../../lib/abi/socket_info.ts";
import { unSockInfo } from "../../lib/abi/un_sockinfo.ts";
import { offsetsOf } from "../../lib/layout/offsets.ts";

/** The values of a socket that tests compare: addresses as text, and only members that are set. */
export interface SocketView {
  readonly error?: number;
  readonly so?: number;
  readonly pcb?: number;
  readonly family?: number;
  readonly type?: number;
  readonly protocol?: number;
  readonly kind?: number;
  readonly state?: number;
  readonly options?: number;
  readonly linger?: number;
  readonly queue?: readonly [length: number, limit: number];
  readonly receive?: Buffer;
  readonly send?: Buffer;
  readonly local?: string;
  readonly remote?: string;
  readonly vflag?: number;
  readonly ttl?: number;
  readonly tos?: number;
  readonly hops?: number;
  readonly checksum?: number;
  readonly generation?: number;
  readonly tcp?: number;
  readonly mss?: number;
  readonly timers?: readonly number[];
  readonly peer?: number;
  readonly name?: string;
  readonly peerName?: string;
  readonly cid?: number;
  readonly port?: number;
  readonly interfaceName?: string;
  readonly interfaceFamily?: number;
}

/** The receive or send buffer. */
export interface Buffer {
  readonly cc: number;
  readonly hiwat: number;
  readonly mbcnt: number;
  readonly lowat: number;
  readonly timeo: number;
}

/** Queries a socket on this host. On failure, returns only the errno of Darwin. */
export function viewSocket(pid: number, fd: number): SocketView {
  const bytes = new Uint8Array(PROC_PIDFDSOCKETINFO_SIZE).fill(0xa5);
  const answer = defaultSystem().kernel.procInfo(
    PROC_INFO_CALL_PIDFDINFO,
    pid,
    PROC_PIDFDSOCKETINFO,
    BigInt(fd),
    bytes,
  );
  return answer < 0 ? { error: -answer } : viewOf(bytes);
}

/** Decodes a `struct socket_fdinfo`. */
export function viewOf(bytes: Uint8Array): SocketView {
  const { psi } = socketFdInfo.decode(bytes);
  const { soi_rcv: rcv, soi_snd: snd, soi_proto: proto } = psi;
  const buffer = (b: typeof rcv): Buffer => ({
    cc: b.sbi_cc,
    hiwat: b.sbi_hiwat,
    mbcnt: b.sbi_mbcnt,
    lowat: b.sbi_lowat,
    timeo: b.sbi_timeo,
  });
  const ini = proto.pri_tcp?.tcpsi_ini ?? proto.pri_in;
  return {
    so: Number(psi.soi_so),
    pcb: Number(psi.soi_pcb),
    family: psi.soi_family,
    type: psi.soi_type,
    protocol: psi.soi_protocol,
    kind: psi.soi_kind,
    state: psi.soi_state,
    options: psi.soi_options,
    linger: psi.soi_linger,
    queue: [psi.soi_qlen, psi.soi_qlimit],
    receive: buffer(rcv),
    send: buffer(snd),
    ...(ini && {
      local: `${address(ini, ini.insi_laddr)}:${port(ini.insi_lport)}`,
      remote: `${address(ini, ini.insi_faddr)}:${port(ini.insi_fport)}`,
      vflag: ini.insi_vflag,
      ttl: ini.insi_ip_ttl,
      tos: ini.insi_v4.in4_tos,
      hops: ini.insi_v6.in6_hops,
      checksum: ini.insi_v6.in6_cksum,
      generation: Number(ini.insi_gencnt),
    }),
    ...(proto.pri_tcp && {
      tcp: proto.pri_tcp.tcpsi_state,
      mss: proto.pri_tcp.tcpsi_mss,
      timers: proto.pri_tcp.tcpsi_timer,
    }),
    ...(psi.soi_kind === SOCKINFO_UN && proto.pri_un && {
      peer: Number(proto.pri_un.unsi_conn_so),
      name: unixAddress(bytes, false),
      peerName: unixAddress(bytes, true),
    }),
    ...(proto.pri_vsock && {
      cid: proto.pri_vsock.local_cid,
      port: proto.pri_vsock.local_port,
    }),
    ...(proto.pri_ndrv && {
      interfaceName: proto.pri_ndrv.ndrvsi_if_name,
      interfaceFamily: proto.pri_ndrv.ndrvsi_if_family,
    }),
  };
}

/** Returns an address with one character per byte. An abstract address starts with a NUL. */
function unixAddress(bytes: Uint8Array, remote: boolean): string {
  const proto = offsetsOf(socketInfo, offsetsOf(socketFdInfo).psi).soi_proto;
  const un = offsetsOf(unSockInfo, proto);
  const at = remote ? un.unsi_caddr : un.unsi_addr;
  const length = bytes[at]!;
  return length === 0 ? "" : String.fromCharCode(...bytes.subarray(at + 2, at + length));
}

/** Converts a port from network byte order. */
function port(number: number): number {
  return (number & 0xff) << 8 | number >> 8;
}

function address({ insi_vflag }: InSockInfo, { ina_46, ina_6 }: InSockInfoAddr): string {
  if (ina_46 !== undefined) {
    const { s_addr } = ina_46.i46a_addr4;
    return [0, 8, 16, 24].map((shift) => s_addr >>> shift & 0xff).join(".");
  }
  const bytes = ina_6!.__u6_addr.__u6_addr8!;
  const words = Array.from({ length: 8 }, (_, i) => bytes[2 * i]! << 8 | bytes[2 * i + 1]!);
  return `[${words.map((word) => word.toString(16)).join(":")}]${insi_vflag === 0 ? "?" : ""}`;
}

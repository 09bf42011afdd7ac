import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { socketFdInfo } from "../../lib/abi/socket_info.ts";
import { socketWriter } from "../../lib/linux/answer/socket_writer.ts";
import { NO_UNIT } from "../../lib/system/interface_name.ts";
import { describeSocket } from "../../lib/process/sockets.ts";

const ETHERNET = 1;
const PACKET = 17;

/** The names of interfaces as XNU reports them: the name without the unit, and the unit. */
const NAMES: readonly (readonly [whole: string, name: string, unit: number])[] = [
  ["eth0", "eth", 0],
  ["en12", "en", 12],
  ["wlp3s0", "wlp3s", 0],
  ["eth00", "eth0", 0],
  ["eth007", "eth00", 7],
  ["veth1a2b3c4", "veth1a2b3c", 4],
  ["br-1234567890123".slice(0, 15), "br-123", 456_789_012],
  ["123", "1", 23],
  ["0", "0", NO_UNIT],
  ["lo", "lo", NO_UNIT],
  ["br-lan", "br-lan", NO_UNIT],
];

test("the name of an interface is reported without its unit, and in words with it", () => {
  const to = socketWriter();
  for (const [whole, name, unit] of NAMES) {
    to.clear();
    to.socket(1, PACKET, 3, 0);
    to.packet(ETHERNET, new TextEncoder().encode(whole.padEnd(16, "\0")));
    const { psi } = socketFdInfo.decode(to.block.bytes);
    const { ndrvsi_if_name, ndrvsi_if_unit } = psi.soi_proto.pri_ndrv!;
    assertEquals([ndrvsi_if_name, ndrvsi_if_unit], [name, unit], whole);
    assertEquals(describeSocket(psi, to.block.bytes).interfaceName, whole);
  }
  to.clear();
  to.socket(1, PACKET, 3, 0);
  to.packet(0, new Uint8Array(16));
  const { psi } = socketFdInfo.decode(to.block.bytes);
  assertEquals(describeSocket(psi, to.block.bytes).interfaceName, undefined);
});

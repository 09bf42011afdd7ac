import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { parseControlGroups } from "../../lib/linux/parse/cgroup.ts";
import { parseLabel, parseNumbers } from "../../lib/linux/parse/lines.ts";
import { parseTtyDrivers } from "../../lib/linux/parse/tty_drivers.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

test("parseControlGroups() takes every hierarchy by its controllers", () => {
  const text = "12:cpu,cpuacct:/docker/0123\n" +
    "4:name=systemd:/user.slice/user-1000.slice/session-2.scope\n" +
    "3:memory:/\n" +
    "0::/../other:with:colons\n";
  assertEquals(parseControlGroups(text, false), {
    "cpu,cpuacct": "/docker/0123",
    "name=systemd": "/user.slice/user-1000.slice/session-2.scope",
    memory: "/",
    "": "/../other:with:colons",
  });
  assertEquals(parseControlGroups("", false), {});
  assertEquals(parseControlGroups("not a line\n1:cpu\n", false), {});
});

test("parseControlGroups() cuts what the kernel adds for a zombie whose group was removed", () => {
  const text = "0::/job (deleted)\n";
  assertEquals(parseControlGroups(text, true), { "": "/job" });
  // The group of a living process still exists, and may have such a name.
  assertEquals(parseControlGroups(text, false), { "": "/job (deleted)" });
});

test("parseNumbers() takes the numbers of a line", () => {
  assertEquals(parseNumbers("4242\t17\t1"), [4242, 17, 1]);
  assertEquals(parseNumbers("1"), [1]);
  assertEquals(parseNumbers(""), []);
});

test("parseLabel() leaves out what modules end a label with", () => {
  const label = (text: string) => parseLabel(bytes(`${text}rest`), bytes(text).length);
  assertEquals(label("unconfined\n"), "unconfined");
  assertEquals(label("docker-default (enforce)\n"), "docker-default (enforce)");
  assertEquals(label("system_u:system_r:init_t:s0\0"), "system_u:system_r:init_t:s0");
  assertEquals(label("_"), "_");
  assertEquals(label("\n"), "");
  assertEquals(label(""), "");
});

test("parseTtyDrivers() reads ranges, single devices and names of several words", () => {
  const text = "/dev/tty             /dev/tty        5       0 system:/dev/tty\n" +
    "/dev/vc/0            /dev/vc/0       4       0 system:vtmaster\n" +
    "usbserial            /dev/ttyUSB   188 0-511 serial\n" +
    "serial               /dev/ttyS       4 64-95 serial\n" +
    "pty_slave            /dev/pts      136 0-1048575 pty:slave\n" +
    "virtual console      /dev/hvc      229 0-7 system\n" +
    "no device            none            1 0-7 system\n";
  const driver = (prefix: string, major: number, first: number, last: number) => ({
    prefix,
    major,
    first,
    last,
  });
  assertEquals(parseTtyDrivers(text), [
    driver("/dev/tty", 5, 0, 0),
    driver("/dev/vc/0", 4, 0, 0),
    driver("/dev/ttyUSB", 188, 0, 511),
    driver("/dev/ttyS", 4, 64, 95),
    driver("/dev/pts", 136, 0, 1048575),
    driver("/dev/hvc", 229, 0, 7),
  ]);
  assertEquals(parseTtyDrivers(""), []);
});

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { after, before, test } from "node:test";
import { PROC_PIDTBSDINFO } from "../../lib/abi/pid_info.ts";
import { pidInfo } from "../../lib/calls/pid_info.ts";
import { procName } from "../../lib/libproc/name.ts";
import { openProcess } from "../../lib/process/process.ts";
import { processes } from "../../lib/process/rows.ts";
import { type ProcessNode, processTree } from "../../lib/process/tree.ts";
import { watch } from "../../lib/process/watch.ts";
import { whoHas } from "../../lib/process/who_has.ts";
import { defaultSystem, openSystem } from "../../lib/system/open.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { libproc } from "../support/cli.ts";
import { kernelSystem } from "../support/kernel_system.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

let cast: Cast, folder: string;

before(async () => {
  if (skip) return;
  folder = mkdtempSync(`${tmpdir()}/libproc-names-`);
  cast = await startCast("names", [folder]);
});

after(async () => {
  await cast?.[Symbol.asyncDispose]();
  if (folder) rmSync(folder, { recursive: true });
});

const BROWSER = "browser-with-a-long-name";

/** The names of the processes that `names.c` starts. */
const NAMES: Readonly<Record<string, string>> = {
  options: BROWSER,
  plain: BROWSER,
  base: BROWSER,
  other: BROWSER,
  "no-arguments": BROWSER,
  login: BROWSER,
  thread: BROWSER,
  renamed: "another-name-15",
  shortened: "browser",
  half: "é".repeat(7),
  latin: "abcdefghijklm\ufffdo",
  title: "long-server-name-x",
  spaces: "a name of more than fifteen bytes",
  odd: "a) R 1\n(((b of a long name",
  bytes: "\ufffd\ufffd of no encoding known",
  accents: "é".repeat(17),
  longest: "n".repeat(255),
  exact: "exactly15-bytes",
  link: "compiler-of-gnu",
  "link-options": "browser-by-a-link",
  script: "a-script-of-a-long-name",
  "script-option": "another-script-of-a-long-name",
  "script-script": "a-script-by-another-script",
  deleted: "a-deleted-program-it-is",
  zombie: "a-zombie-of-a-l",
};

/** Queries the process of each role; returns the answers by role. */
const ofAll = (ask: (pid: number, role: string) => unknown): Record<string, unknown> =>
  Object.fromEntries(Object.keys(NAMES).map((role) => [role, ask(cast.pid(role), role)]));

const namedIn = (rows: readonly { readonly pid: number | undefined; readonly name?: unknown }[]) =>
  ofAll((pid) => rows.find((row) => row.pid === pid)?.name);

const flat = (nodes: readonly ProcessNode[]): ProcessNode[] =>
  nodes.flatMap((node) => [node, ...flat(node.children)]);

test("the name is that of the program or of the script, whole, in every layer", {
  skip,
}, async () => {
  assertEquals(namedIn(processes({ fields: ["name"] })), NAMES);
  assertEquals(ofAll((pid) => openProcess(pid).name()), NAMES);
  assertEquals(ofAll((pid) => openProcess(pid).info().name), NAMES);
  assertEquals(namedIn(flat(processTree())), NAMES);
  const wanted = new Set(Object.keys(NAMES).map((role) => cast.pid(role)));
  const filter = ({ pid }: { pid: number }) => wanted.has(pid);
  const seen: { pid: number; name: string }[] = [];
  for await (const { pid, name } of watch({ filter, initial: true, intervalMs: 1 })) {
    seen.push({ pid, name: name! });
    if (seen.length === wanted.size - 1) break;
  }
  // A watch does not report zombies as existing processes when it begins.
  const { zombie: _, ...living } = NAMES;
  const { zombie: __, ...watched } = namedIn(seen);
  assertEquals(watched, living);
  const { zombie: ___, ...holders } = namedIn(whoHas({ path: `${folder}/held` }));
  assertEquals(holders, living);
});

/** Returns the beginning of a name that fits in a struct's member, in whole characters. */
function cut(name: string, size: number): string {
  let end = name.length;
  while (Buffer.byteLength(name.slice(0, end)) >= size) end--;
  return name.slice(0, end);
}

test("pbi_name and proc_name() have the beginning of the same name", { skip }, () => {
  // In the struct, a byte that is not UTF-8 takes one byte, unlike U+FFFD.
  const { bytes: _, latin: __, ...texts } = NAMES;
  const short = Object.fromEntries(
    Object.entries(texts).map(([role, name]) => [
      role,
      cut(name, 32),
    ]),
  );
  const { bytes, latin, ...found } = ofAll((pid) => procName(pid));
  assertEquals(found, short);
  assertEquals([bytes, latin], [NAMES["bytes"], NAMES["latin"]]);
  for (const role of ["plain", "script", "exact", "shortened"]) {
    const { pbi_name, pbi_comm } = pidInfo(cast.pid(role), PROC_PIDTBSDINFO);
    assertEquals([pbi_name, pbi_comm], [cut(NAMES[role]!, 32), NAMES[role]!.slice(0, 15)], role);
  }
});

test("the name of a thread ends before a character that was cut", { skip }, () => {
  const names = (role: string) => openProcess(cast.pid(role)).threads().map(({ name }) => name);
  assertEquals(names("half"), [NAMES["half"]]);
  assertEquals(names("renamed"), [NAMES["renamed"]]);
  assertEquals(names("latin"), [NAMES["latin"]]);
});

test(
  "a name of 31 bytes is completed from the path where the kernel keeps no more",
  { skip },
  () => {
    const system = kernelSystem(defaultSystem().kernel);
    const name = (role: string) => openProcess(cast.pid(role), { system }).name();
    assertEquals(["longest", "accents", "spaces", "script"].map(name), [
      NAMES["longest"],
      NAMES["accents"],
      NAMES["spaces"],
      NAMES["script"],
    ]);
  },
);

test("a process is found by its full name, and by the beginning that the kernel keeps", {
  skip,
}, async () => {
  const pid = cast.pid("script");
  const found = (name: string | RegExp) => processes({ name }).map((row) => row.pid).includes(pid);
  assert(found("a-script-of-a-long-name"));
  assert(found(/^a-script-of-a-long-name$/));
  assert(found("a-script-of-a-l"));
  const ps = await libproc("ps", "--name", "a-script-of-a-long-name", "--fields", "pid,name");
  assert(ps.out.split("\n").some((line) => line.trim() === `${pid}  a-script-of-a-long-name`));
  const tree = await libproc("tree", `${pid}`);
  assertMatch(
    tree.out,
    new RegExp(`^${pid} \\S+ \\S+/interpreter \\S+/a-script-of-a-long-name \\w+$`),
  );
});

test("the name of a kernel thread is as long as the kernel has it", { skip }, (t) => {
  const threads = processes({ fields: ["name", "kernelThread"] }).filter((row) => row.kernelThread);
  const long = threads.filter(({ name }) => name!.length > 15 && !name!.startsWith("kworker"));
  if (long.length === 0) return t.skip("no kernel thread has a long name here");
  for (const { pid, name } of long) {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    assertEquals(name, stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")")));
  }
});

/**
 * The kernel's name, the arguments, the path of the program if it may be read, and the expected
 * name.
 */
const CASES: readonly (readonly [string, readonly string[], string | undefined, string])[] = [
  // Programs with their options in the first argument. For some, the program may not be read.
  ["chromium-browse", ["/opt/chromium-browser --enable-pinch"], undefined, "chromium-browser"],
  [
    "chromium-browse",
    ["chromium-browser --dir=/a/b --c=/chromium-browsers"],
    undefined,
    "chromium-browser",
  ],
  ["long-server-nam", ["long-server-name: worker /a/b"], undefined, "long-server-name"],
  [
    "systemd-userwor",
    ["systemd-userwork: waiting..."],
    "/usr/lib/systemd/systemd-userwork",
    "systemd-userwork",
  ],
  [
    "long-server-nam",
    ["/usr/sbin/long-server-name worker"],
    "/usr/sbin/long-server-name",
    "long-server-name",
  ],
  ["my program of a", ["/opt/my - apps/my program of a name"], undefined, "my program of a name"],
  [
    "my program of a",
    ["/opt/my program of a name -v"],
    "/opt/my program of a name",
    "my program of a name",
  ],
  [
    "my program of a",
    ["/opt/my program of a - name -v"],
    "/opt/my program of a - name",
    "my program of a - name",
  ],
  // Scripts.
  [
    "ansible-playboo",
    ["/usr/bin/python3", "/usr/bin/ansible-playbook", "a.yml"],
    undefined,
    "ansible-playbook",
  ],
  [
    "ansible-playboo",
    ["/usr/bin/python3", "-E -s", "/usr/bin/ansible-playbook"],
    "/usr/bin/python3.11",
    "ansible-playbook",
  ],
  [
    "unattended-upgr",
    ["python3", "/usr/share/unattended-upgrades/unattended-upgrade-shutdown", "--wait-for-signal"],
    undefined,
    "unattended-upgrade-shutdown",
  ],
  // Cases that only look similar.
  [
    "ansible-playboo",
    ["vi", ...Array<string>(10).fill("-x"), "ansible-playbook"],
    "/usr/bin/vi",
    "ansible-playboo",
  ],
  ["ansible-playboo", ["python3", "ansible-playboX"], "/usr/bin/python3", "ansible-playboo"],
  ["long-server-nam", [`long-server-nam${"e".repeat(300)}`], undefined, "long-server-nam"],
  ["short", ["/usr/bin/shorter-than-it-is"], "/usr/bin/shorter-than-it-is", "short"],
  ["long-server-nam", [], undefined, "long-server-nam"],
  ["long-server-nam", ["", "", ""], undefined, "long-server-nam"],
  // Programs that were executed by a name other than that of their file.
  [
    "x86_64-linux-gn",
    ["x86_64-linux-gnu-gcc"],
    "/usr/bin/x86_64-linux-gnu-gcc-12",
    "x86_64-linux-gnu-gcc",
  ],
  [
    "x86_64-linux-gn",
    ["x86_64-linux-gnu-gcc -c a.c"],
    "/usr/bin/x86_64-linux-gnu-gcc-12",
    "x86_64-linux-gnu-gcc",
  ],
  [
    "x86_64-linux-gn",
    ["x86_64-linux-gnu-gcc-12 x"],
    "/usr/bin/x86_64-linux-gnu-gcc",
    "x86_64-linux-gnu-gcc-12 x",
  ],
  ["x86_64-linux-gn", ["cc"], "/usr/bin/x86_64-linux-gnu-gcc-12", "x86_64-linux-gnu-gcc-12"],
];

test("the name is found in the first argument, in that of a script, or in the program's path", {
  skip,
}, () => {
  const root = mkdtempSync(`${tmpdir()}/libproc-names-tree-`);
  try {
    for (const [i, [comm, args, program]] of CASES.entries()) {
      const pid = i + 1;
      mkdirSync(`${root}/${pid}`);
      // Field 20 is the number of threads.
      const rest = Array.from({ length: 49 }, (_, field) => field + 4 === 20 ? 1 : 0);
      writeFileSync(`${root}/${pid}/stat`, `${pid} (${comm}) S ${rest.join(" ")}\n`);
      writeFileSync(`${root}/${pid}/cmdline`, args.map((argument) => `${argument}\0`).join(""));
      if (program !== undefined) symlinkSync(program, `${root}/${pid}/exe`);
    }
    using system = openSystem({ procRoot: root });
    const rows = processes({ system, fields: ["name"] });
    assertEquals(
      rows.map(({ name }, i) => [i, name]),
      CASES.map(([, , , name], i) => [i, name]),
    );
  } finally {
    rmSync(root, { recursive: true });
  }
});

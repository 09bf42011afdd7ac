import { assert, assertEquals, assertMatch } from "@std/assert";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { test } from "node:test";
import { json, printable } from "../../lib/cli/command.ts";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { escaped } from "../../lib/cli/table.ts";
import { libproc, libprocWith } from "../support/cli.ts";
import { openPlay, PLAYS } from "../support/cli_play.ts";
import { recordedScene } from "../support/cli_scene.ts";
import { startSpeaker } from "../support/lines.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

/** Characters that control a terminal, change the direction of text, or are invisible. */
const HIDDEN: readonly number[] = [
  ...Array.from({ length: 0x20 }, (_, i) => i),
  ...Array.from({ length: 0x21 }, (_, i) => 0x7f + i),
  ...[0xad, 0x34f, 0x61c, 0x115f, 0x17b4, 0x180e],
  ...Array.from({ length: 5 }, (_, i) => 0x200b + i),
  ...Array.from({ length: 7 }, (_, i) => 0x2028 + i),
  ...Array.from({ length: 16 }, (_, i) => 0x2060 + i),
  ...[0x3164, 0xfe0f, 0xfeff, 0xffa0, 0xfff9, 0xfffa, 0xfffb, 0xe0001, 0xe0041, 0xe01ef],
];

/** Returns true if a text contains one of these characters, other than the ends of lines. */
function isUnsafe(text: string): boolean {
  return [...text].some((char) => char !== "\n" && HIDDEN.includes(char.codePointAt(0)!));
}

test("printable() spells out whatever a terminal obeys or does not show, and nothing else", () => {
  for (const code of HIDDEN) {
    const char = String.fromCodePoint(code);
    const shown = printable(`a${char}b`);
    assertMatch(shown, /^a\\(?:[nrt]|x[\da-f]{2}|u[\da-f]{4}|U[\da-f]{8})b$/, code.toString(16));
    assert(shown.includes(code.toString(16)) || "\n\r\t".includes(char), shown);
  }
  const plain = "aZ~ \u00a0é日本한국🚀e\u0301مرحبا\ufffd─";
  assertEquals(printable(plain), plain);
  // A lone surrogate is not a character.
  assertEquals(printable("\ud800x\udc00"), "\ufffdx\ufffd");
});

test("escaped() can be read back", () => {
  const texts = ["\\n", "\n", "\\\\x1b", "\x1b[2J", "\u202e", "\u{e0041}", "a\\", "\\u202e"];
  const read = (shown: string) =>
    shown.replace(
      /\\(?:([nrt\\])|x(..)|u(....)|U(.{8}))/g,
      (_, named: string | undefined, ...codes: (string | undefined)[]) => {
        if (named !== undefined) return { n: "\n", r: "\r", t: "\t", "\\": "\\" }[named]!;
        return String.fromCodePoint(parseInt(codes.find((code) => code !== undefined)!, 16));
      },
    );
  assertEquals(texts.map(escaped).map(read), texts);
  assertEquals(new Set(texts.map(escaped)).size, texts.length);
});

test("json() spells out the same, and parses to the true text", () => {
  for (const code of HIDDEN) {
    const char = String.fromCodePoint(code);
    const value = { [`k${char}`]: [`v${char}\\`] };
    for (const indent of [0, 2]) {
      const text = json(value, indent);
      assert(!isUnsafe(text), code.toString(16));
      assertEquals(JSON.parse(text), value);
    }
    assert(!json(value).includes("\n"));
  }
  assertEquals(
    json({ a: 2n, b: 2n ** 60n, c: Uint8Array.of(1, 2), d: undefined }),
    '{"a":2,"b":"1152921504606846976","c":[1,2]}',
  );
});

/** Process 105 of the scene has only such names. */
test("no command prints of the scene what a terminal would obey", async () => {
  const lines = [
    ...["info", "fds", "sockets", "threads", "args", "tree"].map((name) => [name, "105"]),
    ["env", "105", "--reveal"],
    ["ps", "--fields", "name,args,cwd"],
    ["who", "/tmp/scene/server.log"],
    ["aix", "entry", "105"],
    ["call", "PIDINFO", "105", "PROC_PIDT_SHORTBSDINFO"],
    ["dmesg"],
  ];
  for (const line of lines) {
    for (const json of line[0] === "aix" ? [["--json"]] : [[], ["--json"]]) {
      const { status, out } = await libprocWith({ system: recordedScene() }, ...line, ...json);
      assertEquals(status, 0, line.join(" "));
      assert(!isUnsafe(out), `${line.join(" ")} ${JSON.stringify(out)}`);
      assertMatch(out, json.length > 0 ? /\\u001b/ : /\\x1b|\\u001b|\\u009b/, line.join(" "));
    }
  }
  for (
    const [name, args] of [["watch", ["--interval", "0.001", "--count", "6"]], ["kill", [
      "231",
      "--tree",
      "--grace",
      "0",
    ]]] as const
  ) {
    for (const json of [[], ["--json"]]) {
      const { out } = await libprocWith({ system: openPlay(PLAYS[name]!) }, name, ...args, ...json);
      assert(!isUnsafe(out), out);
      assertMatch(out, json.length > 0 ? /\\u001b\[2J/ : /\\x1b\[2J/);
    }
  }
});

test("errors print what was given to a command spelled out, in one line", async () => {
  const nasty = "\x1b[2J\n\x9b\u202e\u200b\u{e0041}";
  const lines = [
    [nasty],
    [`--${nasty}`],
    ["ps", `--${nasty}`],
    ["ps", "--fields", nasty],
    ["ps", "--sort", nasty],
    ["ps", "--user", nasty],
    ["ps", "--proc-root", nasty],
    ["ps", nasty],
    ["pids", nasty],
    ["pids", "all", nasty],
    ["pids", "uid", "1", nasty],
    ["pids", "tty", nasty],
    ["info", nasty],
    ["info", "1", nasty],
    ["who", nasty],
    ["call", nasty, "1", "1"],
    ["call", "PIDINFO", "1", nasty],
    ["aix", nasty],
    ["aix", "entry", nasty],
    ["watch", "--interval", nasty],
    ["watch", "--count", nasty],
    ["wait", "1", "--timeout", nasty],
    ["completions", nasty],
    ["doctor", nasty],
    ["top", "--sort", nasty],
    ...Object.keys(COMMANDS).map((name) => [name, `--help=${nasty}`]),
  ];
  for (const line of lines) {
    const { status, out, err } = await libproc(...line);
    const what = JSON.stringify([line, err]);
    assertEquals([status, out], [2, ""], what);
    assertMatch(err, /^libproc: [^\n]+$/, what);
    assert(!isUnsafe(err), what);
    assertMatch(err, /\\(?:x1b|u001b)/, what);
  }
});

test("what a living process is called and has open is spelled out", { skip }, async () => {
  const folder = realpathSync(mkdtempSync(`${tmpdir()}/libproc-escape-`));
  const name = "\x1b]0;x\x07\u202e\n\u009b2J";
  const inside = `${folder}/${name}`;
  mkdirSync(inside);
  writeFileSync(`${inside}/file`, "");
  try {
    // The arguments and the environment contain the name as well.
    await using cat = startSpeaker([
      "env",
      ...["-i", `PATH=${process.env["PATH"]}`, `NASTY=${name}`, "sh", "-c"],
      ...['cd "$0" && exec 3< file && echo ready && read _', inside],
    ]);
    await cat.next();
    const lines = [["fds"], ["fds", `${process.pid}`], ["info"], ["args"], ["env", "--reveal"]];
    for (const [command = "", ...options] of lines) {
      const { status, out } = await libproc(command, `${cat.pid}`, ...options);
      assertEquals(status, 0);
      assert(!isUnsafe(out), JSON.stringify(out));
      assert(out.includes("\\x1b]0;x\\x07\\u202e\\n\\u009b2J"), out);
      const { out: text } = await libproc(command, `${cat.pid}`, ...options, "--json");
      assert(!isUnsafe(text), text);
      assert(JSON.stringify(JSON.parse(text)).includes(JSON.stringify(name).slice(1, -1)), text);
    }
    const { out } = await libproc("who", `${inside}/file`);
    assertMatch(out, new RegExp(`^ *${cat.pid} +\\S+ +- +3 +`, "m"));
    const gone = await libproc("who", `${inside}/none`);
    assert(!isUnsafe(gone.err) && gone.err.includes("\\u202e\\n"), gone.err);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

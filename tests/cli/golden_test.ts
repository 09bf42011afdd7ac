import { assert, assertEquals, assertMatch } from "@std/assert";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { procBsdInfo } from "../../lib/abi/bsd_info.ts";
import { PROC_INFO_CALL_PIDINFO } from "../../lib/abi/callnum.ts";
import { PROC_PIDTBSDINFO } from "../../lib/abi/pid_info.ts";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { parseRecording } from "../../lib/testing/recording.ts";
import { openPlay, PLAYS } from "../support/cli_play.ts";
import { recordedScene, RECORDING, SCENE_PIDS, sceneOf } from "../support/cli_scene.ts";
import {
  commandLines,
  isPlayed,
  readTranscript,
  transcribe,
  transcriptPath,
  TRANSCRIPTS,
} from "../support/transcript.ts";

/** True if the transcripts are written again instead of compared. */
const updates = process.env["LIBPROC_UPDATE_GOLDEN"] === "1";

/** The time of all plays. The clock is one hour ahead of UTC. */
const NOW = Date.UTC(2026, 11, 24, 23, 59, 8);

for (const name of TRANSCRIPTS) {
  test(`libproc writes what the transcript ${name} has`, async () => {
    const expected = readTranscript(name);
    const { now } = Date;
    const { getTimezoneOffset } = Date.prototype;
    Date.now = () => NOW;
    Date.prototype.getTimezoneOffset = () => -60;
    const blocks: string[] = [];
    try {
      for (const line of commandLines(expected)) {
        const system = isPlayed(name) ? openPlay(PLAYS[name]!) : sceneOf(name, recordedScene());
        blocks.push(await transcribe(line, system));
      }
    } finally {
      Date.now = now;
      Date.prototype.getTimezoneOffset = getTimezoneOffset;
    }
    const written = blocks.join("\n");
    if (updates) writeFileSync(transcriptPath(name), written);
    else assertEquals(written, expected);
  });
}

/** Commands that call no kernel have tests of their own. */
const ELSEWHERE = ["completions", "help"];

test("every command has a transcript, with an answer in JSON where it has one", async () => {
  const lines = TRANSCRIPTS.flatMap((name) => commandLines(readTranscript(name)));
  for (const [name, { load }] of Object.entries(COMMANDS)) {
    if (ELSEWHERE.includes(name)) continue;
    const own = lines.filter((line) => new RegExp(`^libproc ${name}\\b`).test(line));
    assert(own.length > 0, name);
    const { options } = await load();
    // The report of the doctor names the host's system.
    if (!Object.hasOwn(options, "json") || name === "doctor") continue;
    assert(own.some((line) => line.includes(" --json")), name);
    assert(own.some((line) => !line.includes(" --json")), name);
  }
});

test("JSON in a transcript is one value, or one on each line", () => {
  for (const name of TRANSCRIPTS) {
    const blocks = readTranscript(name).split(/^\$ /m).slice(1);
    for (const block of blocks.filter((block) => /^libproc .* --jsonl?\b/.test(block))) {
      const answer = block.split("\n").slice(1).filter((line) => /^[[{](?!\d\]$)/.test(line));
      for (const line of answer) JSON.parse(line);
      assert(answer.length <= 1 || /--jsonl|watch/.test(block), block);
    }
  }
});

test("the recording contains nothing from the machine that it was made on", () => {
  const users = new Set<number>();
  for (const { call, result, written } of parseRecording(readFileSync(RECORDING, "utf8"))) {
    if (call.callnum === PROC_INFO_CALL_PIDINFO && result > 0) {
      if (call.flavor === PROC_PIDTBSDINFO) users.add(procBsdInfo.decode(written).pbi_uid);
    }
    const text = new TextDecoder("latin1").decode(written);
    for (const [path] of text.matchAll(/\/[\x20-\x7e]{2,}/g)) {
      assertMatch(path, /^\/(?:tmp\/scene\b|dev\/(?:null|pts\/ptmx)$)/);
    }
    // All processes belong to the scene. Queries about other pids found no process.
    const isAboutOne = [2, 3, 9].includes(call.callnum);
    if (isAboutOne && !SCENE_PIDS.includes(call.pid)) assert(result <= 0, `${call.pid}`);
  }
  assertEquals([...users].sort((a, b) => a - b), [0, 65534]);
});

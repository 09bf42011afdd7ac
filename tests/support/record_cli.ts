/**
 * Records `tests/fixtures/cli` again: all calls that the command lines in `tests/golden/cli` make
 * about the processes of `cli_scene.c`. It needs Linux and root, and `/tmp/scene` must not exist.
 *
 *     npx bun tests/support/record_cli.ts && LIBPROC_UPDATE_GOLDEN=1 npx bun test tests/cli/golden_test.ts
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { PROC_INFO_CALL_KERNMSGBUF, PROC_INFO_CALL_LISTPIDS } from "../../lib/abi/callnum.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { describeCall } from "../../lib/testing/call.ts";
import { kernelOf } from "../../lib/testing/kernel_of.ts";
import { recordKernel } from "../../lib/testing/mod.ts";
import { formatRecord, type KernelRecord } from "../../lib/testing/recording.ts";
import {
  FILES,
  FOLDER,
  MESSAGES,
  RECORDING,
  SCENE_PIDS,
  sceneOf,
  sceneSystem,
} from "./cli_scene.ts";
import { commandLines, isPlayed, readTranscript, transcribe, TRANSCRIPTS } from "./transcript.ts";
import { command, ROOT } from "./runtime.ts";

/** The shell script that starts the scene in new namespaces, and then runs its arguments. */
const STAGE = `set -e
ip link set lo up
mount -t devpts -o newinstance,ptmxmode=0666 devpts /dev/pts
mkfifo ${FOLDER}/ready
echo 99 > /proc/sys/kernel/ns_last_pid
${FOLDER}/server ${FOLDER} &
read -r line < ${FOLDER}/ready || true
rm ${FOLDER}/ready
exec "$@"`;

function setStage(): void {
  if (existsSync(FOLDER)) throw new Error(`Cannot set the scene as there is a ${FOLDER}`);
  try {
    mkdirSync(FOLDER, { mode: 0o755 });
    const server = `${FOLDER}/server`;
    run("cc", [
      ...["-std=gnu11", "-O1", "-static", "-pthread", "-o", server],
      `${ROOT}tests/support/cli_scene.c`,
    ]);
    for (const name of ["日本語", "a-name-of-more-than-15-bytes"]) {
      copyFileSync(server, `${FOLDER}/${name}`);
    }
    run("unshare", [
      ...["--pid", "--fork", "--kill-child", "--mount-proc", "--net", "--ipc", "--uts"],
      ...["setarch", "--addr-no-randomize", "sh", "-c", STAGE, "sh"],
      ...command(fileURLToPath(import.meta.url)),
    ]);
  } finally {
    rmSync(FOLDER, { recursive: true });
  }
}

function run(file: string, args: readonly string[]): void {
  const { status, error } = spawnSync(file, args, {
    stdio: "inherit",
    env: { ...process.env, LIBPROC_SCENE: "1" },
  });
  if (status !== 0) throw new Error(`Cannot run ${file}: ${error ?? `it ended with ${status}`}`);
}

async function record(): Promise<void> {
  const { kernel, fileId } = defaultSystem();
  const recorder = recordKernel(sceneKernel(kernel));
  const files: Record<string, [number, string]> = {};
  const scene = sceneSystem(recorder, (path) => {
    const found = fileId(path);
    files[path] = [found.device, String(found.inode)];
    return found;
  });
  for (const name of TRANSCRIPTS.filter((name) => !isPlayed(name))) {
    for (const line of commandLines(readTranscript(name))) {
      await transcribe(line, sceneOf(name, scene));
    }
  }
  writeFileSync(
    RECORDING,
    distinct(recorder.records).map((one) => `${formatRecord(one)}\n`).join(""),
  );
  writeFileSync(FILES, `${JSON.stringify(files, null, 2)}\n`);
}

/** Wraps a kernel to list only the processes of the scene, and to return the scene's messages. */
function sceneKernel(below: Kernel): Kernel {
  return kernelOf(({ callnum, pid, flavor, arg, flags, extId }, buffer) => {
    if (callnum === PROC_INFO_CALL_KERNMSGBUF) {
      return write(encoder.encode(`${MESSAGES}\0`), buffer);
    }
    if (callnum === PROC_INFO_CALL_LISTPIDS && (buffer === null || buffer.length >= 4)) {
      const all = new Int32Array(1024);
      const length = below.procInfo(callnum, pid, flavor, arg, new Uint8Array(all.buffer));
      if (length < 0) return length;
      const pids = all.slice(0, length >> 2).filter((pid) => SCENE_PIDS.includes(pid));
      return buffer === null ? ROOM : write(new Uint8Array(pids.buffer), buffer);
    }
    return flags === undefined
      ? below.procInfo(callnum, pid, flavor, arg, buffer)
      : below.procInfoExtendedId(callnum, pid, flavor, flags, extId!, arg, buffer);
  });
}

/** The size that the kernel reports for a list without a buffer. */
const ROOM = 64;
const encoder = new TextEncoder();

function write(bytes: Uint8Array, buffer: Uint8Array | null): number {
  const room = bytes.subarray(0, buffer?.length ?? 0);
  buffer?.set(room);
  return buffer === null ? bytes.length : room.length;
}

/** Returns one record of each distinct call, sorted by callnum and pid. */
function distinct(records: readonly KernelRecord[]): KernelRecord[] {
  const found = new Map<string, KernelRecord>();
  for (const record of records) {
    const key = describeCall(record.call);
    if (!found.has(key)) found.set(key, record);
  }
  return [...found.values()].sort((a, b) => {
    const [left, right] = [a.call, b.call];
    return left.callnum - right.callnum || left.pid - right.pid || left.flavor - right.flavor ||
      Number(left.arg - right.arg) || (left.size ?? -1) - (right.size ?? -1);
  });
}

if (process.env["LIBPROC_SCENE"] === undefined) setStage();
else await record();

import { Buffer } from "node:buffer";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { ROOT } from "./runtime.ts";

/** An unpacked copy of `/proc`. It is deleted when it is disposed of. */
export interface ProcTree extends Disposable {
  /** The path of its folder. */
  readonly root: string;
  /** Returns the pid of a role in the header of the file. */
  pid(role: string): number;
}

/** Unpacks a file of `tests/fixtures`. The header of `proc.txt` describes the format. */
export function unpackProcTree(file = "proc.txt"): ProcTree {
  const text = readFileSync(`${ROOT}tests/fixtures/${file}`, "latin1");
  const [head = "", ...entries] = text.split(/^== /m);
  const root = mkdtempSync(`${tmpdir()}/libproc-tree-`);
  for (const entry of entries) {
    const [, kind, name, content = ""] = /^(\w+) (\S+)\n([^]*)$/.exec(entry) ?? [];
    const path = `${root}/${name}`;
    mkdirSync(kind === "folder" ? path : dirname(path), { recursive: true });
    if (kind === "file") writeFileSync(path, bytesOf(content.replace(/\\\n$/, "")));
    if (kind === "link") symlinkSync(bytesOf(content.slice(0, -1)), path);
  }
  return {
    root,
    pid(role) {
      const pid = new RegExp(`^# (\\d+) ${role}$`, "m").exec(head)?.[1];
      if (pid === undefined) throw new Error(`Cannot find "${role}" in ${file}`);
      return Number(pid);
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  };
}

function bytesOf(text: string): Buffer {
  const plain = text.replaceAll(/\\(?:x(..)|(.))/g, (_, code?: string, character?: string) => {
    if (code !== undefined) return String.fromCharCode(parseInt(code, 16));
    return character === "0" ? "\0" : character!;
  });
  return Buffer.from(plain, "latin1");
}

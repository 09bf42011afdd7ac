/**
 * Prepares Bun's build for musl, the C library of Alpine, on a machine with another C library. The
 * result stays in `.cache/musl` for later runs.
 *
 * Debian's packages `musl` and `musl-tools` contain the loader and the compiler, and npm has the
 * program. Its only other library is linked from the compiler's own archive.
 *
 *     node tests/support/musl.mjs
 *
 * prints the result, or the reason why it cannot be prepared.
 */
import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CACHE = join(ROOT, ".cache", "musl");
/** The kernel's names of processors, by Node's names. */
const MACHINES = { x64: "x86_64", arm64: "aarch64" };
/** The name under which programs load the C++ library. */
const CXX = "libstdc++.so.6";

/** The symbols of glibc that the compiler's archive needs and musl lacks. */
const LACKING = `
#include <stdint.h>
#include <unistd.h>
char __libc_single_threaded;
int _dl_find_object(void *address, void *found) { return -1; }
uint32_t arc4random(void) { uint32_t n; return getentropy(&n, sizeof n) == 0 ? n : 4; }
`;

/** The error for a step of the preparation that is not possible on this machine. */
class Unprepared extends Error {}

/**
 * Prepares Bun for musl.
 *
 * @returns {Promise<{ program: string, compiler: string, version: string } | { why: string }>}
 * The program, a compiler for musl with the kernel's headers, and the version of musl; or the
 * reason why they are unavailable.
 */
export async function prepareMusl() {
  try {
    const machine = MACHINES[process.arch];
    if (process.platform !== "linux" || machine === undefined) {
      throw new Unprepared("Bun has no build for musl on this system");
    }
    const version = muslVersion(`/lib/ld-musl-${machine}.so.1`);
    const folder = await folderFor(version);
    return { program: join(folder, "bun"), compiler: join(folder, "cc"), version };
  } catch (error) {
    if (error instanceof Unprepared) return { why: error.message };
    throw error;
  }
}

/** Returns the version that musl's loader prints if it is run without a program. */
function muslVersion(loader) {
  const { stderr } = spawnSync(loader, [], { encoding: "utf8" });
  const version = /^Version (\S+)$/m.exec(stderr ?? "")?.[1];
  if (version === undefined) throw new Unprepared(`there is no ${loader}: Debian has it in "musl"`);
  return version;
}

/** Returns the folder with the result, and creates it if it does not exist. */
async function folderFor(musl) {
  const name = `@oven/bun-linux-${process.arch === "arm64" ? "aarch64" : "x64"}-musl`;
  const { version, integrity } = lockedPackage(name);
  const key = createHash("sha256").update(`${integrity} ${musl}`)
    .update(readFileSync(fileURLToPath(import.meta.url)))
    .digest("hex").slice(0, 16);
  const folder = join(CACHE, key);
  if (existsSync(folder)) return folder;

  // Renamed when it is complete, so that a concurrent run does not use an incomplete folder.
  const unfinished = `${folder}.${process.pid}`;
  rmSync(CACHE, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const made = join(unfinished, "bun");
  const packed = await download(`${name}@${version}`, integrity, unfinished);
  await run("tar", ["-xzf", packed, "-C", unfinished, "--strip-components=2", "package/bin/bun"]);
  rmSync(packed);
  await linkCxx(made, unfinished);
  writeFileSync(made, besideItself(readFileSync(made)));
  await run(made, ["--version"]);
  writeFileSync(join(unfinished, "cc"), compilerWith(join(folder, "include")), { mode: 0o755 });
  linkHeaders(join(unfinished, "include"), (await run("gcc", ["-print-multiarch"])).trim());
  renameSync(unfinished, folder);
  return folder;
}

/** Returns a package's entry in the lock file. npm does not install it for another C library. */
function lockedPackage(name) {
  const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"));
  return lock.packages[`node_modules/${name}`];
}

/** Downloads a package without installing it; returns the path of the archive. */
async function download(name, integrity, folder) {
  const npm = ["pack", name, "--prefer-offline", "--silent", "--pack-destination", folder];
  const archive = join(folder, (await run("npm", npm)).trim());
  const hash = createHash("sha512").update(readFileSync(archive)).digest("base64");
  if (`sha512-${hash}` !== integrity) throw new Error(`${name} is not what the lock file has`);
  return archive;
}

/** Links the C++ library with the symbols that a program needs. */
async function linkCxx(program, folder) {
  const archive = async (name) => (await run("gcc", [`-print-file-name=${name}`])).trim();
  const cxx = await archive("libstdc++.a");
  const has = new Set(namesIn(await run("nm", ["--defined-only", cxx])));
  const takes = new Set(namesIn(await run("nm", ["--dynamic", program])));
  const source = join(folder, "lacking.c");
  writeFileSync(source, LACKING);
  await run("musl-gcc", [
    ...["-shared", "-fPIC", "-s", "-o", join(folder, CXX), `-Wl,-soname,${CXX}`, "-Wl,-z,defs"],
    ...[...takes].filter((name) => has.has(name)).map((name) => `-Wl,--undefined=${name}`),
    ...[source, cxx, await archive("libgcc_eh.a")],
  ]);
  rmSync(source);
}

/** Returns a script that compiles for musl with the kernel's headers, which `musl-gcc` lacks. */
function compilerWith(headers) {
  return `#!/bin/sh\nexec musl-gcc -idirafter '${headers}' "$@"\n`;
}

/** Makes a folder with the kernel's headers, which are next to those of the other C library. */
function linkHeaders(folder, multiarch) {
  mkdirSync(folder);
  for (const name of ["asm", "asm-generic", "linux"]) {
    const found = [`/usr/include/${multiarch}/${name}`, `/usr/include/${name}`].find(existsSync);
    if (found === undefined) throw new Unprepared(`there are no headers of the kernel: ${name}`);
    symlinkSync(found, join(folder, name));
  }
}

/** Returns the names in the output of `nm`, without their versions. */
function namesIn(text) {
  return text.split("\n").map((line) => line.slice(line.lastIndexOf(" ") + 1).replace(/@.*/, ""));
}

/** The offset of eight unused bytes in the header of an ELF file. */
const UNUSED = 8;
const ORIGIN = "$ORIGIN\0";
const PT_LOAD = 1, PT_DYNAMIC = 2;
const DT_STRTAB = 5n, DT_DEBUG = 21n, DT_RUNPATH = 29n;

/**
 * Changes a program to load libraries from its own folder. An environment variable would also
 * affect the programs that it starts, and those of the other C library would load the wrong one.
 *
 * The entry for debuggers (`DT_DEBUG`) becomes the one with the path of libraries (`DT_RUNPATH`).
 */
function besideItself(elf) {
  const [segments, size, count] = [
    Number(elf.readBigUInt64LE(32)),
    elf.readUInt16LE(54),
    elf.readUInt16LE(56),
  ];
  const find = (type, isIt = () => true) => {
    for (let at = segments; at < segments + size * count; at += size) {
      if (elf.readUInt32LE(at) === type && isIt(at)) return at;
    }
    throw new Error("A program has not the segments that it needs");
  };
  // The segment that contains the header of the file.
  const first = find(PT_LOAD, (at) => elf.readBigUInt64LE(at + 8) === 0n);
  const dynamic = Number(elf.readBigUInt64LE(find(PT_DYNAMIC) + 8));
  const entry = (tag) => {
    for (let at = dynamic; elf.readBigUInt64LE(at) !== 0n; at += 16) {
      if (elf.readBigUInt64LE(at) === tag) return at;
    }
    throw new Error("A program has not the entries that it needs");
  };
  const names = elf.readBigUInt64LE(entry(DT_STRTAB) + 8);
  const head = elf.readBigUInt64LE(first + 16);
  const at = entry(DT_DEBUG);
  elf.write(ORIGIN, UNUSED, "latin1");
  elf.writeBigUInt64LE(DT_RUNPATH, at);
  elf.writeBigUInt64LE(BigInt.asUintN(64, head + BigInt(UNUSED) - names), at + 8);
  return elf;
}

/** Runs a program; returns its output. */
async function run(file, args) {
  try {
    const options = { cwd: ROOT, maxBuffer: 1 << 28, encoding: "utf8" };
    return (await promisify(execFile)(file, args, options)).stdout;
  } catch (error) {
    if (error.code === "ENOENT") throw new Unprepared(`there is no ${file}`);
    throw new Unprepared(`${file} ${args[0]} failed: ${`${error.stderr || error}`.trim()}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await prepareMusl());

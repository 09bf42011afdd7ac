/**
 * Prepares Bun's build for musl, the C library of Alpine, on a machine whose own C library is another:
 * under `.cache/musl`, where all of it stays for the next time.
 *
 * Debian's packages `musl` and `musl-tools` bring the loader and the compiler, npm has the program, and the
 * one library that it needs beside musl is linked from the compiler's own archive.
 *
 *     node tests/support/musl.mjs
 *
 * prints what it has made, or why it has made nothing.
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
/** What the kernel calls a processor, by what Node calls it. */
const MACHINES = { x64: "x86_64", arm64: "aarch64" };
/** The library of C++, by the name under which programs look for it. */
const CXX = "libstdc++.so.6";

/** What the compiler's archive takes of glibc, and musl does not have. */
const LACKING = `
#include <stdint.h>
#include <unistd.h>
char __libc_single_threaded;
int _dl_find_object(void *address, void *found) { return -1; }
uint32_t arc4random(void) { uint32_t n; return getentropy(&n, sizeof n) == 0 ? n : 4; }
`;

/** A part of the preparation that this machine does not have the means for; the message names it. */
class Unprepared extends Error {}

/**
 * Makes Bun for musl.
 *
 * @returns {Promise<{ program: string, compiler: string, version: string } | { why: string }>} The program, a
 * compiler for musl that has the kernel's headers, and the version of musl; or why it is unavailable here.
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

/** The version that musl's loader prints when it is started without a program. */
function muslVersion(loader) {
  const { stderr } = spawnSync(loader, [], { encoding: "utf8" });
  const version = /^Version (\S+)$/m.exec(stderr ?? "")?.[1];
  if (version === undefined) throw new Unprepared(`there is no ${loader}: Debian has it in "musl"`);
  return version;
}

/** The folder with what is made, which is filled if it is not there. */
async function folderFor(musl) {
  const name = `@oven/bun-linux-${process.arch === "arm64" ? "aarch64" : "x64"}-musl`;
  const { version, integrity } = lockedPackage(name);
  const key = createHash("sha256").update(`${integrity} ${musl}`)
    .update(readFileSync(fileURLToPath(import.meta.url)))
    .digest("hex").slice(0, 16);
  const folder = join(CACHE, key);
  if (existsSync(folder)) return folder;

  // Made beside it and renamed when it is whole: two that run at the same time never use half of one.
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

/** What the lock file has of a package, which npm does not install where it is not for this C library. */
function lockedPackage(name) {
  const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"));
  return lock.packages[`node_modules/${name}`];
}

/** Downloads a package, without installing it; returns the path of the archive. */
async function download(name, integrity, folder) {
  const npm = ["pack", name, "--prefer-offline", "--silent", "--pack-destination", folder];
  const archive = join(folder, (await run("npm", npm)).trim());
  const hash = createHash("sha512").update(readFileSync(archive)).digest("base64");
  if (`sha512-${hash}` !== integrity) throw new Error(`${name} is not what the lock file has`);
  return archive;
}

/** Links the library of C++ with as much as a program takes of it. */
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

/** A script that is a compiler for musl; `musl-gcc` alone knows no headers but those of musl. */
function compilerWith(headers) {
  return `#!/bin/sh\nexec musl-gcc -idirafter '${headers}' "$@"\n`;
}

/** Makes a folder of the kernel's headers, which are among those of the other C library. */
function linkHeaders(folder, multiarch) {
  mkdirSync(folder);
  for (const name of ["asm", "asm-generic", "linux"]) {
    const found = [`/usr/include/${multiarch}/${name}`, `/usr/include/${name}`].find(existsSync);
    if (found === undefined) throw new Unprepared(`there are no headers of the kernel: ${name}`);
    symlinkSync(found, join(folder, name));
  }
}

/** The names in what `nm` prints, without their versions. */
function namesIn(text) {
  return text.split("\n").map((line) => line.slice(line.lastIndexOf(" ") + 1).replace(/@.*/, ""));
}

/** Where an ELF file has the eight bytes of its head that have no meaning. */
const UNUSED = 8;
const ORIGIN = "$ORIGIN\0";
const PT_LOAD = 1, PT_DYNAMIC = 2;
const DT_STRTAB = 5n, DT_DEBUG = 21n, DT_RUNPATH = 29n;

/**
 * Makes a program look for libraries in its own folder. By a variable of the environment all programs that
 * it starts would look there too, and those of the other C library would find what is not theirs.
 *
 * The entry that a debugger wants becomes the one with the paths of libraries.
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
  // The segment that holds the start of the file, and so its head.
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

/** Runs a program; returns what it printed. */
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

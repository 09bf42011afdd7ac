import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";

/** The Debian suites whose kernels are tested. */
const SUITES = ["bullseye", "bookworm", "trixie", "trixie-backports", "sid"];
const SECURITY_SUITES = ["bullseye-security", "bookworm-security", "trixie-security"];

/** The URLs of Debian's archive and, if known, of its security updates. */
export interface Archives {
  readonly main: string;
  readonly security: string | undefined;
}

/** Finds Debian's archives in the texts of lists of sources; returns undefined if there is none. */
export function archivesIn(texts: readonly string[]): Archives | undefined {
  const uris = texts.flatMap((text) =>
    [...text.matchAll(/^(?:URIs:|deb\s+(?:\[[^\]]*\]\s+)?)\s*(\S+)/gm)].map(([, uri]) =>
      uri!.replace(/\/+$/, "")
    )
  );
  const main = uris.find((uri) => /\/debian$/.test(uri));
  const security = uris.find((uri) => /\/debian-security$/.test(uri));
  return main === undefined ? undefined : { main, security };
}

/** Finds Debian's archives in the lists of sources of this host. */
export function hostArchives(): Archives | undefined {
  const folder = "/etc/apt/sources.list.d";
  const files = existsSync(folder) ? readdirSync(folder).map((name) => `${folder}/${name}`) : [];
  const texts = ["/etc/apt/sources.list", ...files].filter((path) => existsSync(path));
  return archivesIn(texts.map((path) => readFileSync(path, "utf8")));
}

/** A version of a package. */
export interface Package {
  readonly name: string;
  readonly version: string;
}

/** Packages of Debian's releases, which are downloaded and never installed. */
export interface Packages {
  /** Returns the versions of a package, in descending order. */
  versions(name: string): string[];
  /** Returns the dependencies of a package that require an exact version. */
  depends(of: Package): Package[];
  /** Downloads a package; returns the path of its file. */
  download(of: Package): string;
}

/**
 * Sets up a configuration of apt with its own lists, so that the host's lists do not change.
 *
 * @returns The packages, and the messages of apt about lists that it could not download.
 */
export function openPackages(
  folder: string,
  { main, security }: Archives,
): { readonly packages: Packages; readonly complaints: string } {
  for (const name of ["lists/partial", "archives/partial", "files"]) {
    mkdirSync(`${folder}/${name}`, { recursive: true });
  }
  const lines = SUITES.map((suite) => `deb ${main} ${suite} main`);
  if (security !== undefined) {
    lines.push(...SECURITY_SUITES.map((suite) => `deb ${security} ${suite} main`));
  }
  writeFileSync(`${folder}/sources.list`, `${lines.join("\n")}\n`);
  writeFileSync(`${folder}/status`, "");
  const options = Object.entries({
    "Dir::Etc::sourcelist": `${folder}/sources.list`,
    "Dir::Etc::sourceparts": "/dev/null",
    "Dir::State::lists": `${folder}/lists`,
    "Dir::State::status": `${folder}/status`,
    "Dir::Cache": folder,
    "Acquire::Languages": "none",
    // The user that apt downloads as by default may not have access to a folder of root.
    "APT::Sandbox::User": "root",
    "APT::Architecture": "amd64",
  }).flatMap(([name, value]) => ["-o", `${name}=${value}`]);

  function apt(program: string, ...args: readonly string[]) {
    const { status, stdout, stderr, error } = spawnSync(program, [...options, ...args], {
      cwd: `${folder}/files`,
      encoding: "utf8",
      maxBuffer: 1 << 26,
      env: { ...process.env, LC_ALL: "C" },
    });
    if (error) throw error;
    return { status, stdout, stderr };
  }

  const packages: Packages = {
    versions(name) {
      const { stdout } = apt("apt-cache", "madison", name);
      return stdout.split("\n").flatMap((line) => line.split("|")[1]?.trim() ?? []);
    },
    depends({ name, version }) {
      const { stdout } = apt("apt-cache", "show", `${name}=${version}`);
      const line = /^Depends: (.*)$/m.exec(stdout)?.[1] ?? "";
      return [...line.matchAll(/(?:^|, )([^ ,|]+) \(= ([^)]+)\)/g)]
        .map(([, name, version]) => ({ name: name!, version: version! }));
    },
    download({ name, version }) {
      const path = `${folder}/files/${name}_${version.replaceAll(":", "%3a")}_amd64.deb`;
      if (existsSync(path)) return path;
      const { stderr } = apt("apt-get", "download", `${name}=${version}`);
      if (!existsSync(path)) throw new Error(`Cannot download ${name} ${version}: ${stderr}`);
      return path;
    },
  };
  return { packages, complaints: apt("apt-get", "--quiet", "update").stderr };
}

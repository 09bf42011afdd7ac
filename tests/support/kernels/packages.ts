import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";

/** The names of the releases whose kernels are looked at, of the archive and of its security updates. */
const SUITES = ["bullseye", "bookworm", "trixie", "trixie-backports", "sid"];
const SECURITY_SUITES = ["bullseye-security", "bookworm-security", "trixie-security"];

/** Where Debian's packages come from: the archive, and its security updates if they are known. */
export interface Archives {
  readonly main: string;
  readonly security: string | undefined;
}

/** Takes the archives from the texts of a host's own lists of sources; undefined if it has none of Debian. */
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

/** The archives of this host. */
export function hostArchives(): Archives | undefined {
  const folder = "/etc/apt/sources.list.d";
  const files = existsSync(folder) ? readdirSync(folder).map((name) => `${folder}/${name}`) : [];
  const texts = ["/etc/apt/sources.list", ...files].filter((path) => existsSync(path));
  return archivesIn(texts.map((path) => readFileSync(path, "utf8")));
}

/** A package in a version. */
export interface Package {
  readonly name: string;
  readonly version: string;
}

/** Packages of Debian's releases, which are downloaded and never installed. */
export interface Packages {
  /** The versions of a package, the newest first. */
  versions(name: string): string[];
  /** The packages that a package needs. */
  depends(of: Package): Package[];
  /** Downloads a package; returns the path of its file. */
  download(of: Package): string;
}

/**
 * Opens a configuration of apt that has its own lists, so that the host's stays as it is.
 *
 * @returns The packages, and the messages of apt about lists that it could not get.
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
    // Root's own folder may be closed to the user that apt would download as.
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

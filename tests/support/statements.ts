/** The sentences of comments that state something about one system, and what proves them. */
import { assertEquals } from "@std/assert";
import { readdirSync, readFileSync } from "node:fs";
import { ROOT } from "./runtime.ts";

/** The proof of a sentence. */
export type Proof =
  /** An assertion that holds on this Linux, or on the double of macOS. It gets the sentence. */
  | ((sentence: string) => unknown)
  /** A test by its file and its name, which also proves the sentence. */
  | { readonly file: string; readonly test: string }
  /** The header or manual page that states a fact of macOS which cannot be tested without a Mac. */
  | { readonly source: string };

/** The proofs of sentences, by file. */
export type Proofs = Readonly<Record<string, Readonly<Record<string, Proof>>>>;

const SYSTEM = /\b(?:Linux|macOS)\b/;

/** The sentences in the documentation comments of a source that name Linux or macOS. */
export function statementsIn(source: string): string[] {
  const comments = [...source.matchAll(/\/\*\*([^]*?)\*\//g)].map(([, comment = ""]) =>
    comment.replaceAll(/^[ \t]*\*? ?/gm, "")
      .replaceAll(/^```[^]*?^```/gm, "\n\n")
      .replaceAll(/\{@link(?:code|plain)? ([^}|]*?)(?: *\|[^}]*)?\}/g, "$1")
  );
  return [
    ...new Set(
      comments.flatMap((comment) =>
        // A tag, an item of a list and a row of a table are paragraphs of their own.
        comment.split(/\n\s*\n|\n(?=@|\||[-*] |\d+\. )/).flatMap((paragraph) =>
          paragraph.trim().replaceAll(/\s+/g, " ")
            .split(/(?<=[.!?][)"”]?) (?=[A-Z"“(`@])/)
        ).filter((sentence) => SYSTEM.test(sentence))
      ),
    ),
  ];
}

/** The sentences of sources, by file; those of all sources below a folder. */
export function statementsOf(paths: readonly string[]): Record<string, string[]> {
  const files = paths.flatMap((path) =>
    path.endsWith(".ts") ? [path] : readdirSync(ROOT + path, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts")).map((file) => `${path}/${file}`).sort()
  );
  const found = files.map((file) => [file, statementsIn(readFileSync(ROOT + file, "utf8"))]);
  return Object.fromEntries(found.filter(([, sentences]) => sentences!.length > 0));
}

/** The code of the error that a function throws; undefined if it returns. */
export function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return (error as { readonly code?: string }).code ?? String(error);
  }
}

/** The one error code that a sentence names. */
export function statedCode(sentence: string): string {
  const codes = [...new Set(sentence.match(/\bE[A-Z0-9]{2,}\b/g))];
  if (codes.length !== 1) throw new Error(`"${sentence}" names ${codes.length} error codes`);
  return codes[0]!;
}

/** A proof: the function throws the error code that the sentence names, and the sentence names one. */
export function throwsAsStated(run: () => unknown): Proof {
  return (sentence) => assertEquals(codeOf(run), statedCode(sentence));
}

/** The number in a sentence that a pattern finds: a test compares the number that is stated. */
export function numberIn(sentence: string, pattern: RegExp): number {
  const [, digits] = pattern.exec(sentence) ?? [];
  if (digits === undefined) throw new Error(`"${sentence}" does not match ${pattern}`);
  return Number(digits.replaceAll(",", ""));
}

/**
 * The callnums and flavors that each function of the library calls, read from its source.
 *
 * @module
 */
import { codeOfFile, type Signature, type Source } from "./comments.ts";

/** A function that calls the kernel. */
export interface Caller extends Signature {
  /** The names of the callnums that it calls, directly or through other functions. */
  readonly callnums: ReadonlySet<string>;
  /** The names of the flavors that it uses, of any callnum. */
  readonly flavors: ReadonlySet<string>;
}

interface Piece {
  readonly path: string;
  readonly kind: string;
  readonly exported: boolean;
  readonly words: ReadonlySet<string>;
}

const DECLARATION = /^(export )?(?:async )?(function|const|interface|type|class)\*? (\w+)/gm;

/** Returns the top-level declarations of a source by their names. */
function piecesOf(path: string): Map<string, Piece> {
  const code = codeOfFile(path);
  const found = [...code.matchAll(DECLARATION)];
  return new Map(found.map((match, i) => {
    const body = code.slice(match.index, found[i + 1]?.index);
    const words = new Set(body.match(/[A-Za-z_]\w*/g));
    return [match[3]!, { path, kind: match[2]!, exported: match[1] !== undefined, words }];
  }));
}

/**
 * Finds the callnums and flavors of each exported function in some sources, and follows its calls
 * through all of these sources.
 */
export function findCallers(
  sources: readonly Source[],
  flavors: ReadonlySet<string>,
): Map<string, Caller> {
  const files = new Map(sources.map(({ path }) => [path, piecesOf(path)]));
  const shared = new Map<string, Piece>();
  for (const pieces of files.values()) {
    for (const [name, piece] of pieces) if (piece.exported) shared.set(name, piece);
  }
  /** Returns the declaration that a name refers to in the file of another declaration. */
  const resolve = (name: string, { path }: Piece) => files.get(path)?.get(name) ?? shared.get(name);
  const isFunction = ({ kind }: Piece) => kind === "function";

  const callers = new Map<string, Caller>();
  for (const { path, functions: signatures } of sources) {
    const pieces = files.get(path)!;
    for (const signature of signatures.values()) {
      const own = pieces.get(signature.name);
      // A re-exported function is handled in the file that declares it.
      if (own === undefined) continue;
      const callnums = collect(own, (name, from) => {
        const piece = resolve(name, from);
        return piece && (isFunction(piece) || !piece.exported) ? piece : undefined;
      }, (word) => word.startsWith("PROC_INFO_CALL_"));
      if (callnums.size === 0) continue;
      // Flavors in declarations that are not exported belong to the function itself. Those in
      // exported declarations are values that its caller can pass.
      const isFlavor = (word: string) => flavors.has(word);
      let named = collect(
        own,
        (name) => unless(pieces.get(name), ({ exported }) => exported),
        isFlavor,
      );
      if (named.size === 0) {
        named = collect(own, (name) => unless(pieces.get(name), isFunction), isFlavor);
      }
      callers.set(signature.name, { ...signature, callnums, flavors: named });
    }
  }
  return callers;
}

function unless(piece: Piece | undefined, skip: (piece: Piece) => boolean): Piece | undefined {
  return piece && skip(piece) ? undefined : piece;
}

/** Returns the words that a declaration uses, directly or through other declarations. */
function collect(
  start: Piece,
  through: (name: string, from: Piece) => Piece | undefined,
  keep: (word: string) => boolean,
): Set<string> {
  const kept = new Set<string>();
  const seen = new Set<Piece>([start]);
  for (const piece of seen) {
    for (const word of piece.words) {
      if (keep(word)) kept.add(word);
      const next = through(word, piece);
      if (next) seen.add(next);
    }
  }
  return kept;
}

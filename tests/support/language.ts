/** Finds the prose of the project's files, and the patterns that it must not contain. */
import jsTokens from "js-tokens";

/** A piece of prose, and the number of its first line. */
export interface Prose {
  readonly line: number;
  readonly text: string;
}

/** Returns the prose of a file: the text of a page, or the comments and messages of a source. */
export function proseOf(path: string, source: string): Prose[] {
  if (path.endsWith(".md")) return [{ line: 1, text: withoutCode(source) }];
  if (path.endsWith(".c") || path.endsWith(".h")) return commentsOfC(source);
  return proseOfScript(source);
}

/** Replaces the code in a page with spaces, so that the numbers of lines do not change. */
function withoutCode(page: string): string {
  return page.replaceAll(/^ *```[^]*?^ *```|`[^`\n]*`|\]\([^)\n]*\)/gm, blank);
}

function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, " ");
}

function commentsOfC(source: string): Prose[] {
  const comments = source.matchAll(/"(?:\\.|[^"\\\n])*"|\/\*[^]*?\*\/|\/\/.*/g);
  return [...comments].filter(([text]) => text.startsWith("/"))
    .map(({ 0: text, index }) => ({ line: lineAt(source, index), text: withoutMarks(text) }));
}

/** Matches code in a string that is a program. */
const PROGRAM = /;\n|=>|\bconsole\.log\b/;
/** Matches three words. A shorter string is a name, a key or a word of the command. */
const SENTENCE = /\S+\s+\S+\s+\S+/;

function isProse(text: string): boolean {
  return SENTENCE.test(text) && !PROGRAM.test(text);
}

function proseOfScript(source: string): Prose[] {
  const prose: Prose[] = [];
  let line = 1;
  /** The number of the last line if it is a line comment. The next one may continue its text. */
  let ended = 0;
  for (const { type, value } of jsTokens(source)) {
    if (/Comment$/.test(type)) {
      const last = prose.at(-1);
      const text = withoutMarks(value);
      // Consecutive line comments are one text.
      if (last && type === "SingleLineComment" && ended + 1 === line) {
        prose[prose.length - 1] = { line: last.line, text: `${last.text}\n${text}` };
      } else {
        prose.push({ line, text });
      }
      ended = type === "SingleLineComment" ? line : 0;
    } else if (/^(?:String|NoSubstitutionTemplate|Template)/.test(type) && isProse(value)) {
      prose.push({ line, text: value.replaceAll(/\b\w+(?=\()/g, blank) });
    }
    line += value.split("\n").length - 1;
  }
  return prose;
}

/** Returns the text of a comment without its delimiters, code and link targets. */
function withoutMarks(comment: string): string {
  return withoutCode(comment.replaceAll(/^[ \t]*(?:\/\*\*?|\*\/|\*|\/\/+)[ \t]?|\*\/$/gm, ""))
    .replaceAll(/\{@link [^}]*\}/g, blank);
}

function lineAt(source: string, index: number): number {
  return source.slice(0, index).split("\n").length;
}

/** A pattern that the project does not use, and its replacement. */
export interface Refusal {
  readonly pattern: RegExp;
  readonly instead: string;
  readonly refused: readonly string[];
  readonly accepted: readonly string[];
}

/** The refused patterns, each with samples. CONTRIBUTING.md lists the words to use. */
export const REFUSALS: readonly Refusal[] = [{
  pattern:
    /(?<!\bthere\s+)\b(?:is|are|was|were|be) no\b(?! (?:longer|other|more|fewer|less|greater|larger|smaller|slower|later|earlier)\b)/i,
  instead: "is not a",
  refused: ["7 is no process id", "They are no\nchildren"],
  accepted: [
    "It is no longer there",
    "is no more than 4",
    "There is not a process",
    "if there\nis no process",
    "has no parent",
  ],
}, {
  pattern: /(?<!\buser )\b(?:nobody|whoever|nought|census)\b/i,
  instead: "no process, no user, any, 0, snapshot",
  refused: ["Nobody answers", "whoever has it", "nought is left"],
  accepted: ["no process answers", "the user nobody"],
}, {
  pattern: /\b(?:tells?|told|telling)\b/i,
  instead: "reports, returns, shows, distinguishes",
  refused: ["/proc tells its size", "They are told apart by", "as it was told"],
  accepted: ["reports its size", "intelligible"],
}, {
  pattern: /\b(?:says?|said|saying)\b/i,
  instead: "states, reports, means, prints",
  refused: ["The error says why", "as is said above"],
  accepted: ["The error states why", "essays"],
}, {
  pattern: /\b(?:asks?|asked|asking|askers?)\b/i,
  instead: "queries, requests, calls, prompts",
  refused: ["asks the kernel", "Nothing was asked"],
  accepted: ["queries the kernel", "a task", "masks"],
}, {
  pattern: /\b(?:life|lives)\b/i,
  instead: "identity, process, lifetime, is",
  refused: ["of the same life", "The value lives in /proc"],
  accepted: ["lifetime", "alive"],
}, {
  pattern: /\bof whom\b|\bwho (?:has|have) (?:it|them)\b/i,
  instead: "the main clause first",
  refused: ["users, of whom one is root"],
  accepted: ["users, one of which is root"],
}, {
  pattern:
    /(?:^|[.:] )\s*Of (?:a|an|the|each|every|what|another|other|all|one|two|several|processes|those|these)\b/,
  instead: "the main clause first",
  refused: ["Of a zombie, nothing is known.", "It fails. Of what is left, one is 3."],
  accepted: ["The state of a zombie", "Most of these"],
}, {
  pattern: /(?:^|\n\n)\s*Whether\b/,
  instead: "True if, True for, Returns true if",
  refused: ["Whether it leads its session."],
  accepted: ["True for a session leader", "to know whether it is"],
}, {
  pattern:
    /\b(?:there (?:is|was)|has|have|had) nothing of\b|\bwhat there is\b|\b(?:may|can|must|could|might|to) be had\b/i,
  instead: "has no, is unavailable",
  refused: ["There is nothing of it", "where it can be had"],
  accepted: ["It is unavailable", "nothing else"],
}, {
  pattern: /(?<!\bthere\s+)\b(?:is|are|means?) none\b/i,
  instead: "undefined if, is not",
  refused: ["0 is none", "a name that is none", "-1 means none"],
  accepted: ["if there is none", "none of them"],
}, {
  pattern: /\banew\b|\bthereof\b|\bwhereof\b|\blest\b|\bhenceforth\b|\bMind that\b|\bplainly\b/,
  instead: "again, note that",
  refused: ["is read anew", "Mind that it fails"],
  accepted: ["is read again", "a new process", "the latest", "mind"],
}, {
  pattern: /\b(?:comes?|came|coming|gives?|given|gave|hands?|handed) back\b/i,
  instead: "returns, is returned",
  refused: ["The buffer comes back full", "gives back 0"],
  accepted: ["returns a full buffer", "reads back"],
}, {
  pattern:
    /\b(?:take[sn]?|took) (?:it |them |one |a process |another )?for (?:an?|the|another|one|granted)\b/i,
  instead: "mistaken for, treated as",
  refused: ["is taken for another", "takes it for a zombie"],
  accepted: ["takes time for each", "mistaken for another"],
}, {
  pattern:
    /\bstands? (?:in|at|among|there|here|beside|between|before|after|behind|below|above|under|alone)\b/i,
  instead: "is",
  refused: ["It stands in the header", "what stands there"],
  accepted: ["is in the header", "stands for", "understand"],
}, {
  pattern: /(?:^|\n\n)\s*(?:What|Who|Why|Where|How (?:many|much|often|long))\b(?![^.?!]*\?)/,
  instead: "a noun: the options of, the number of, the reason",
  refused: ["What openSampler() takes.", "How often it is read"],
  accepted: ["The options of openSampler().", "What is different?"],
}, {
  pattern: /\bagain and again\b/i,
  instead: "repeatedly",
  refused: ["reads it again and again"],
  accepted: ["reads it again"],
}, {
  pattern: /(?:^|[.;] )\s*(?:[Nn]ot|[Aa]lso) of\b|, also of\b/,
  instead: "undefined for, also for",
  refused: ["Not of zombies.", "the name, also of a zombie"],
  accepted: ["Undefined for zombies.", "a list not of pids"],
}, {
  pattern: /\bas a rule\b/i,
  instead: "usually",
  refused: ["As a rule, it waits"],
  accepted: ["Usually, it waits", "this is a rule"],
}, {
  pattern: /\bas fast as\W+(?:\d|\.\.\.)/i,
  instead: "N times as fast as NAME",
  refused: ["as fast as ... 1.6"],
  accepted: ["1.6 times as fast as libproc2"],
}];

/** Returns the refused words in a file, each with its line and its replacement. */
export function refusalsIn(path: string, source: string): string[] {
  return proseOf(path, source).flatMap(({ line, text }) =>
    REFUSALS.flatMap(({ pattern, instead }) =>
      [...text.matchAll(new RegExp(pattern, `${pattern.flags}g`))].map(({ 0: words, index }) =>
        `${path}:${line + lineAt(text, index) - 1}: "${
          words.trim().replaceAll(/\s+/g, " ")
        }": ${instead}`
      )
    )
  );
}

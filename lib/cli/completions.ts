import { SIGNAL_NAMES } from "../process/signals.ts";
import { STATES } from "../process/state.ts";
import { type Command, EXIT, type Option, UsageError } from "./command.ts";
import { COMMANDS } from "./commands.ts";

/** The kind of an argument, which decides how it is completed. */
type Kind =
  /** One of several words. */
  | { readonly words: readonly string[] }
  /** Several words, separated by commas. */
  | { readonly list: readonly string[] }
  | "pid"
  | "user"
  | "path"
  /** A text or a number without completions. */
  | "any";

/** An option of a subcommand. */
interface KnownOption {
  readonly name: string;
  readonly short: string | undefined;
  readonly help: string;
  /** The kind of its value; undefined if it takes none. */
  readonly takes: Kind | undefined;
}

/** The facts about a subcommand that a shell needs. */
interface Known {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly KnownOption[];
  /** The kind of its first argument; undefined if it takes none. */
  readonly first: Kind | undefined;
}

const SHELLS: Readonly<Record<string, (commands: readonly Known[]) => string>> = {
  bash,
  zsh,
  fish,
};

/** `libproc completions`: prints a script with which a shell completes command lines. */
export const command: Command = {
  usage: "(bash | zsh | fish)",
  description:
    `Prints a script that makes a shell complete subcommands, options, fields, users and process ids.

  bash  source <(libproc completions bash)
  zsh   source <(libproc completions zsh), after compinit
  fish  libproc completions fish | source`,
  options: {},
  exits: "0 it was printed, 2 an error",
  example: "libproc completions bash > /etc/bash_completion.d/libproc",
  async run({ words, output }) {
    const [shell = "", extra] = words;
    const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
    if (script === undefined || extra !== undefined) {
      throw new UsageError(
        `Cannot write completions for ${JSON.stringify(words.join(" "))}: it must be one of ${
          Object.keys(SHELLS).join(", ")
        }`,
      );
    }
    const commands = Object.entries(COMMANDS).map(async ([name, { summary, load }]) =>
      known(name, summary, await load())
    );
    output.out(script(await Promise.all(commands)));
    return EXIT.found;
  },
};

const HELP: KnownOption = {
  name: "help",
  short: "h",
  help: "print this help",
  takes: undefined,
};

function known(
  name: string,
  summary: string,
  { usage, options, fields = [] }: Command,
): Known {
  const own = Object.entries(options).map(([option, { type, short, word, help }]) => ({
    name: option,
    short,
    help,
    takes: type === "string" ? kindOf(word, fields) : undefined,
  }));
  return { name, summary, options: [...own, HELP], first: firstOf(usage) };
}

/** Returns the kind of an option's value, from its name in the help. */
function kindOf(word: Option["word"], fields: readonly string[]): Kind {
  switch (word) {
    case "FIELD,...":
      return { list: fields };
    case "[-]FIELD,...":
      return { list: [...fields, ...fields.map((field) => `-${field}`)] };
    case "STATE,...":
      return { list: STATES.slice(1) as string[] };
    case "SIGNAL":
      return { words: SIGNAL_NAMES.map((name) => name.slice("SIG".length)) };
    case "USER":
      return "user";
    case "PID":
      return "pid";
    case "PATH":
      return "path";
  }
  return word?.includes("|") ? { words: word.split("|") } : "any";
}

/** Returns the kind of a subcommand's first argument, from its usage. */
function firstOf(usage: string): Kind | undefined {
  if (usage === "") return undefined;
  if (/^[[(]?PID\b/.test(usage)) return "pid";
  if (usage === "[COMMAND]") return { words: Object.keys(COMMANDS) };
  if (/\bPATH\b/.test(usage)) return "path";
  const words = usage.replaceAll(/[()[\]]/g, "").split("|")
    .map((form) => form.trim().split(" ")[0]!)
    .filter((word) => /^[a-z]+$/.test(word));
  return words.length > 0 ? { words } : "any";
}

/** Returns the words of a kind that is one of several words. */
function wholeWords(kind: Kind): readonly string[] {
  return typeof kind === "object" && "words" in kind ? kind.words : [];
}

/** Returns the words of a kind that is a list; undefined for another kind. */
function wordsOfList(kind: Kind): readonly string[] | undefined {
  return typeof kind === "object" && "list" in kind ? kind.list : undefined;
}

/** Quotes a word for any shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

const spelled = ({ name, short }: KnownOption): string[] =>
  short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];

function bash(commands: readonly Known[]): string {
  function answer(kind: Kind): string {
    const many = wordsOfList(kind);
    if (many !== undefined) return `list=${quoted(many.join(" "))}; _libproc_list`;
    switch (kind) {
      case "pid":
        return `list=$("\${COMP_WORDS[0]}" pids 2> /dev/null)`;
      case "user":
        return `list=$(compgen -u)`;
      case "path":
        return "_libproc_files; return";
      case "any":
        return "return";
      default:
        return `list=${quoted(wholeWords(kind).join(" "))}`;
    }
  }
  const cases = commands.map(({ name, options, first }) => {
    const takers = options.filter(({ takes }) => takes !== undefined);
    const lines = takers.map((option) =>
      `        ${spelled(option).join(" | ")}) ${answer(option.takes!)} ;;`
    );
    const all = options.flatMap(spelled).join(" ");
    return `    ${name})
      takers=${quoted(takers.flatMap(spelled).join(" "))}
      options=${quoted(all)}
      case $before in
${lines.join("\n")}${lines.length > 0 ? "\n" : ""}        *)
          if [[ $cur == -* ]]; then list=$options
          elif ((words == 0)); then ${first === undefined ? "return" : answer(first)}
          else return; fi ;;
      esac ;;`;
  });
  const names = commands.map(({ name }) => name).join(" ");
  return `# Completions of libproc for bash. Older versions have no compopt.
_libproc_list() {
  if [[ $cur == *,* ]]; then lead=\${cur%,*},; cur=\${cur##*,}; fi
  compopt -o nospace 2> /dev/null
}
_libproc_files() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -f -- "$cur"))
  compopt -o filenames 2> /dev/null
}
_libproc() {
  local cur=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]}
  local command= takers= options= list= lead= words=0 i word
  COMPREPLY=()
  # The = of --option=word is a word of its own.
  if [[ $cur == = ]]; then cur=
  elif [[ $before == = ]]; then before=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    [[ $word == -* || $word == = ]] && continue
    if [[ -z $command ]]; then command=$word
    elif [[ \${COMP_WORDS[i - 1]} != = && " $takers " != *" \${COMP_WORDS[i - 1]} "* ]]; then
      ((words++))
    fi
  done
  case $command in
    '')
      list=${quoted(`${names} --help --version`)} ;;
${cases.join("\n")}
    *) return ;;
  esac
  COMPREPLY=($(compgen -P "$lead" -W "$list" -- "$cur"))
}
complete -F _libproc libproc`;
}

function zsh(commands: readonly Known[]): string {
  const text = (shown: string) => shown.replace(/[\\:[\]]/g, "\\$&");
  function action(kind: Kind): string {
    const many = wordsOfList(kind);
    if (many !== undefined) return `words:_values -s , word ${many.join(" ")}`;
    switch (kind) {
      case "pid":
        return "process id:_libproc_pids";
      case "user":
        return "user:_users";
      case "path":
        return "file:_files";
      case "any":
        return "word: ";
      default:
        return `word:(${wholeWords(kind).join(" ")})`;
    }
  }
  const cases = commands.map(({ name, options, first }) => {
    const specs = options.flatMap((option) => {
      const all = spelled(option);
      const ends = option.takes === undefined ? "" : `:${action(option.takes)}`;
      const others = all.length > 1 ? `(${all.join(" ")})` : "";
      return all.map((one) => {
        const assigned = ends === "" ? one : one.startsWith("--") ? `${one}=` : `${one}+`;
        return quoted(`${others}${assigned}[${text(option.help)}]${ends}`);
      });
    });
    if (first !== undefined) specs.push(quoted(`1:${action(first)}`));
    return `    ${name})\n      _arguments -s \\\n        ${specs.join(" \\\n        ")} ;;`;
  });
  const list = commands.map(({ name, summary }) => quoted(`${text(name)}:${text(summary)}`));
  return `#compdef libproc
# Completions of libproc for zsh.
_libproc_pids() {
  setopt localoptions extendedglob
  local -a pids
  pids=(\${(f)"$(libproc ps --all --no-headers --fields pid,name 2> /dev/null)"})
  # Each is the id, spaces and the name.
  pids=(\${\${pids##[[:space:]]#}/[[:space:]]##/:})
  _describe -t processes 'process id' pids
}
_libproc() {
  local -a commands
  commands=(
    ${list.join("\n    ")}
  )
  if ((CURRENT == 2)); then
    if [[ $PREFIX == -* ]]; then compadd -- --help --version
    else _describe -t commands command commands; fi
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${cases.join("\n")}
  esac
}
if [[ $funcstack[1] == _libproc ]]; then _libproc "$@"; else compdef _libproc libproc; fi`;
}

/** Pids, each followed by a tab and the name: fish shows the latter as a description. */
const FISH_PIDS = "(libproc ps --all --no-headers --fields pid,name 2> /dev/null | " +
  "string trim | string replace -r '\\s+' \\t)";

function fish(commands: readonly Known[]): string {
  function candidates(kind: Kind): string {
    const many = wordsOfList(kind);
    if (many !== undefined) return ` -x -a ${quoted(`(__fish_append , ${many.join(" ")})`)}`;
    switch (kind) {
      case "pid":
        return ` -x -a ${quoted(FISH_PIDS)}`;
      case "user":
        return " -x -a '(__fish_complete_users)'";
      case "path":
        return " -r -F";
      case "any":
        return " -x";
      default:
        return ` -x -a ${quoted(wholeWords(kind).join(" "))}`;
    }
  }
  const lines = commands.flatMap(({ name, summary, options, first }) => {
    const inside = `-n '__fish_seen_subcommand_from ${name}'`;
    return [
      `complete -c libproc -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
      ...(first === undefined ? [] : [`complete -c libproc ${inside}${candidates(first)}`]),
      ...options.map(({ name: option, short, help, takes }) => {
        const letter = short === undefined ? "" : ` -s ${short}`;
        const word = takes === undefined ? "" : candidates(takes);
        return `complete -c libproc ${inside} -l ${option}${letter}${word} -d ${quoted(help)}`;
      }),
    ];
  });
  return [
    "# Completions of libproc for fish.",
    "complete -c libproc -f",
    "complete -c libproc -n __fish_use_subcommand -l help -s h -d 'print this help'",
    "complete -c libproc -n __fish_use_subcommand -l version -d 'print the version'",
    ...lines,
  ].join("\n");
}

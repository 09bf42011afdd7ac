import { assertEquals } from "@std/assert";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { helpOf, overview } from "../../lib/cli/help.ts";
import { ROOT } from "../support/runtime.ts";

const PAGE = `${ROOT}docs/command.md`;
const WIDTH = 90;

test("docs/command.md is the help of every command", async () => {
  const pages = await Promise.all(
    Object.entries(COMMANDS).map(async ([name, { load }]) => {
      const text = helpOf(name, await load(), WIDTH);
      return `## ${name}\n\n\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`;
    }),
  );
  const page = `# The command

\`libproc help COMMAND\` prints the same, and \`libproc help --man\` prints it as a manual page.

\`\`\`text
${overview(WIDTH).trimEnd()}
\`\`\`

${pages.join("\n")}`;
  if (process.env["LIBPROC_UPDATE_GOLDEN"]) writeFileSync(PAGE, page);
  assertEquals(readFileSync(PAGE, "utf8"), page);
});

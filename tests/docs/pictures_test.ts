import { assertEquals, assertMatch } from "@std/assert";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { draw, PICTURES } from "../../docs/pictures/draw.ts";
import { screenOf } from "../../docs/pictures/terminal.ts";
import { ROOT } from "../support/runtime.ts";

const NAMES = Object.keys(PICTURES);

test("every picture of the documentation is what the command writes", async () => {
  assertEquals(readdirSync(`${ROOT}docs/images`).sort(), NAMES.map((name) => `${name}.svg`).sort());
  for (const name of NAMES) {
    assertEquals(await draw(name), readFileSync(`${ROOT}docs/images/${name}.svg`, "utf8"), name);
  }
});

test("a picture has the command line, and what one looks for", async () => {
  for (const name of NAMES) assertMatch(await draw(name), /\$ libproc .*[\s\S]*>[^<]*postgres/);
});

test("screenOf() follows the cursor, and clears as requested", () => {
  const text = (written: string) =>
    screenOf(written).map((line) => line.map(({ text }) => text).join(""));
  assertEquals(text("one\ntwo\x1b[1;2HN\x1b[K"), ["oN", "two"]);
  assertEquals(text("one\ntwo\x1b[1;1H\x1b[J"), []);
  assertEquals(text("one\x1b[2J\x1b[3;3Hx"), ["", "", "  x"]);
  assertEquals(
    screenOf("\x1b[1ma\x1b[22m\x1b[7mb\x1b[0mc")[0]!.map(({ isBold, isReversed }) => [
      isBold,
      isReversed,
    ]),
    [[true, false], [false, true], [false, false]],
  );
});

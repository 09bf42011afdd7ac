/**
 * Draws the pictures in docs/images: `deno run -A docs/pictures.ts`.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { draw, PICTURES } from "./pictures/draw.ts";

for (const name of Object.keys(PICTURES)) {
  writeFileSync(new URL(`images/${name}.svg`, import.meta.url), await draw(name));
}

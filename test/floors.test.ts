import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const SRC = fileURLToPath(new URL("../src/", import.meta.url));

/** From the ground up. What stands on one line is one floor: places there never import each other. */
const FLOORS: readonly (readonly string[])[] = [
  ["domain"],
  ["errors", "clock", "log", "version"],
  ["retry", "progress", "credentials", "config", "as-etl-error"],
  ["postgres"],
  ["control"],
  ["ab2d", "landing", "staging", "claims", "simulator"],
  ["pipeline"],
  ["commands"],
  ["cli", "index"],
];

it("imports go down, or stay in their place", () => {
  const wrong: string[] = [];
  for (const path of readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  )) {
    const from = placeOf(path);
    for (const [, target] of readFileSync(join(SRC, path), "utf8").matchAll(/from "(\.[^"]+)"/g)) {
      const to = placeOf(relative(SRC, resolve(SRC, path, "..", target!)));
      if (from !== to && floorOf(to) >= floorOf(from)) wrong.push(`${path} imports ${target}`);
    }
  }
  expect(wrong).toEqual([]);
});

/** The folder, or the file that is its door and bears its name: `pipeline.ts` belongs to `pipeline`. */
function placeOf(path: string): string {
  return path.split(/[\\/]/)[0]!.replace(/\.ts$/, "");
}

function floorOf(place: string): number {
  const floor = FLOORS.findIndex((places) => places.includes(place));
  if (floor === -1) throw new Error(`${place} is on no floor: add it to FLOORS`);
  return floor;
}

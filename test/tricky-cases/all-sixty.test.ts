import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const FOLDER = new URL(".", import.meta.url);
/** A test's name that begins with a number. */
const NUMBERED = /\bit(?:\.skipIf\([^)]*\))?\(\s*"(\d+) /g;

describe("tricky cases", () => {
  it("are all sixty, each tested once", () => {
    const numbers = readdirSync(FOLDER)
      .filter((file) => file.endsWith(".test.ts"))
      .flatMap((file) => [...readFileSync(new URL(file, FOLDER), "utf8").matchAll(NUMBERED)])
      .map(([, number]) => Number(number))
      .sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  });
});

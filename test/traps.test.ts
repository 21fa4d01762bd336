import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FAULTS } from "../src/simulator/faults/all-faults.ts";
import { FAULT_ROWS } from "./traps/fault-rows.ts";
import { FILE_TRAPS } from "./traps/file-traps.ts";
import { HOST_ROWS } from "./traps/host-rows.ts";
import { JOB_TRAPS } from "./traps/job-traps.ts";
import type { Row, Rows } from "./traps/row.ts";
import { ROW_TRAPS } from "./traps/row-traps.ts";
import { NO_OPENSSL } from "./traps/tls.ts";
import { WATERMARK_TRAPS } from "./traps/watermark-traps.ts";

/**
 * The 46 ways in which a client of AB2D loses data or breaks, by the numbers that AB2D's contract gives them in its section 8,
 * and the faults of clock, AB2D, network and data by their numbers in the table of faults.
 */
const TRAPS: Rows = { ...WATERMARK_TRAPS, ...JOB_TRAPS, ...FILE_TRAPS, ...ROW_TRAPS };

/** The table of faults, by number. */
const ROWS: Rows = { ...HOST_ROWS, ...FAULT_ROWS };

const NEEDS_OPENSSL = new Set(["row 44", "row 45"]);

const entries = (kind: string, rows: Rows) =>
  Object.entries(rows).map(([number, row]) => [`${kind} ${number}`, row] as const);
const ALL: readonly (readonly [string, Row])[] = [...entries("trap", TRAPS), ...entries("row", ROWS)];

describe("the table of traps and faults", () => {
  it("has all of them", () => {
    expect(Object.keys(TRAPS).map(Number)).toEqual(Array.from({ length: 46 }, (_, index) => index + 1));
    expect(Object.keys(ROWS).map(Number)).toEqual(Array.from({ length: 61 }, (_, index) => index + 1));
  });

  it("names a test for each, or a reason", () => {
    const empty = ALL.filter(([, { run, heldBy, reason }]) => !run && !heldBy?.length && !reason);
    expect(empty.map(([name]) => name)).toEqual([]);
  });

  it("names tests that there are", () => {
    const missing = ALL.flatMap(([name, { heldBy = [] }]) =>
      heldBy.filter((holder) => !isTest(holder)).map((holder) => `${name}: ${holder}`),
    );
    expect(missing).toEqual([]);
  });
});

describe("sync() does not fall into", () => {
  for (const [name, { words, run }] of ALL) {
    if (!run) continue;
    const options = { skip: NEEDS_OPENSSL.has(name) && NO_OPENSSL !== undefined, timeout: 120_000 };
    it(`${name}: ${words}`, options, run);
  }
});

function isTest(holder: string): boolean {
  const [, kind, rest] = /^(trap|row|fault) (.+)$/.exec(holder) ?? [];
  if (kind === "trap") return TRAPS[Number(rest)]?.run !== undefined;
  if (kind === "row") return ROWS[Number(rest)]?.run !== undefined;
  if (kind === "fault") return FAULTS.some(({ name }) => name === rest);
  const [file, name] = holder.split(" > ");
  // The name of a test may be its file's template.
  const source = readFileSync(new URL(`../${file}`, import.meta.url), "utf8").replaceAll(/\(\s+/g, "(");
  return source.includes(`("${name}"`) || source.includes(`(\`${name}\``);
}

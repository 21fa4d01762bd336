import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mapEob } from "../../src/claims/map-eob.ts";
import { parseEob } from "../../src/claims/parse-eob.ts";
import type { MappedEob } from "../../src/claims/rows.ts";
import {
  CLAIM_DIAGNOSIS,
  CLAIM_LINE,
  CLAIM_PROCEDURE,
  CLAIM_PROVIDER,
  CLAIM_VERSION,
} from "../../src/claims/rows.ts";
import { API_VERSIONS } from "../../src/domain/api-version.ts";
import type { Columns } from "../../src/postgres/columns.ts";
import { eob } from "../support/eob.ts";
import { sampleLines } from "../support/sample-lines.ts";

const version = fc.constantFrom(...API_VERSIONS);
const replacement = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom("", "\0", "\ud800", "value", "2024-02-30", 2 ** 31, 1.5, -1, null, [], [null], {}, [[]]),
);

/** The places inside a JSON value: each a way to replace what is there. */
function placesIn(root: object): ((replacement: unknown) => void)[] {
  const places: ((replacement: unknown) => void)[] = [];
  const visit = (container: Record<string, unknown>) => {
    for (const key of Object.keys(container)) {
      places.push((value) => {
        container[key] = value;
      });
      const value = container[key];
      if (typeof value === "object" && value !== null) visit(value as Record<string, unknown>);
    }
  };
  visit(root as Record<string, unknown>);
  return places;
}

function expectRowsOfTheirTypes(mapped: MappedEob): void {
  if (mapped.kind !== "claim") return;
  const { lines, diagnoses, procedures, providers } = mapped.children;
  const { is_current, version_number, content_sha256, first_seen_at, superseded_at, ...header } =
    CLAIM_VERSION;
  const tables: [Columns, readonly object[]][] = [
    [header, [mapped.header]],
    [CLAIM_LINE, lines],
    [CLAIM_DIAGNOSIS, diagnoses],
    [CLAIM_PROCEDURE, procedures],
    [CLAIM_PROVIDER, providers],
  ];
  for (const [columns, rows] of tables) {
    for (const row of rows) {
      expect(Object.keys(row)).toEqual(Object.keys(columns));
      for (const [name, value] of Object.entries(row))
        expect([name, isOfType(value, columns[name]!)]).toEqual([name, true]);
    }
  }
}

function isOfType(value: unknown, type: string): boolean {
  if (value === null) return type.endsWith("?");
  switch (type.replace("?", "")) {
    case "text":
      return isText(value);
    case "date":
      return isText(value) && /^\d{4}-\d\d-\d\d$/.test(value);
    case "numeric":
      return isText(value) && Number.isFinite(Number(value));
    case "text[]":
      return Array.isArray(value) && value.every(isText);
    case "int4":
      return isInt4(value);
    case "int4[]":
      return Array.isArray(value) && value.every(isInt4);
    case "boolean":
      return typeof value === "boolean";
    default:
      return typeof value === "bigint";
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.isWellFormed() && !value.includes("\0");
}

function isInt4(value: unknown): boolean {
  return Number.isInteger(value) && Math.abs(value as number) <= 2 ** 31;
}

describe("mapEob()", () => {
  it("never throws on a JSON value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), version, (value, apiVersion) => {
        expect(mapEob(value, { apiVersion }).kind).not.toBe("claim");
        expectRowsOfTheirTypes(mapEob({ ...eob({ version: apiVersion }), ...Object(value) }, { apiVersion }));
      }),
      { numRuns: 500 },
    );
  });

  it("gives rows of their columns' types, or a reason, when anything in a line is replaced", () => {
    const lines = API_VERSIONS.flatMap((apiVersion) => {
      const built = (["carrier", "inpatient", "dme"] as const).map((type) =>
        JSON.stringify(eob({ version: apiVersion, type })),
      );
      return [...(sampleLines(apiVersion)?.slice(0, 30) ?? []), ...built].map((line) => ({
        line,
        apiVersion,
      }));
    });
    const change = fc.tuple(fc.nat(), replacement);
    fc.assert(
      fc.property(
        fc.constantFrom(...lines),
        fc.array(change, { maxLength: 3 }),
        ({ line, apiVersion }, changes) => {
          const mutated = JSON.parse(line);
          for (const [at, value] of changes) {
            const places = placesIn(mutated);
            places[at % places.length]?.(structuredClone(value));
          }
          expectRowsOfTheirTypes(mapEob(parseEob(JSON.stringify(mutated)), { apiVersion }));
        },
      ),
      { numRuns: 2000 },
    );
  }, 30_000);
});

import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contentSha256 } from "../../src/claims/content-sha256.ts";
import { type EobOptions, eob } from "../support/eob.ts";

function hashOf(options: EobOptions): string {
  return contentSha256(eob(options)).toString("hex");
}

/** The same JSON with the keys of every object in reverse order. */
function reversed(x: unknown): unknown {
  if (Array.isArray(x)) return x.map(reversed);
  if (typeof x !== "object" || x === null) return x;
  return Object.fromEntries(
    Object.entries(x)
      .reverse()
      .map(([key, value]) => [key, reversed(value)]),
  );
}

describe("contentSha256()", () => {
  it("hashes JSON with sorted keys and no white space", () => {
    const wanted = createHash("sha256").update('{"a":[1,null,true,"x\\"\\n\\u0000é"],"b":{}}').digest();
    expect(contentSha256({ b: {}, a: [1, null, true, 'x"\n\0é'] })).toEqual(wanted);
  });

  it("does not change with lastUpdated and AB2D's MBIs", () => {
    const hash = hashOf({});
    expect(hashOf({ lastUpdated: "2025-01-01T00:00:00Z" })).toBe(hash);
    expect(hashOf({ lastUpdated: null })).toBe(hash);
    expect(hashOf({ fields: { meta: undefined } })).toBe(hash);
    expect(hashOf({ mbis: ["1S00E00DP43", { mbi: "1S00E00DP42", currency: "historic" }] })).toBe(hash);
    expect(hashOf({ mbis: [] })).toBe(hash);
    expect(hashOf({ fields: { extension: undefined } })).toBe(hash);
  });

  it("changes with the claim's content", () => {
    const others: EobOptions[] = [
      { status: "cancelled" },
      { diagnoses: ["E118"] },
      { claimGroup: "-78" },
      { fields: { extension: [{ url: "x", valueCoding: { code: "V" } }] } },
      { fields: { meta: { profile: ["x"] } } },
      { fields: { contained: [{ extension: [{ url: "x" }] }] } },
    ];
    const hashes = others.map(hashOf);
    expect(new Set([hashOf({}), ...hashes]).size).toBe(others.length + 1);
  });

  it("keeps a stamped identifier that is not at the top", () => {
    const inner = {
      valueIdentifier: { value: "1" },
      url: "http://hl7.org/fhir/StructureDefinition/elementdefinition-identifier",
    };
    expect(hashOf({ fields: { facility: { extension: [inner] } } })).not.toBe(
      hashOf({ fields: { facility: {} } }),
    );
  });

  it("does not depend on the order of keys, and tells different values apart", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const [x, y] = [JSON.parse(JSON.stringify({ a })), JSON.parse(JSON.stringify({ a: b }))];
        expect(contentSha256(reversed(x))).toEqual(contentSha256(x));
        const isSame = JSON.stringify(sorted(x)) === JSON.stringify(sorted(y));
        expect(contentSha256(x).equals(contentSha256(y))).toBe(isSame);
      }),
    );
  });

  it("hashes JSON nested deeper than the call stack", () => {
    const deep: unknown = JSON.parse(`{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`);
    expect(contentSha256(deep)).toHaveLength(32);
  });
});

/** A value that two JSON values have in common exactly when they differ in nothing but the order of keys. */
function sorted(x: unknown): unknown {
  if (Array.isArray(x)) return x.map(sorted);
  if (typeof x !== "object" || x === null) return x;
  const entries = Object.entries(x).sort(([a], [b]) => (a < b ? -1 : 1));
  return { entries: entries.map(([key, value]) => [key, sorted(value)]) };
}

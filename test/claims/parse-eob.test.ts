import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseEob } from "../../src/claims/parse-eob.ts";

const KEPT = new Set(["value", "valueDecimal"]);

/** What parseEob must make of the text of `x`: the same, with the digits of numbers under the two keys as strings. */
function withDigits(x: unknown, key?: string): unknown {
  if (typeof x === "number") return key !== undefined && KEPT.has(key) ? JSON.stringify(x) : x;
  if (Array.isArray(x)) return x.map((entry) => withDigits(entry));
  if (typeof x !== "object" || x === null) return x;
  return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, withDigits(v, k)]));
}

/** JSON whose keys and strings look like what parseEob searches for. */
const jsonValue = fc.jsonValue({ maxDepth: 4 });
const trickyText = fc.oneof(
  fc.constantFrom(
    "value",
    "valueDecimal",
    '"value":1}',
    'a"value',
    '\\"value',
    ',"value":1,',
    "value\\",
    "\\",
  ),
  fc
    .array(fc.constantFrom('"', "\\", "value", "Decimal", ":", "1", "}", "]", ",", " "), { maxLength: 8 })
    .map((parts) => parts.join("")),
);
const trickyValue = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: "small" },
    trickyText,
    fc.integer(),
    fc.double(),
    fc.boolean(),
    tie("list"),
    tie("map"),
  ),
  list: fc.array(tie("node"), { maxLength: 4 }),
  map: fc.dictionary(trickyText, tie("node"), { maxKeys: 4 }),
})).node;

/** Text that is nearly JSON: fragments of the grammar, right and wrong, in any order. */
const nearJson = fc
  .array(
    fc.constantFrom(
      ..."{}[]:,".split(""),
      '"value"',
      '"valueDecimal"',
      '"value":',
      '{"value":',
      '"a"',
      '\\"value":1',
      "0",
      "1",
      "01",
      "1.",
      "+1",
      "-",
      "-0",
      ".5",
      "1e5",
      "1E+400",
      "1e",
      "3.0",
      "NaN",
      "true",
      " ",
      "\n",
      "\u00a0",
      "\v",
      "\ufeff",
      '"',
      "\\",
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

describe("parseEob()", () => {
  it("keeps the digits of numbers under value and valueDecimal, and nothing else", () => {
    const text =
      '{"a":3.0,"value" : 3.0,"b":{"valueDecimal":\n12345678901234567890.10},"c":[{"value":-0}],"value2":1}';
    expect(parseEob(text)).toEqual({
      a: 3,
      value: "3.0",
      b: { valueDecimal: "12345678901234567890.10" },
      c: [{ value: "-0" }],
      value2: 1,
    });
  });

  it("leaves a number alone whose key only ends in value", () => {
    expect(parseEob('{"a\\"value":1,"\\\\\\"value":2}')).toEqual({ 'a"value': 1, '\\"value': 2 });
  });

  it("is undefined for the text that is not JSON", () => {
    const broken = [
      '{"value":01}',
      '{"value":1.}',
      '{"value":+1}',
      '{"value":\u00a01}',
      '{"value":1',
      "",
      "\ufeff{}",
    ];
    for (const text of broken) expect(parseEob(text)).toBeUndefined();
  });

  it("gives back what was written, with numbers under the two keys as text", () => {
    fc.assert(
      fc.property(fc.oneof(jsonValue, trickyValue), fc.constantFrom(0, 1, "\t"), (x, space) => {
        const text = JSON.stringify(x, null, space);
        expect(parseEob(text)).toEqual(withDigits(JSON.parse(text)));
      }),
      { numRuns: 2000 },
    );
  });

  it("is undefined exactly when JSON.parse throws", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          nearJson,
          fc.string(),
          jsonValue.map((x) => JSON.stringify(x)),
        ),
        (text) => {
          expect(parseEob(text) === undefined).toBe(isNotJson(text));
        },
      ),
      { numRuns: 5000 },
    );
  });
});

function isNotJson(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch {
    return true;
  }
}

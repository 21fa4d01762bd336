import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseInstant } from "../../src/domain/instant.ts";
import { scanKey } from "../../src/staging/scan-key.ts";
import { eob } from "../support/eob.ts";
import { sampleLines } from "../support/sample-lines.ts";

const INSTANT = "2024-03-01T10:20:30.456-05:00";

function scan(line: string) {
  return scanKey(Buffer.from(line));
}

/** The key as JSON.parse finds it; null where it is not there as text. */
function parsedKey(line: string) {
  const { id, meta } = JSON.parse(line) as { id?: unknown; meta?: { lastUpdated?: unknown } | null };
  const lastUpdated = typeof meta === "object" && meta !== null ? meta.lastUpdated : undefined;
  return {
    eobId: typeof id === "string" && id !== "" ? id : null,
    lastUpdated: (typeof lastUpdated === "string" ? parseInstant(lastUpdated) : undefined) ?? null,
  };
}

const decoyText = fc.constantFrom(
  "id",
  "meta",
  "lastUpdated",
  '"id":"wrong"',
  '{"id":"wrong","meta":{"lastUpdated":"2001-01-01T00:00:00Z"}}',
  '\\","id":"wrong',
  "\\",
  '"',
  '\\\\"',
  "{",
  "}",
  "[",
  "]",
  "2001-01-01T00:00:00Z",
);
const text = fc.oneof(decoyText, fc.string({ unit: "binary" }));
/** Any content whose keys and values are made to mislead. */
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    text,
    fc.constantFrom(null, true, 1.5, 0, [], {}),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.oneof(decoyText, fc.string()), tie("value"), { maxKeys: 4 }),
  ),
}));
const instant = fc
  .date({ min: new Date("1000-01-01"), max: new Date("9999-01-01"), noInvalidDate: true })
  .map((date) => date.toISOString());
/** Ids and keys with nothing that JSON escapes. */
const plainId = fc.oneof(
  fc.stringMatching(/^[a-z]{3,9}-{1,2}[0-9]{1,20}$/),
  fc.stringMatching(/^-?[0-9]{1,20}$/),
  fc.constant("é\u2028😀"),
);
const indent = fc.constantFrom(undefined, 1, "\t", "  ");

type Member = readonly [key: string, text: string];

/** The text of an object with these members in any order, and white space between its tokens. */
function shuffledText(members: readonly Member[], order: readonly number[], space: string): string {
  const shuffled = members
    .map((member, at) => [order[at % order.length]!, member] as const)
    .sort(([a], [b]) => a - b)
    .map(([, [key, text]]) => `${space}${JSON.stringify(key)}${space}:${space}${text}${space}`);
  return `{${shuffled.join(",")}}`;
}

function membersOf(object: Readonly<Record<string, unknown>>, layout: string | number | undefined): Member[] {
  return Object.entries(object).map(([key, content]) => [key, JSON.stringify(content, null, layout)]);
}

const otherKey = fc
  .oneof(decoyText, fc.string())
  .filter((key) => key !== "id" && key !== "meta" && key !== "lastUpdated");
const others = fc.dictionary(otherKey, value, { maxKeys: 5 });
const order = fc.array(fc.nat(), { minLength: 8, maxLength: 8 });

describe("scanKey()", () => {
  it("finds exactly id and meta.lastUpdated, in any order of keys, among any other content", () => {
    fc.assert(
      fc.property(
        plainId,
        instant,
        others,
        others,
        order,
        indent,
        fc.constantFrom("", " ", "\t\r\n"),
        (id, lastUpdated, around, within, at, layout, space) => {
          const meta: Member[] = [...membersOf(within, layout), ["lastUpdated", JSON.stringify(lastUpdated)]];
          const members: Member[] = [
            ...membersOf(around, layout),
            ["id", JSON.stringify(id)],
            ["meta", shuffledText(meta, at, space)],
          ];
          const line = shuffledText(members, at.toReversed(), space);
          expect(scan(line)).toEqual({ eobId: id, lastUpdated: parseInstant(lastUpdated) });
        },
      ),
      { numRuns: 500 },
    );
  });

  it("finds what JSON.parse finds or null, never another value, in any object", () => {
    const member = fc.oneof(
      value,
      plainId,
      instant,
      fc.record({ lastUpdated: fc.oneof(value, instant), id: value }, { requiredKeys: [] }),
    );
    const document = fc.dictionary(
      fc.oneof(decoyText, fc.constantFrom("id", "meta", "lastUpdated"), fc.string()),
      member,
      { maxKeys: 6 },
    );
    fc.assert(
      fc.property(document, indent, (object, layout) => {
        const line = JSON.stringify(object, null, layout);
        const [found, parsed] = [scan(line), parsedKey(line)];
        expect([parsed.eobId, null]).toContain(found.eobId);
        expect([parsed.lastUpdated, null]).toContain(found.lastUpdated);
      }),
      { numRuns: 500 },
    );
  });

  it("finds nothing in an array, whatever it holds", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(value, fc.record({ id: plainId, meta: fc.record({ lastUpdated: instant }) }))),
        (array) => {
          expect(scan(JSON.stringify(array))).toEqual({ eobId: null, lastUpdated: null });
        },
      ),
    );
  });

  it("never throws, on any bytes and on any cut of a line", () => {
    const line = Buffer.from(JSON.stringify(eob()));
    for (let end = 0; end <= line.length; end += 1) scanKey(line.subarray(0, end));
    const syntax = fc.array(
      fc.constantFrom(
        '"',
        "\\",
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        " ",
        "id",
        "meta",
        "lastUpdated",
        '"id"',
        '"meta"',
        INSTANT,
        "\0",
        "\n",
      ),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 64 }),
          syntax.map((parts) => parts.join("")),
        ),
        (bytes) => {
          const { eobId, lastUpdated } = scanKey(Buffer.from(bytes as string));
          expect(eobId === null || typeof eobId === "string").toBe(true);
          expect(lastUpdated === null || typeof lastUpdated === "bigint").toBe(true);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ["an escape in the key", `{"i\\u0064":"a","meta":{"lastUpdated":"${INSTANT}"}}`, null, INSTANT],
    ["an escape in the id", '{"id":"a\\u002d1"}', null, null],
    ["an escaped quote in the id", '{"id":"a\\"b"}', null, null],
    ["an escaped backslash at the id's end", '{"id":"a\\\\","x":"b"}', null, null],
    ["an escape in the instant", '{"id":"a","meta":{"lastUpdated":"2024-03-01T10:20:30\\u005a"}}', "a", null],
    ["an escape in the key of meta", `{"id":"a","m\\u0065ta":{"lastUpdated":"${INSTANT}"}}`, "a", null],
    [
      "an escape in the key of lastUpdated",
      `{"id":"a","meta":{"last\\u0055pdated":"${INSTANT}"}}`,
      "a",
      null,
    ],
    ["an id that is empty", '{"id":""}', null, null],
    ["an id that is a number", '{"id":5,"x":"5"}', null, null],
    ["an id that is null", '{"id":null,"x":"5"}', null, null],
    ["an id that is an object", '{"id":{"id":"a","value":"a"},"x":"a"}', null, null],
    ["an id that is an array", '{"id":["a"],"x":"a"}', null, null],
    ["no key at all", "{}", null, null],
    ["no meta", '{"id":"a"}', "a", null],
    ["a meta that is text", `{"id":"a","meta":"${INSTANT}"}`, "a", null],
    ["a meta that is an array", `{"id":"a","meta":["lastUpdated","${INSTANT}"]}`, "a", null],
    ["a meta that is an array of objects", `{"id":"a","meta":[{"lastUpdated":"${INSTANT}"}]}`, "a", null],
    ["a meta deeper down", `{"id":"a","x":{"meta":{"lastUpdated":"${INSTANT}"}}}`, "a", null],
    ["a meta within meta", `{"id":"a","meta":{"meta":{"lastUpdated":"${INSTANT}"}}}`, "a", null],
    ["lastUpdated beside meta", `{"id":"a","meta":{},"lastUpdated":"${INSTANT}"}`, "a", null],
    ["lastUpdated in what follows meta", `{"id":"a","meta":{},"x":{"lastUpdated":"${INSTANT}"}}`, "a", null],
    [
      "lastUpdated behind things within meta",
      `{"id":"a","meta":{"tag":[{"x":{}}],"y":{},"lastUpdated":"${INSTANT}"}}`,
      "a",
      INSTANT,
    ],
    [
      "a lastUpdated that is null",
      '{"id":"a","meta":{"lastUpdated":null,"x":"2024-03-01T10:20:30Z"}}',
      "a",
      null,
    ],
    ["a lastUpdated that is an array", `{"id":"a","meta":{"lastUpdated":["${INSTANT}"]}}`, "a", null],
    ["a lastUpdated that is no instant", '{"id":"a","meta":{"lastUpdated":"2024-03-01"}}', "a", null],
    ["an id in a nested resource before its own", '{"contained":[{"id":"wrong"}],"id":"a"}', "a", null],
    [
      "an id in a nested resource only",
      '{"contained":[{"id":"wrong"}],"patient":{"id":"wrong"}}',
      null,
      null,
    ],
    ["an id within meta", '{"meta":{"id":"wrong"}}', null, null],
    ["the key's name as a value", '{"type":"id","x":"wrong"}', null, null],
    [
      "white space between all tokens",
      `\t{ "meta" : { "lastUpdated"\r\n:\t"${INSTANT}" } , "id" : "a" }`,
      "a",
      INSTANT,
    ],
    ["text after a backslash run", '{"x":"\\\\\\\\","id":"a"}', "a", null],
  ])("meets %s", (_, line, eobId, lastUpdated) => {
    expect(scan(line)).toEqual({
      eobId,
      lastUpdated: lastUpdated === null ? null : parseInstant(lastUpdated),
    });
  });

  it("takes no id whose bytes are not UTF-8", () => {
    const line = Buffer.concat([Buffer.from('{"id":"a'), Buffer.from([0xff]), Buffer.from('"}')]);
    expect(scanKey(line)).toEqual({ eobId: null, lastUpdated: null });
  });

  it("stops where it has both", () => {
    const line = `{"id":"a","meta":{"lastUpdated":"${INSTANT}"},"id":"b`;
    expect(scan(line)).toEqual({ eobId: "a", lastUpdated: parseInstant(INSTANT) });
  });

  it("takes a string full of quotes and backslashes in its stride", () => {
    const line = JSON.stringify({ x: '\\"'.repeat(500_000), id: "a" });
    const startedAt = performance.now();
    expect(scan(line).eobId).toBe("a");
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  for (const version of ["v1", "v2", "v3"] as const) {
    it(`finds the key of every line of the published ${version} sample`, ({ skip }) => {
      const lines = sampleLines(version);
      if (!lines) return skip("the published samples are not beside the checkout");
      for (const line of lines) expect(scan(line)).toEqual(parsedKey(line));
    });
  }
});

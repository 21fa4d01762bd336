import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EtlError } from "../../src/errors.ts";
import type { BatchOptions, LineBatch } from "../../src/staging/line-batch.ts";
import { readJson } from "../../src/staging/read-json.ts";

interface ReadOptions extends BatchOptions {
  /** Bytes of each chunk of the stream; all in one when absent. */
  readonly chunkBytes?: number;
}

async function batchesOf(
  content: string | Buffer,
  { chunkBytes, ...limits }: ReadOptions = {},
): Promise<LineBatch[]> {
  const bytes = Buffer.from(content);
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes ?? bytes.length) {
    chunks.push(bytes.subarray(at, at + (chunkBytes ?? bytes.length)));
  }
  const batches: LineBatch[] = [];
  for await (const batch of readJson(Readable.from(chunks), limits)) batches.push(batch);
  return batches;
}

async function textsOf(content: string | Buffer, options: ReadOptions = {}): Promise<string[]> {
  const batches = await batchesOf(content, options);
  return batches.flatMap(({ lines }) => lines.map(({ bytes }) => bytes.toString("utf8")));
}

async function failureOf(content: string | Buffer, options: ReadOptions = {}): Promise<unknown> {
  return batchesOf(content, options).then(
    () => undefined,
    (error: unknown) => error,
  );
}

function bundle(...resources: readonly string[]): string {
  return `{"resourceType":"Bundle","entry":[${resources.map((text) => `{"fullUrl":"urn:x","resource":${text}}`).join(",")}]}`;
}

/** White space between any two tokens of a compact JSON text; strings are left as they are. */
function spread(compact: string): string {
  return compact.replace(/"(?:[^"\\]|\\.)*"|[[\]{},:]|[^[\]{},:"]+/g, "$& \t\r\n");
}

/** Strings with everything that JSON escapes, both halves of pairs, and halves alone. */
const text = fc
  .array(
    fc.constantFrom(
      "a",
      "é",
      "\u2028",
      "😀",
      "\ud83d",
      "\ude00",
      '"',
      "\\",
      "/",
      "\n",
      "\0",
      "\u001f",
      "\u007f",
      "{",
      "]",
      ",",
    ),
  )
  .map((units) => units.join(""));
const value = fc.oneof(fc.jsonValue({ stringUnit: "binary" }), fc.jsonValue({ stringUnit: text }));
const resource = fc.dictionary(fc.oneof(text, fc.constantFrom("entry", "resource", "id", "")), value, {
  maxKeys: 4,
});
const layout = fc.constantFrom(undefined, 1, "\t");
const chunkBytes = fc.integer({ min: 1, max: 40 });

describe("readJson()", () => {
  it("yields each element of an array as JSON.stringify writes it, however it was laid out and cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(resource, { maxLength: 5 }),
        layout,
        chunkBytes,
        async (resources, space, length) => {
          const texts = await textsOf(JSON.stringify(resources, null, space), { chunkBytes: length });
          expect(texts).toEqual(resources.map((element) => JSON.stringify(element)));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("yields each resource of a Bundle, whatever else it holds", async () => {
    const entry = fc.record({
      resource,
      extra: fc.dictionary(fc.constantFrom("resource2", "entry", "search"), value),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { maxLength: 4 }),
        value,
        layout,
        chunkBytes,
        async (entries, other, space, length) => {
          const content = {
            resourceType: "Bundle",
            before: other,
            contained: [{ entry: [{ resource: { id: "not this" } }] }],
            entry: entries.map(({ resource: held, extra }) => ({
              ...extra,
              resource: held,
              after: { resource: other },
            })),
            after: { entry: [{ resource: 1 }] },
          };
          const texts = await textsOf(JSON.stringify(content, null, space), { chunkBytes: length });
          expect(texts).toEqual(entries.map(({ resource: held }) => JSON.stringify(held)));
        },
      ),
      { numRuns: 150 },
    );
  });

  it("yields any scalar, and empty things, as entries of an array", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { maxLength: 6 }),
        layout,
        chunkBytes,
        async (values, space, length) => {
          const texts = await textsOf(JSON.stringify(values, null, space), { chunkBytes: length });
          expect(texts).toEqual(values.map((element) => JSON.stringify(element)));
        },
      ),
    );
  });

  it.each([
    ["null", "null"],
    ["true", "true"],
    ["false", "false"],
    ["a number", "-12.50e3"],
    ["a string", '"x"'],
    ["an empty string", '""'],
    ["an empty object", "{}"],
    ["an empty array", "[]"],
    ["empty things within", '{"":"","a":[],"b":{},"c":[[],{}],"d":null}'],
    ["scalars within", '[null,true,false,0,-0,"",[null],{"a":null,"b":[true]}]'],
  ])("takes %s for a resource of a Bundle and for an element of an array", async (_, compact) => {
    expect(await textsOf(bundle(compact, '{"id":"1"}', compact))).toEqual([compact, '{"id":"1"}', compact]);
    expect(await textsOf(`[${compact},{"id":"1"},${compact}]`)).toEqual([compact, '{"id":"1"}', compact]);
    expect(await textsOf(`[${compact}]`)).toEqual([compact]);
  });

  it("gives the same bytes for a compact and a spread text: those of the compact source", async () => {
    const resources = [
      '{"id":"carrier-1","item":[{"quantity":{"value":3.0}},{"quantity":{"value":1e400}}],"é":"\\n\\"\\\\ 😀 {[,:]}"}',
      '{"value":12345678901234567890.10,"a":-0.0,"b":1E+2,"c":0.000,"d":[],"e":{},"f":""}',
    ];
    for (const content of [bundle(...resources), `[${resources.join(",")}]`]) {
      expect(await textsOf(content)).toEqual(resources);
      for (const length of [1, 2, 3, 7, 64])
        expect(await textsOf(spread(content), { chunkBytes: length })).toEqual(resources);
    }
  });

  it.each([
    "3.0",
    "0.000",
    "-0",
    "-0.0",
    "1e400",
    "-1E-400",
    "1e+5",
    "12345678901234567890.10",
    `${"9".repeat(400)}.${"0".repeat(400)}`,
  ])("keeps every digit of %s, wherever the stream is cut", async (number) => {
    for (const length of [1, 2, 5, 255, 256, 257, 10_000]) {
      expect(await textsOf(`[{"value":${number}},${number}]`, { chunkBytes: length })).toEqual([
        `{"value":${number}}`,
        number,
      ]);
    }
  });

  it("writes strings as JSON.stringify does, whose escapes are the shortest", async () => {
    expect(await textsOf('["\\u00e9\\/\\u0041", {"\\u0069d":"\\ud83d\\ude00"}]')).toEqual([
      '"é/A"',
      '{"id":"😀"}',
    ]);
    expect(await textsOf('["\\u0000\\u001F\\u2028"]')).toEqual(['"\\u0000\\u001f\u2028"']);
  });

  it("keeps halves of surrogate pairs as escapes, and joins pairs that the stream cut", async () => {
    const content =
      '["\\ud83d","\\ude00","\\ud83dx\\ude00","\\ude00\\ud83d","\\ud83d\\ude00","😀",{"\\ud83d":"\\uDE00"}]';
    for (let length = 1; length < 12; length += 1) {
      expect(await textsOf(content, { chunkBytes: length })).toEqual([
        '"\\ud83d"',
        '"\\ude00"',
        '"\\ud83dx\\ude00"',
        '"\\ude00\\ud83d"',
        '"😀"',
        '"😀"',
        '{"\\ud83d":"\\ude00"}',
      ]);
    }
  });

  it("joins the pairs of a string that is longer than the parser's pieces", async () => {
    for (const shift of ["", "x"]) {
      const long = JSON.stringify({ [`${shift}${"😀".repeat(400)}`]: `${shift}${"😀".repeat(40_000)}` });
      expect((await textsOf(`[${long}]`, { chunkBytes: 4_097 }))[0] === long).toBe(true);
    }
  });

  it("takes resources from the top-level entry only", async () => {
    const real = '{"id":"real","entry":[{"resource":{"id":"inner"}}],"resource":{"entry":[{"resource":1}]}}';
    expect(
      await textsOf(`{
        "resource": {"id": "no"},
        "meta": {"entry": [{"resource": {"id": "no"}}], "resource": {"id": "no"}},
        "link": [{"entry": {"resource": 1}, "resource": {"id": "no"}}],
        "entry": [
          {"resource": ${real}, "search": {"resource": {"id": "no"}}},
          {"request": {"resource": {"id": "no"}}, "response": [{"resource": {"id": "no"}}]},
          {"fullUrl": "resource", "link": ["resource", {"id": "no"}]},
          ["resource", {"id": "no"}],
          "resource",
          null,
          {},
          {"resource": {"id": "second"}}
        ],
        "signature": [{"resource": {"id": "no"}}]
      }`),
    ).toEqual([real, '{"id":"second"}']);
  });

  it.each([
    ['{"entry":{"x":{"resource":{"id":"no"}}}}'],
    ['{"entry":{"resource":{"id":"no"}}}'],
    ['{"entry":[[{"resource":{"id":"no"}}]]}'],
    ['{"xentry":[{"resource":{"id":"no"}}],"entr":[{"resource":{"id":"no"}}]}'],
    ['{"entry":[{"Resource":{"id":"no"},"resources":{"id":"no"}}]}'],
    ['{"entry":[]}'],
    ["{}"],
    ["[]"],
    [" \n[ ] \n"],
  ])("finds no resource in %s", async (content) => {
    const batches = await batchesOf(content, { chunkBytes: 3 });
    expect(batches).toEqual([
      { lines: [], oversize: [], blankCount: 0, bytesRead: Buffer.byteLength(content) },
    ]);
  });

  it("skips a byte order mark", async () => {
    expect(await textsOf('\ufeff[{"id":"1"}]', { chunkBytes: 1 })).toEqual(['{"id":"1"}']);
  });

  it("numbers entries from 1, without offsets, and counts the bytes of the source", async () => {
    const content = bundle('{"id":"a"}', '{"id":"b"}', '{"id":"c"}');
    const batches = await batchesOf(content, { batchBytes: 600 });
    expect(
      batches.flatMap(({ lines }) => lines.map(({ lineNumber, byteOffset }) => [lineNumber, byteOffset])),
    ).toEqual([
      [1, null],
      [2, null],
      [3, null],
    ]);
    expect(batches.map(({ lines }) => lines.length)).toEqual([2, 1]);
    expect(batches.at(-1)!.bytesRead).toBe(Buffer.byteLength(content));
  });

  it("keeps batches of tiny entries small, for an entry is more than its bytes", async () => {
    for (const { lines } of await batchesOf(`[${"0,".repeat(20_000)}0]`, { batchBytes: 1_000_000 })) {
      expect(lines.length).toBeLessThan(2_000);
    }
  });

  it("gives only length and hash of an entry over the limit", async () => {
    const fits = JSON.stringify({ id: "x".repeat(91) });
    const over = JSON.stringify({ id: "y".repeat(92) });
    const far = JSON.stringify({ id: "é".repeat(200_000) });
    const [batch] = await batchesOf(
      JSON.stringify(
        [fits, over, far].map((line) => JSON.parse(line)),
        null,
        2,
      ),
      {
        maxLineBytes: 100,
        chunkBytes: 65_536,
      },
    );
    expect(batch!.lines.map(({ lineNumber, bytes }) => [lineNumber, bytes.toString()])).toEqual([[1, fits]]);
    expect(batch!.oversize).toEqual(
      [over, far].map((line, index) => ({
        lineNumber: index + 2,
        byteOffset: null,
        byteLength: Buffer.byteLength(line),
        sha256: createHash("sha256").update(line).digest(),
      })),
    );
  });

  it.each([
    ["nothing", ""],
    ["white space", " \n"],
    ["a scalar", '"Jane Doe 1941-02-03"'],
    ["a number", "19410203"],
    ["a literal", "null"],
    ["NDJSON", '{"id":"Jane Doe"}\n{"id":"1941-02-03"}\n'],
    ["an array and more", '[{"id":"Jane Doe"}] 1941-02-03'],
    ["an array that breaks off", '[{"id":"Jane Doe 1941-02-03"}'],
    ["a resource that breaks off", '[{"id":"Jane Doe 1941-02-03"'],
    ["a string that breaks off", '[{"id":"Jane Doe 1941-02-03'],
    ["a literal that breaks off", '["Jane Doe 1941-02-03", nul'],
    ["a number that breaks off", '["Jane Doe 1941-02-03", 12.'],
    ["an array left open after a comma", '["Jane Doe 1941-02-03",'],
    ["a comma too many", '["Jane Doe 1941-02-03",]'],
    ["a wrong bracket", '[{"id":"Jane Doe 1941-02-03"]'],
    ["a key without a value", '[{"Jane Doe 1941-02-03"}]'],
    ["a leading zero", "[01941]"],
    ["a name without quotes", "[{Jane: 1941}]"],
    ["a control character", '["Jane Doe\n1941-02-03"]'],
    ["an unknown escape", '["Jane Doe \\x41 1941-02-03"]'],
    ["a word", "[Jane Doe 1941-02-03]"],
  ])("refuses %s with JSON_INVALID, and quotes nothing", async (_, content) => {
    for (const length of [1, 3, 1_000]) {
      const error = await failureOf(content, { chunkBytes: length });
      expect(error).toBeInstanceOf(EtlError);
      expect(error).toMatchObject({ code: "JSON_INVALID", exitCode: 76 });
      const { message, hint, stack, cause } = error as EtlError;
      expect(`${message} ${hint} ${stack}`).not.toMatch(/Jane|1941/);
      expect(cause).toBeUndefined();
    }
  });

  it("refuses what is not UTF-8, rather than changing it", async () => {
    const source = Readable.from([Buffer.from('[{"id":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}]')]);
    const reading = async (): Promise<void> => {
      for await (const _ of readJson(source));
    };
    await expect(reading()).rejects.toMatchObject({ code: "JSON_INVALID" });
  });

  it("passes on a system error of the source as it is, and stops reading", async () => {
    const source = Readable.from(
      (async function* () {
        yield Buffer.from('[{"id":"1"},');
        throw Object.assign(new Error("cannot read"), { code: "EIO" });
      })(),
    );
    const reading = async (): Promise<void> => {
      for await (const _ of readJson(source)) expect.unreachable();
    };
    await expect(reading()).rejects.toMatchObject({ code: "EIO" });
    expect(source.destroyed).toBe(true);
  });

  it("closes the source when its reader has had enough", async () => {
    const source = Readable.from(
      Array.from({ length: 1_000 }, (_, at) => Buffer.from(at === 0 ? '[{"id":0}' : `,{"id":${at}}`)),
    );
    const closed = new Promise<void>((resolve) => source.once("close", resolve));
    for await (const batch of readJson(source, { batchBytes: 1 })) {
      expect(batch.lines).toHaveLength(1);
      break;
    }
    await closed;
  });
});

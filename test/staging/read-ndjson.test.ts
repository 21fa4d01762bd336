import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BatchOptions, LineBatch } from "../../src/staging/line-batch.ts";
import { readNdjson } from "../../src/staging/read-ndjson.ts";

const BYTE_ORDER_MARK = "\ufeff";

async function* inChunks(bytes: Buffer, lengths: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (const length of lengths) {
    yield bytes.subarray(at, at + length);
    at += length;
  }
  yield bytes.subarray(at);
}

async function batchesOf(
  content: string | Buffer,
  options: BatchOptions & { readonly chunks?: readonly number[] } = {},
): Promise<LineBatch[]> {
  const { chunks = [], ...limits } = options;
  const batches: LineBatch[] = [];
  for await (const batch of readNdjson(inChunks(Buffer.from(content), chunks), limits)) batches.push(batch);
  return batches;
}

async function textsOf(content: string | Buffer): Promise<string[]> {
  return (await batchesOf(content)).flatMap(({ lines }) => lines.map(({ bytes }) => bytes.toString()));
}

function sha256(text: string | Buffer): Buffer {
  return createHash("sha256").update(text).digest();
}

/** What the reader is to find, by the plainest means. */
function expected(bytes: Buffer, maxLineBytes: number) {
  const lines: { lineNumber: number; byteOffset: number; hex: string }[] = [];
  const oversize: { lineNumber: number; byteOffset: number; byteLength: number; hash: string }[] = [];
  let blankCount = 0;
  let byteOffset = 0;
  let lineNumber = 0;
  while (byteOffset < bytes.length) {
    const newline = bytes.indexOf("\n", byteOffset);
    const end = newline === -1 ? bytes.length : newline;
    let line = bytes.subarray(byteOffset, end);
    if (line.at(-1) === 0x0d) line = line.subarray(0, -1);
    lineNumber += 1;
    if (line.length > maxLineBytes) {
      oversize.push({ lineNumber, byteOffset, byteLength: line.length, hash: sha256(line).toString("hex") });
    } else {
      if (lineNumber === 1 && line.subarray(0, 3).equals(Buffer.from(BYTE_ORDER_MARK)))
        line = line.subarray(3);
      if (/^[ \t\r]*$/.test(line.toString("latin1"))) blankCount += 1;
      else lines.push({ lineNumber, byteOffset, hex: line.toString("hex") });
    }
    byteOffset = end + 1;
  }
  return { lines, oversize, blankCount };
}

function found(batches: readonly LineBatch[]) {
  return {
    lines: batches.flatMap(({ lines }) =>
      lines.map(({ bytes, ...place }) => ({ ...place, hex: bytes.toString("hex") })),
    ),
    oversize: batches.flatMap(({ oversize }) =>
      oversize.map(({ sha256: hash, ...place }) => ({ ...place, hash: hash.toString("hex") })),
    ),
    blankCount: batches.reduce((sum, batch) => sum + batch.blankCount, 0),
  };
}

/** Bytes in which line endings, white space and a byte order mark are frequent, and any byte may occur. */
const bytes = fc
  .array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.constantFrom("\n", "\r\n", "\r", " ", "\t", "{}", BYTE_ORDER_MARK, "\u2028"),
      },
      { weight: 3, arbitrary: fc.string() },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }) },
    ),
    { maxLength: 40 },
  )
  .map((pieces) => Buffer.concat(pieces.map((piece) => Buffer.from(piece as string))));
const chunks = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 60 });

describe("readNdjson()", () => {
  it("finds the same lines in any bytes, however they are cut into chunks and batches", async () => {
    await fc.assert(
      fc.asyncProperty(
        bytes,
        chunks,
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 2_000 }),
        async (content, lengths, maxLineBytes, batchBytes) => {
          const batches = await batchesOf(content, { chunks: lengths, maxLineBytes, batchBytes });
          expect(found(batches)).toEqual(expected(content, maxLineBytes));
          expect(batches.at(-1)?.bytesRead ?? 0).toBe(content.length);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("gives offsets at which a line's bytes stand in the file, and counts bytes up to each batch's end", async () => {
    await fc.assert(
      fc.asyncProperty(bytes, chunks, async (content, lengths) => {
        let read = 0;
        for (const batch of await batchesOf(content, { chunks: lengths, batchBytes: 1 })) {
          for (const { byteOffset, bytes: line, lineNumber } of batch.lines) {
            const mark =
              lineNumber === 1 && content.subarray(0, 3).equals(Buffer.from(BYTE_ORDER_MARK)) ? 3 : 0;
            const from = byteOffset! + mark;
            expect(content.subarray(from, from + line.length).equals(line)).toBe(true);
            expect(byteOffset === 0 || content[byteOffset! - 1] === 0x0a).toBe(true);
            expect(from + line.length).toBeLessThanOrEqual(batch.bytesRead);
          }
          expect(batch.bytesRead).toBeGreaterThan(read);
          expect(batch.bytesRead === content.length || content[batch.bytesRead - 1] === 0x0a).toBe(true);
          read = batch.bytesRead;
        }
      }),
    );
  });

  it.each([
    ["nothing", "", []],
    ["a last line without its ending", '{"a":1}\n{"b":2}', ['{"a":1}', '{"b":2}']],
    ["a last line with its ending", '{"a":1}\n', ['{"a":1}']],
    ["Windows line endings", '{"a":1}\r\n{"b":2}\r\n', ['{"a":1}', '{"b":2}']],
    ["a carriage return at the very end", '{"a":1}\r', ['{"a":1}']],
    ["a carriage return inside a line", "a\rb\n", ["a\rb"]],
    ["a byte order mark", `${BYTE_ORDER_MARK}{"a":1}\n{"b":2}\n`, ['{"a":1}', '{"b":2}']],
    ["a byte order mark alone", BYTE_ORDER_MARK, []],
    ["a byte order mark on another line", `a\n${BYTE_ORDER_MARK}b\n`, ["a", `${BYTE_ORDER_MARK}b`]],
    ["blank lines", "\n \n\t\r\na\n\n", ["a"]],
    [
      "Unicode line separators",
      "a\u2028b\u2029c\u0085d\u000be\u000cf\n",
      ["a\u2028b\u2029c\u0085d\u000be\u000cf"],
    ],
    ["a line of other white space", "\u00a0\n\u3000\n", ["\u00a0", "\u3000"]],
    ["a NUL", "a\0b\nc\n", ["a\0b", "c"]],
  ])("reads %s", async (_, content, texts) => {
    expect(await textsOf(content)).toEqual(texts);
  });

  it("yields nothing for an empty file", async () => {
    expect(await batchesOf("")).toEqual([]);
    expect(await batchesOf("", { chunks: [0, 0, 0] })).toEqual([]);
  });

  it("counts blank lines in the numbers of those that follow", async () => {
    const [batch] = await batchesOf("\r\n\na\n \nb");
    expect(batch).toMatchObject({
      blankCount: 3,
      bytesRead: 8,
      lines: [
        { lineNumber: 3, byteOffset: 3 },
        { lineNumber: 5, byteOffset: 7 },
      ],
    });
  });

  it("cuts a batch at the line that fills it", async () => {
    const line = `${"x".repeat(999)}\n`;
    const batches = await batchesOf(line.repeat(10), { batchBytes: 3 * 1_511, chunks: [1, 2_000, 1, 4_000] });
    expect(batches.map(({ lines }) => lines.length)).toEqual([3, 3, 3, 1]);
    expect(batches.map(({ bytesRead }) => bytesRead)).toEqual([3_000, 6_000, 9_000, 10_000]);
  });

  it("keeps batches of tiny lines small, for a line is more than its bytes", async () => {
    for (const { lines } of await batchesOf("0\n".repeat(100_000), { batchBytes: 1_000_000 })) {
      expect(lines.length).toBeLessThan(2_000);
    }
  });

  describe("with a line over the limit", () => {
    it("takes a line of exactly the limit", async () => {
      const content = `${"x".repeat(10)}\r\n${"y".repeat(11)}\r\n${"z".repeat(10)}`;
      expect(found(await batchesOf(content, { maxLineBytes: 10 }))).toEqual({
        lines: [
          { lineNumber: 1, byteOffset: 0, hex: Buffer.from("x".repeat(10)).toString("hex") },
          { lineNumber: 3, byteOffset: 25, hex: Buffer.from("z".repeat(10)).toString("hex") },
        ],
        oversize: [
          { lineNumber: 2, byteOffset: 12, byteLength: 11, hash: sha256("y".repeat(11)).toString("hex") },
        ],
        blankCount: 0,
      });
    });

    it.each(["\n", "\r\n", "\r", ""])(
      "knows its length and hash without the ending %j, however it is cut",
      async (ending) => {
        const line = "p\rq".repeat(20);
        for (let length = 1; length < 70; length += 1) {
          const chunked = Array.from({ length: 70 }, () => length);
          const [batch] = await batchesOf(`a\n${line}${ending}`, { maxLineBytes: 8, chunks: chunked });
          expect(batch!.oversize).toEqual([
            { lineNumber: 2, byteOffset: 2, byteLength: 60, sha256: sha256(line) },
          ]);
          expect(batch!.lines).toHaveLength(1);
          expect(batch!.bytesRead).toBe(2 + 60 + ending.length);
        }
      },
    );

    it("lets go of its bytes", async () => {
      const megabyte = Buffer.alloc(1024 * 1024, 0x78);
      const hash = createHash("sha256");
      async function* endless(): AsyncGenerator<Buffer> {
        for (let at = 0; at < 256; at += 1) {
          hash.update(megabyte);
          yield Buffer.from(megabyte);
        }
        yield Buffer.from('\n{"a":1}\n');
      }
      const before = process.memoryUsage().arrayBuffers;
      let highest = 0;
      async function* watched(): AsyncGenerator<Buffer> {
        for await (const chunk of endless()) {
          highest = Math.max(highest, process.memoryUsage().arrayBuffers - before);
          yield chunk;
        }
      }
      const batches: LineBatch[] = [];
      for await (const batch of readNdjson(watched(), { maxLineBytes: 2 * 1024 * 1024 })) batches.push(batch);
      expect(batches).toHaveLength(1);
      expect(batches[0]!.oversize).toEqual([
        { lineNumber: 1, byteOffset: 0, byteLength: 256 * 1024 * 1024, sha256: hash.digest() },
      ]);
      expect(batches[0]!.lines).toMatchObject([{ lineNumber: 2, byteOffset: 256 * 1024 * 1024 + 1 }]);
      expect(highest).toBeLessThan(128 * 1024 * 1024);
    });
  });

  it("passes on the source's error, after what came before", async () => {
    async function* failing(): AsyncGenerator<Buffer> {
      yield Buffer.from("a\nb\n");
      throw new Error("connection reset");
    }
    const texts: string[] = [];
    const reading = async (): Promise<void> => {
      for await (const { lines } of readNdjson(failing(), { batchBytes: 1 })) {
        texts.push(...lines.map(({ bytes: line }) => line.toString()));
      }
    };
    await expect(reading()).rejects.toThrow("connection reset");
    expect(texts).toEqual(["a", "b"]);
  });
});

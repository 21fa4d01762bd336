import { pipeline, type Readable } from "node:stream";
import { parserStream } from "stream-json";
import type { Token } from "stream-json/parser.js";
import type { NdjsonLine, OversizeLine } from "../domain/ndjson-line.ts";
import { EtlError, ExitCode, errorCode } from "../errors.ts";
import { type Entry, EntryWriter } from "./entry-writer.ts";
import { JsonPlace } from "./json-place.ts";
import { BATCH_BYTES, type BatchOptions, LINE_COST, type LineBatch, MAX_LINE_BYTES } from "./line-batch.ts";

/**
 * Reads the resources of a FHIR Bundle (`entry[].resource`) or of a JSON array of any size, each as the line that NDJSON
 * would have held: its source text without the white space between tokens. Numbers keep every digit. Line numbers count
 * the entries from 1; there are no byte offsets. Throws an EtlError JSON_INVALID (exit 76) when the text is not JSON or is
 * neither of the two.
 */
export async function* readJson(
  source: Readable,
  { batchBytes = BATCH_BYTES, maxLineBytes = MAX_LINE_BYTES }: BatchOptions = {},
): AsyncGenerator<LineBatch> {
  let bytesRead = 0;
  source.on("data", (chunk: Buffer) => {
    bytesRead += chunk.length;
  });
  let lines: NdjsonLine[] = [];
  let oversize: OversizeLine[] = [];
  let held = 0;
  let lineNumber = 0;
  for await (const entry of readEntries(source, maxLineBytes)) {
    lineNumber += 1;
    if ("bytes" in entry) lines.push({ lineNumber, byteOffset: null, bytes: entry.bytes });
    else oversize.push({ lineNumber, byteOffset: null, ...entry });
    held += LINE_COST + ("bytes" in entry ? entry.bytes.length : 0);
    if (held < batchBytes) continue;
    yield { lines, oversize, blankCount: 0, bytesRead };
    lines = [];
    oversize = [];
    held = 0;
  }
  yield { lines, oversize, blankCount: 0, bytesRead };
}

async function* readEntries(source: Readable, maxLineBytes: number): AsyncGenerator<Entry> {
  // The callback form joins the streams and hands back the last one; an error of either ends the iteration below.
  const tokens = pipeline(
    source,
    strictUtf8,
    parserStream({ packValues: false, streamValues: true }),
    () => {},
  );
  const place = new JsonPlace();
  let writer: EntryWriter | undefined;
  let kind: "array" | "bundle" | undefined;
  try {
    for await (const token of tokens as AsyncIterable<Token>) {
      if (writer) {
        writer.add(token);
        place.follow(token);
        if (place.depth === writer.depth) {
          yield writer.finish();
          writer = undefined;
        }
        continue;
      }
      kind ??= token.name === "startArray" ? "array" : token.name === "startObject" ? "bundle" : undefined;
      if (kind === undefined) throw notABundle();
      if (startsValue(token) && isEntry(place, kind)) {
        writer = new EntryWriter(place.depth, maxLineBytes);
        writer.add(token);
      }
      place.follow(token);
      // A literal (null, true, false) is one token and leaves the depth as it was.
      if (writer && place.depth === writer.depth) {
        yield writer.finish();
        writer = undefined;
      }
    }
  } catch (error) {
    if (error instanceof EtlError || isSystemError(error)) throw error;
    // The parser's message quotes the text around the fault.
    throw new EtlError("Cannot read the file as JSON: it breaks off or is malformed", {
      code: "JSON_INVALID",
      exitCode: ExitCode.protocol,
      hint: "Nothing of it was loaded. Get the file again, or give NDJSON with the ending .ndjson.",
    });
  }
  if (kind === undefined) throw notABundle();
}

/** The parser puts U+FFFD in place of what is not UTF-8; a claim must not be changed in silence. */
async function* strictUtf8(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  for await (const chunk of source) {
    decoder.decode(chunk, { stream: true });
    yield chunk;
  }
  decoder.decode();
}

function notABundle(): EtlError {
  return new EtlError("Cannot read the file as JSON: it is neither a FHIR Bundle nor an array of resources", {
    code: "JSON_INVALID",
    exitCode: ExitCode.protocol,
    hint: "A .json file holds a Bundle or an array; give newline-delimited JSON the ending .ndjson.",
  });
}

function isSystemError(error: unknown): boolean {
  return /^E[A-Z0-9]+$/.test(errorCode(error) ?? "");
}

function isEntry(place: JsonPlace, kind: "array" | "bundle"): boolean {
  return kind === "array"
    ? place.depth === 1
    : place.depth === 3 &&
        place.keys[0] === "entry" &&
        place.keys[1] === null &&
        place.keys[2] === "resource";
}

function startsValue(token: Token): boolean {
  return (
    token.name === "startObject" ||
    token.name === "startArray" ||
    token.name === "startString" ||
    token.name === "startNumber" ||
    token.name === "nullValue" ||
    token.name === "trueValue" ||
    token.name === "falseValue"
  );
}

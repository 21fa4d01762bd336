import { type Readable, pipeline } from "node:stream";
import { createHash, type Hash } from "node:crypto";
import { parserStream } from "stream-json";
import type { Token } from "stream-json/parser.js";
import type { NdjsonLine, OversizeLine } from "../domain/ndjson-line.ts";
import { EtlError, ExitCode } from "../errors.ts";
import { BATCH_BYTES, type BatchOptions, type LineBatch, MAX_LINE_BYTES } from "./line-batch.ts";

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
    held += "bytes" in entry ? entry.bytes.length : 0;
    if (held < batchBytes) continue;
    yield { lines, oversize, blankCount: 0, bytesRead };
    lines = [];
    oversize = [];
    held = 0;
  }
  yield { lines, oversize, blankCount: 0, bytesRead };
}

type Entry = { readonly bytes: Buffer } | { readonly byteLength: number; readonly sha256: Buffer };

async function* readEntries(source: Readable, maxLineBytes: number): AsyncGenerator<Entry> {
  // The callback form joins the streams and hands back the last one; an error of either ends the iteration below.
  const tokens = pipeline(source, parserStream({ packValues: false, streamValues: true }), () => {});
  const place = new Place();
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
      if (writer && place.depth === writer.depth && token.name.startsWith("end")) {
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

function notABundle(): EtlError {
  return new EtlError("Cannot read the file as JSON: it is neither a FHIR Bundle nor an array of resources", {
    code: "JSON_INVALID",
    exitCode: ExitCode.protocol,
    hint: "A .json file holds a Bundle or an array; give newline-delimited JSON the ending .ndjson.",
  });
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}

function isEntry(place: Place, kind: "array" | "bundle"): boolean {
  return kind === "array" ? place.depth === 1 : place.depth === 3 && place.keys[0] === "entry" && place.keys[2] === "resource";
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

/** Where the parser is: how deep, and under which key on each level. */
class Place {
  depth = 0;
  readonly keys: string[] = [];
  #key: string | undefined;

  follow(token: Token): void {
    switch (token.name) {
      case "startObject":
      case "startArray":
      case "startString":
      case "startNumber":
        this.depth += 1;
        break;
      case "endObject":
      case "endArray":
      case "endString":
      case "endNumber":
        this.depth -= 1;
        this.keys.length = Math.min(this.keys.length, this.depth);
        break;
      case "startKey":
        this.#key = "";
        break;
      case "stringChunk":
        if (this.#key !== undefined && this.#key.length < 64) this.#key += token.value;
        break;
      case "endKey":
        for (let level = this.keys.length; level < this.depth - 1; level += 1) this.keys[level] = "";
        this.keys[this.depth - 1] = this.#key ?? "";
        this.#key = undefined;
        break;
      default:
        break;
    }
  }
}

/** Writes tokens back as compact JSON text, up to the size limit; beyond it only length and hash. */
class EntryWriter {
  readonly depth: number;
  readonly #maxBytes: number;
  #text = "";
  #pieces: Buffer[] = [];
  #byteLength = 0;
  #hash: Hash | undefined;
  #needsComma = false;
  #pendingSurrogate = "";

  constructor(depth: number, maxBytes: number) {
    this.depth = depth;
    this.#maxBytes = maxBytes;
  }

  add(token: Token): void {
    switch (token.name) {
      case "startObject":
        return this.#open("{");
      case "startArray":
        return this.#open("[");
      case "endObject":
        return this.#close("}");
      case "endArray":
        return this.#close("]");
      case "startKey":
      case "startString":
        return this.#open('"');
      case "stringChunk":
        return this.#chunk(token.value);
      case "endKey":
        this.#chunk("", true);
        this.#put('":');
        this.#needsComma = false;
        return;
      case "endString":
        this.#chunk("", true);
        return this.#close('"');
      case "startNumber":
        return this.#open("");
      case "numberChunk":
        return this.#put(token.value);
      case "endNumber":
        return this.#close("");
      case "nullValue":
        return this.#value("null");
      case "trueValue":
        return this.#value("true");
      case "falseValue":
        return this.#value("false");
      default:
        return;
    }
  }

  finish(): Entry {
    this.#flush();
    if (this.#hash) return { byteLength: this.#byteLength, sha256: this.#hash.digest() };
    return { bytes: Buffer.concat(this.#pieces) };
  }

  #open(text: string): void {
    this.#put(this.#needsComma ? `,${text}` : text);
    this.#needsComma = false;
  }

  #close(text: string): void {
    this.#put(text);
    this.#needsComma = true;
  }

  #value(text: string): void {
    this.#open(text);
    this.#needsComma = true;
  }

  /** The parser cuts long strings into pieces, perhaps between the halves of a surrogate pair. */
  #chunk(value: string, isLast = false): void {
    let text = this.#pendingSurrogate + value;
    this.#pendingSurrogate = "";
    const last = text.charCodeAt(text.length - 1);
    if (!isLast && last >= 0xd800 && last <= 0xdbff) {
      this.#pendingSurrogate = text.slice(-1);
      text = text.slice(0, -1);
    }
    if (text.length > 0) this.#put(JSON.stringify(text).slice(1, -1));
  }

  #put(text: string): void {
    this.#text += text;
    if (this.#text.length > 65_536) this.#flush();
  }

  #flush(): void {
    const piece = Buffer.from(this.#text, "utf8");
    this.#text = "";
    this.#byteLength += piece.length;
    if (this.#hash) {
      this.#hash.update(piece);
      return;
    }
    this.#pieces.push(piece);
    if (this.#byteLength <= this.#maxBytes) return;
    this.#hash = createHash("sha256");
    for (const letGo of this.#pieces) this.#hash.update(letGo);
    this.#pieces = [];
  }
}

import { createHash, type Hash } from "node:crypto";
import type { Token } from "stream-json/parser.js";

/** A resource as compact JSON text, or, when it is over the size limit, its length and hash. */
export type Entry = { readonly bytes: Buffer } | { readonly byteLength: number; readonly sha256: Buffer };

/** Writes tokens back as compact JSON text, up to the size limit; beyond it only length and hash. */
export class EntryWriter {
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
        this.#open("{");
        break;
      case "startArray":
        this.#open("[");
        break;
      case "endObject":
        this.#close("}");
        break;
      case "endArray":
        this.#close("]");
        break;
      case "startKey":
      case "startString":
        this.#open('"');
        break;
      case "stringChunk":
        this.#chunk(token.value);
        break;
      case "endKey":
        this.#chunk("", true);
        this.#put('":');
        this.#needsComma = false;
        break;
      case "endString":
        this.#chunk("", true);
        this.#close('"');
        break;
      case "startNumber":
        this.#open("");
        break;
      case "numberChunk":
        this.#put(token.value);
        break;
      case "endNumber":
        this.#close("");
        break;
      case "nullValue":
        this.#value("null");
        break;
      case "trueValue":
        this.#value("true");
        break;
      case "falseValue":
        this.#value("false");
        break;
      default:
        break;
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

import { type Instant, parseInstant } from "../domain/instant.ts";

export interface ScannedKey {
  readonly eobId: string | null;
  readonly lastUpdated: Instant | null;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/**
 * Finds the top-level `id` and `meta.lastUpdated` of a JSON object by its bytes, without parsing it, and stops when it has
 * both. It only reads what is plainly there: a key or value with an escape is not found. What it finds is never trusted
 * alone: a line that is not byte for byte what is held is parsed, and the parsed key has to agree.
 */
export function scanKey(line: Buffer): ScannedKey {
  let eobId: string | null = null;
  let lastUpdated: Instant | null = null;
  let depth = 0;
  let isInMeta = false;
  let key: string | undefined;
  for (let at = 0; at < line.length; at += 1) {
    const byte = line[at]!;
    if (byte === QUOTE) {
      const end = endOfString(line, at + 1);
      if (end === -1) break;
      const next = skipSpace(line, end + 1);
      if (line[next] === COLON) {
        key = depth === 1 || (depth === 2 && isInMeta) ? line.toString("latin1", at + 1, end) : undefined;
        at = next;
        continue;
      }
      if (depth === 1 && key === "id") eobId = plainText(line, at + 1, end);
      if (depth === 2 && isInMeta && key === "lastUpdated") {
        lastUpdated = parseInstant(plainText(line, at + 1, end) ?? "") ?? null;
      }
      if (eobId !== null && lastUpdated !== null) break;
      key = undefined;
      at = end;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1;
      if (depth === 2) isInMeta = byte === OPEN_BRACE && key === "meta";
      key = undefined;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
      if (depth < 2) isInMeta = false;
    }
  }
  return { eobId, lastUpdated };
}

/** The index of the quote that ends the string which begins at `from`, or -1. */
function endOfString(line: Buffer, from: number): number {
  for (let end = line.indexOf(QUOTE, from); end !== -1; end = line.indexOf(QUOTE, end + 1)) {
    let backslashes = 0;
    while (line[end - 1 - backslashes] === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return -1;
}

function skipSpace(line: Buffer, from: number): number {
  let at = from;
  while (line[at] === 0x20 || line[at] === 0x09 || line[at] === 0x0d || line[at] === 0x0a) at += 1;
  return at;
}

function plainText(line: Buffer, from: number, to: number): string | null {
  const text = line.toString("utf8", from, to);
  return text.length === 0 || text.includes("\\") || text.includes("\0") || text.includes("\ufffd")
    ? null
    : text;
}

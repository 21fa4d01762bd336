import { createHash } from "node:crypto";
import { isJsonObject, type JsonObject } from "./json-fields.ts";
import { URLS } from "./urls.ts";

/**
 * The sha256 of an EOB's canonical content: keys sorted, no white space, without `meta.lastUpdated` and without the identifiers
 * that AB2D stamps on at export time (top-level `extension[]`). Equal hashes mean the same claim content, whatever was
 * re-delivered. What the omissions leave empty is omitted too.
 */
export function contentSha256(eob: unknown): Buffer {
  const content = isJsonObject(eob) ? claimContent(eob) : eob;
  return createHash("sha256").update(canonicalJson(content)).digest();
}

function claimContent(eob: JsonObject): JsonObject {
  const { meta, extension, ...content } = eob as Record<string, unknown>;
  if (isJsonObject(meta)) {
    const { lastUpdated: _, ...rest } = meta;
    if (Object.keys(rest).length > 0) content.meta = rest;
  } else if (meta !== undefined) {
    content.meta = meta;
  }
  if (Array.isArray(extension)) {
    const rest = extension.filter((entry) => !(isJsonObject(entry) && entry.url === URLS.stampedIdentifier));
    if (rest.length > 0) content.extension = rest;
  } else if (extension !== undefined) {
    content.extension = extension;
  }
  return content;
}

/** An array or object that is being written, and how far. */
interface Frame {
  readonly container: unknown[] | JsonObject;
  /** The sorted keys of an object. */
  readonly keys: readonly string[] | undefined;
  readonly size: number;
  next: number;
}

/** JSON with sorted keys and no white space. Not recursive: a line can nest deeper than the call stack. */
function canonicalJson(root: unknown): string {
  const open: Frame[] = [];
  let json = "";
  let value = root;
  for (;;) {
    if (typeof value === "string") {
      json += quoted(value);
    } else if (Array.isArray(value)) {
      open.push({ container: value, keys: undefined, size: value.length, next: 0 });
      json += "[";
    } else if (isJsonObject(value)) {
      const keys = sorted(Object.keys(value));
      open.push({ container: value, keys, size: keys.length, next: 0 });
      json += "{";
    } else {
      json += String(value);
    }
    let frame = open[open.length - 1];
    while (frame !== undefined && frame.next === frame.size) {
      json += frame.keys ? "}" : "]";
      open.pop();
      frame = open[open.length - 1];
    }
    if (frame === undefined) return json;
    const { container, keys, next } = frame;
    if (next > 0) json += ",";
    if (keys !== undefined) json += quotedKey(keys[next]!);
    value = (container as JsonObject)[keys ? keys[next]! : next];
    frame.next = next + 1;
  }
}

/** Up to as many keys are inserted one by one, which for the handful that an element has takes half the time of `sort()`. */
const FEW_KEYS = 32;

function sorted(keys: string[]): readonly string[] {
  if (keys.length > FEW_KEYS) return keys.sort();
  for (let at = 1; at < keys.length; at += 1) {
    const key = keys[at]!;
    let before = at - 1;
    while (before >= 0 && keys[before]! > key) {
      keys[before + 1] = keys[before]!;
      before -= 1;
    }
    keys[before + 1] = key;
  }
  return keys;
}

/** As many keys are remembered: FHIR has some hundred, a line of another kind any number. */
const MOST_KEYS = 4096;
const quotedKeys = new Map<string, string>();

function quotedKey(key: string): string {
  const known = quotedKeys.get(key);
  if (known !== undefined) return known;
  const text = `${quoted(key)}:`;
  if (quotedKeys.size < MOST_KEYS) quotedKeys.set(key, text);
  return text;
}

// Surrogates in pairs need none; JSON.stringify leaves them as they are.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const MAY_NEED_ESCAPE = /["\\\u0000-\u001f\u007f-\u009f\ud800-\udfff]/;

/** `JSON.stringify` of a string; most need no escape, and joining them is much cheaper. */
function quoted(text: string): string {
  return MAY_NEED_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`;
}

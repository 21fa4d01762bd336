import type { JsonObject } from "./json-fields.ts";
import { Rejection } from "./rejection.ts";

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE]([+-]?\d+))?$/;
const DIGIT = /\d/g;
const MAX_MAGNITUDE = 1e30;
const MAX_EXPONENT = 100;
const MAX_DIGITS = 100;

/**
 * The number under `key` as its digits were received (`3.0` stays `3.0`), for a `numeric` column. `parseEob` hands numbers
 * over as text; text that is no number counts as absent.
 * Throws `Rejection` (`number_invalid`) beyond ±1e30, an exponent of ±100 or 100 digits, and for a number that lost its text.
 */
export function decimalAt(parent: JsonObject | undefined, key: string): string | null {
  const value = parent?.[key];
  if (typeof value === "number") throw new Rejection("number_invalid");
  if (typeof value !== "string") return null;
  const match = JSON_NUMBER.exec(value);
  if (!match) return null;
  const exponent = match[1] === undefined ? 0 : Math.abs(Number(match[1]));
  const digits = value.length <= MAX_DIGITS ? 0 : (value.match(DIGIT)?.length ?? 0);
  if (exponent > MAX_EXPONENT || digits > MAX_DIGITS || Math.abs(Number(value)) > MAX_MAGNITUDE) {
    throw new Rejection("number_invalid");
  }
  return value;
}

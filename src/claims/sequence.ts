import { int4At, type JsonObject } from "./json-fields.ts";
import { Rejection } from "./rejection.ts";

/**
 * The `sequence` of a list element, added to `taken`.
 * Throws `Rejection`: `sequence_missing` when it is no int4 integer, `sequence_duplicate` when it is taken.
 */
export function takeSequence(element: JsonObject, taken: Set<number>): number {
  const sequence = int4At(element, "sequence");
  if (sequence === null) throw new Rejection("sequence_missing");
  if (taken.has(sequence)) throw new Rejection("sequence_duplicate");
  taken.add(sequence);
  return sequence;
}

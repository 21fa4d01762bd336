/**
 * Readers of one field of a parsed JSON object. A value of another JSON type than the one asked for counts as absent, so that
 * no shape of a line can make the mapper throw.
 */
export type JsonObject = Readonly<Record<string, unknown>>;

const NO_OBJECTS: readonly JsonObject[] = [];
const NO_INTEGERS: readonly number[] = [];

/** Whether `value` is a JSON object: not null, not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object under `key`. */
export function objectAt(parent: JsonObject | undefined, key: string): JsonObject | undefined {
  const value = parent?.[key];
  return isJsonObject(value) ? value : undefined;
}

/** The objects in the array under `key`, in order; entries that are no objects are left out. */
export function objectsAt(parent: JsonObject | undefined, key: string): readonly JsonObject[] {
  const value = parent?.[key];
  if (!Array.isArray(value)) return NO_OBJECTS;
  for (let i = 0; i < value.length; i++) {
    if (!isJsonObject(value[i])) return value.filter(isJsonObject);
  }
  return value;
}

/** The string under `key`, as received; an empty one counts as absent. */
export function textAt(parent: JsonObject | undefined, key: string): string | null {
  const value = parent?.[key];
  return typeof value === "string" && value !== "" ? value : null;
}

/** The boolean under `key`. */
export function booleanAt(parent: JsonObject | undefined, key: string): boolean | null {
  const value = parent?.[key];
  return typeof value === "boolean" ? value : null;
}

/** The integer under `key` if PostgreSQL's int4 holds it. */
export function int4At(parent: JsonObject | undefined, key: string): number | null {
  return int4(parent?.[key]);
}

/** The int4 integers in the array under `key`, in order. */
export function int4sAt(parent: JsonObject | undefined, key: string): readonly number[] {
  const values = parent?.[key];
  if (!Array.isArray(values) || values.length === 0) return NO_INTEGERS;
  const integers: number[] = [];
  for (const value of values) {
    const integer = int4(value);
    if (integer !== null) integers.push(integer);
  }
  return integers;
}

function int4(value: unknown): number | null {
  if (typeof value !== "number") return null;
  const integer = value | 0;
  return integer === value ? integer : null;
}

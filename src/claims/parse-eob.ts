/**
 * A number under the key `value` or `valueDecimal`. The number follows JSON's grammar to the letter and the space around it is
 * JSON's own, so that text which is not JSON does not become JSON. A quote inside a string stands behind a backslash, the
 * quote that opens a key never does.
 */
const DECIMAL =
  /"(value(?:Decimal)?)"(?<!\\"value(?:Decimal)?")([ \t\n\r]*:[ \t\n\r]*)(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?=[ \t\n\r]*[,}\]])/g;

/**
 * `JSON.parse` that keeps the digits of every number that goes to a `numeric` column: numbers under the keys `value` and
 * `valueDecimal` become strings as received. Returns `undefined` when `text` is not JSON; a parser's message quotes the text
 * and is dropped.
 */
export function parseEob(text: string): unknown | undefined {
  const kept =
    text.includes('"value"') || text.includes('"valueDecimal"') ? text.replace(DECIMAL, '"$1"$2"$3"') : text;
  try {
    return JSON.parse(kept);
  } catch {
    return undefined;
  }
}

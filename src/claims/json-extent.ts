/** How large a JSON text is once it is parsed. */
export interface JsonExtent {
  /** How deeply its arrays and objects are nested at most. */
  readonly nesting: number;
  /** How many arrays and objects it has, and elements and members beyond the first of each. */
  readonly values: number;
}

/**
 * Measures a JSON text without parsing it. PostgreSQL's parser is recursive and fails on some thousand levels (`stack depth limit
 * exceeded`), where JSON.parse does not; JSON.parse makes of fifteen million bytes of `{},` a gigabyte. Of a text that is no JSON
 * it tells what a parser comes past before it finds that out, or more.
 */
export function jsonExtent(line: Buffer): JsonExtent {
  let depth = 0;
  let nesting = 0;
  let values = 0;
  let isInString = false;
  for (let at = 0; at < line.length; at += 1) {
    const byte = line[at]!;
    if (isInString) {
      if (byte === 0x5c) at += 1;
      else if (byte === 0x22) isInString = false;
    } else if (byte === 0x22) isInString = true;
    else if (byte === 0x2c) values += 1;
    else if (byte === 0x7b || byte === 0x5b) {
      values += 1;
      depth += 1;
      if (depth > nesting) nesting = depth;
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return { nesting, values };
}

/**
 * How deeply the arrays and objects of a JSON text are nested at most. PostgreSQL's parser is recursive and fails on some
 * thousand levels (`stack depth limit exceeded`), where JSON.parse does not.
 */
export function nestingOf(line: Buffer): number {
  let depth = 0;
  let deepest = 0;
  let isInString = false;
  for (let at = 0; at < line.length; at += 1) {
    const byte = line[at]!;
    if (isInString) {
      if (byte === 0x5c) at += 1;
      else if (byte === 0x22) isInString = false;
    } else if (byte === 0x22) isInString = true;
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return deepest;
}

/** The signature, the flags and the length of the header's extension. */
const HEADER_LENGTH = 19;

/** The rows of a buffer in binary COPY format: each its fields, `null` for SQL's null. Ours have no header extension. */
export function copiedRows(copied: Buffer): (Buffer | null)[][] {
  const rows: (Buffer | null)[][] = [];
  let at = HEADER_LENGTH;
  for (;;) {
    const fieldCount = copied.readInt16BE(at);
    at += 2;
    if (fieldCount === -1) return rows;
    const row: (Buffer | null)[] = [];
    for (let field = 0; field < fieldCount; field += 1) {
      const length = copied.readInt32BE(at);
      at += 4;
      row.push(length === -1 ? null : copied.subarray(at, at + length));
      if (length > 0) at += length;
    }
    rows.push(row);
  }
}

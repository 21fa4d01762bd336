/** Bytes for people: `12.3 GB`, or `45 MB` below one. */
export function gigabytes(bytes: number): string {
  if (bytes < 1e9) return `${Math.round(bytes / 1e6).toLocaleString("en-US")} MB`;
  return `${(bytes / 1e9).toLocaleString("en-US", { maximumFractionDigits: bytes < 1e11 ? 1 : 0 })} GB`;
}

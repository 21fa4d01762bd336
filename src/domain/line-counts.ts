/**
 * What became of an NDJSON line. Every line has exactly one outcome:
 * `new` (the EOB was not held), `newer` (it replaced the one held), `unchanged` (byte for byte what is held), `stale` (older
 * than what is held), `duplicate` (another line of the same file won), `excluded` (by policy), `rejected` (kept aside), `blank`.
 */
export type LineOutcome =
  | "new"
  | "newer"
  | "unchanged"
  | "stale"
  | "duplicate"
  | "excluded"
  | "rejected"
  | "blank";

export const LINE_OUTCOMES: readonly LineOutcome[] = [
  "new",
  "newer",
  "unchanged",
  "stale",
  "duplicate",
  "excluded",
  "rejected",
  "blank",
];

/** How many lines had each outcome. */
export type LineCounts = Readonly<Record<LineOutcome, number>>;

export const NO_LINES: LineCounts = {
  new: 0,
  newer: 0,
  unchanged: 0,
  stale: 0,
  duplicate: 0,
  excluded: 0,
  rejected: 0,
  blank: 0,
};

/** The sum of two counts, outcome by outcome. */
export function addLineCounts(a: LineCounts, b: Partial<LineCounts>): LineCounts {
  const sum = { ...a };
  for (const outcome of LINE_OUTCOMES) sum[outcome] += b[outcome] ?? 0;
  return sum;
}

/** All lines, whatever became of them. */
export function totalLines(counts: LineCounts): number {
  return LINE_OUTCOMES.reduce((total, outcome) => total + counts[outcome], 0);
}

import { table } from "../src/commands/table.ts";
import type { Measured } from "./measure.ts";

export interface MeasuredRow {
  readonly label: string;
  readonly median: Measured;
}

export interface MeasuredTable {
  /** For a terminal. */
  readonly text: string;
  readonly markdown: string;
}

export interface MeasuredTableOptions {
  /** Uncompressed bytes of NDJSON that each of them did something with. */
  readonly bytes: number;
  /** What the others' speed is divided by, and its name in the heading. */
  readonly reference: { readonly label: string; readonly name: string };
  /** Leaves out what only those have who write to a server. */
  readonly hasServer: boolean;
}

/** Sets medians as a table: seconds, speed, speed by the reference's, and what it cost. */
export function measuredTable(
  rows: readonly MeasuredRow[],
  { bytes, reference, hasServer }: MeasuredTableOptions,
): MeasuredTable {
  const limit = rows.find(({ label }) => label === reference.label)?.median.seconds;
  const figure = (value: number | undefined, digits: number): string =>
    value === undefined ? "–" : value.toFixed(digits);
  const aGigabyte = (seconds: number | undefined): number | undefined =>
    seconds === undefined ? undefined : (seconds / bytes) * 1e9;
  const megabytes = (size: number | undefined): number | undefined =>
    size === undefined ? undefined : size / 1e6;
  const headings = [
    "",
    "s",
    "MB/s",
    `× ${reference.name}`,
    "client CPU s/GB",
    ...(hasServer ? ["server CPU s/GB"] : []),
    "peak memory MB",
    ...(hasServer ? ["WAL MB"] : []),
  ];
  const cells = rows.map(({ label, median }) => [
    label,
    figure(median.seconds, 1),
    figure(bytes / 1e6 / median.seconds, 1),
    figure(limit === undefined ? undefined : limit / median.seconds, 2),
    figure(aGigabyte(median.clientCpu), 1),
    ...(hasServer ? [figure(aGigabyte(median.serverCpu), 1)] : []),
    figure(megabytes(median.peakBytes), 0),
    ...(hasServer ? [figure(megabytes(median.walBytes), 0)] : []),
  ]);
  const row = (texts: readonly string[]): string => `| ${texts.join(" | ")} |`;
  return {
    text: table(
      headings.map((heading, index) => ({ heading, align: index === 0 ? "left" : "right" })),
      cells,
    ),
    markdown: [
      row(headings),
      row(headings.map((_, index) => (index === 0 ? "---" : "---:"))),
      ...cells.map(([label, ...others]) => row([label!.replaceAll("|", "\\|"), ...others])),
    ].join("\n"),
  };
}

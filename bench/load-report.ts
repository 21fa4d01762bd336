import { cpus } from "node:os";
import { barChart } from "./bar-chart.ts";
import type { BenchServer } from "./bench-server.ts";
import type { ClaimFiles } from "./claim-files.ts";
import { LIMIT } from "./contenders.ts";
import { measuredTable } from "./measured-table.ts";
import type { Raced } from "./race.ts";
import type { TableSize } from "./table-sizes.ts";

export interface LoadReportOptions {
  readonly claims: ClaimFiles;
  readonly files: number;
  readonly rounds: number;
  readonly sizes: readonly TableSize[];
  readonly server: Pick<BenchServer, "description">;
}

/** What a run of the benchmark of loading has to show. */
export interface LoadReport {
  readonly json: object;
  /** An SVG image. */
  readonly chart: string;
  /** For a terminal. */
  readonly text: string;
  /** Markdown by the names of its places in docs/performance.md. */
  readonly blocks: Readonly<Record<string, string>>;
}

/** Contracts by their members: the sandbox's size, and up to the largest. */
const CONTRACT_MEMBERS = [10_000, 100_000, 500_000, 2_000_000, 6_500_000];
/** An estimate; see docs/performance.md. */
const EOBS_A_MEMBER_AND_YEAR = 33;
const YEARS = 6;
/** A nightly window's days: one night's news, and what the overlap down to a Tuesday brings again. */
const WINDOW_DAYS = 8;

export function loadReport(
  raced: readonly Raced[],
  { claims, files, rounds, sizes, server }: LoadReportOptions,
): LoadReport {
  const { bytes, lines } = claims;
  const processors = cpus();
  const what = `${whole(lines)} lines, ${(bytes / 1e6).toFixed(0)} MB in ${files} files (${whole(bytes / lines)} bytes a line); medians of ${rounds} interleaved rounds`;
  const where = `${processors.length} × ${processors[0]?.model.trim() ?? "unknown processor"}, Node ${process.versions.node}, PostgreSQL ${server.description["server_version"]}`;
  const settings = [
    "fsync",
    "synchronous_commit",
    "shared_buffers",
    "max_wal_size",
    "default_toast_compression",
  ]
    .map((name) => `\`${name} = ${server.description[name]}\``)
    .join(", ");
  const reference = { label: LIMIT, name: "limit" };
  const { text, markdown } = measuredTable(raced, { bytes, reference, hasServer: true });
  return {
    json: {
      server: server.description,
      processors: processors.map(({ model }) => model),
      node: process.versions.node,
      megabytes: bytes / 1e6,
      lines,
      files,
      rounds,
      sizes,
      raced,
    },
    chart: chartOf(raced, bytes),
    text: `${what}; ${where}\n\n${text}`,
    blocks: {
      bench: `${what}. ${where}; ${settings}.\n\n${markdown}\n\n![Speeds of first loads](performance.svg)`,
      "bench sizes": tableSizesBlock(sizes, claims),
      "bench contracts": contractsBlock(raced, { claims, sizes }),
    },
  };
}

/** First loads only: what the others do is not the same. */
function chartOf(raced: readonly Raced[], bytes: number): string {
  return barChart(
    "First load of new claims, MB of NDJSON a second",
    raced
      .filter(({ label }) => !/: (rerun|10%)/.test(label))
      .map(({ label, median }) => ({
        label: label.replace(": first load", ""),
        value: bytes / 1e6 / median.seconds,
        isOurs: label.startsWith("ab2d"),
      })),
  );
}

function tableSizesBlock(sizes: readonly TableSize[], { bytes, lines }: ClaimFiles): string {
  const total = totalOf(sizes);
  const texts = sizes[0]!.bytes;
  return [
    "| table | rows a line | bytes a line |",
    "| --- | ---: | ---: |",
    ...sizes.map(
      (size) => `| \`${size.table}\` | ${(size.rows / lines).toFixed(2)} | ${whole(size.bytes / lines)} |`,
    ),
    `| all | | ${whole(total / lines)} |`,
    "",
    `Together ${(total / bytes).toFixed(2)} times the NDJSON, the EOBs as received ${(texts / bytes).toFixed(2)} times, the tables that analysts read ${((total - texts) / bytes).toFixed(2)} times.`,
  ].join("\n");
}

function contractsBlock(
  raced: readonly Raced[],
  { claims, sizes }: Pick<LoadReportOptions, "claims" | "sizes">,
): string {
  const speed = (label: string): number =>
    claims.bytes / (raced.find((one) => one.label === label)?.median.seconds ?? Number.NaN);
  const fresh = speed("ab2d load, 2 loaders: first load");
  const unchanged = speed("ab2d load, 2 loaders: rerun, all lines unchanged");
  const lineBytes = claims.bytes / claims.lines;
  const rows = CONTRACT_MEMBERS.map((members) => {
    const eobs = members * EOBS_A_MEMBER_AND_YEAR * YEARS;
    const nightly = (members * EOBS_A_MEMBER_AND_YEAR * WINDOW_DAYS) / 365;
    const news = nightly / WINDOW_DAYS;
    const seconds = ((nightly - news) * lineBytes) / unchanged + (news * lineBytes) / fresh;
    return [
      members.toLocaleString("en-US"),
      amount(eobs),
      `${size(eobs * 5_000)} to ${size(eobs * 9_000)}`,
      size((eobs * totalOf(sizes)) / claims.lines),
      time((eobs * lineBytes) / fresh),
      amount(nightly),
      time(seconds),
    ];
  });
  return [
    `| members | EOBs of ${YEARS} years | NDJSON | in PostgreSQL | loading them | a night's lines | loading those |`,
    "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...rows.map((cells) => `| ${cells.join(" | ")} |`),
  ].join("\n");
}

function totalOf(sizes: readonly TableSize[]): number {
  return sizes.reduce((sum, { bytes }) => sum + bytes, 0);
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function amount(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)} bn`;
  return count >= 1e6 ? `${(count / 1e6).toFixed(1)} m` : whole(Number(count.toPrecision(2)));
}

function size(bytes: number): string {
  return bytes >= 1e12 ? `${(bytes / 1e12).toFixed(1)} TB` : `${Number((bytes / 1e9).toPrecision(2))} GB`;
}

function time(seconds: number): string {
  if (seconds >= 36 * 3600) return `${(seconds / 86_400).toFixed(1)} days`;
  if (seconds >= 90 * 60) return `${(seconds / 3600).toFixed(1)} h`;
  return seconds >= 90 ? `${(seconds / 60).toFixed(0)} min` : `${seconds.toFixed(0)} s`;
}

// Times the loading of claims against the limit and against what one would write instead: `npm run bench`. See
// docs/performance.md, whose figures `npm run bench -- --docs` writes. On the server of TEST_DATABASE_URL or DATABASE_URL, whose role
// may create databases and checkpoint, or on an embedded one.
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { barChart } from "./bar-chart.ts";
import { type BenchServer, startBenchServer } from "./bench-server.ts";
import { type ClaimFiles, writeClaimFiles } from "./claim-files.ts";
import { contenders, isInstalled, LIMIT } from "./contenders.ts";
import { loadOnce } from "./load-once.ts";
import { measuredTable } from "./measured-table.ts";
import { type Raced, race } from "./race.ts";
import { rewriteBlock } from "./rewrite-block.ts";
import type { TableSize } from "./table-sizes.ts";

const RESULTS = new URL("results/", import.meta.url);
const DOCS = new URL("../docs/", import.meta.url);

const { values } = parseArgs({
  options: {
    megabytes: { type: "string", default: "200" },
    files: { type: "string", default: "10" },
    rounds: { type: "string", default: "3" },
    only: { type: "string", default: "" },
    set: { type: "string", multiple: true, default: [] },
    docs: { type: "boolean", default: false },
  },
});

await main({
  megabytes: Number(values.megabytes),
  files: Number(values.files),
  rounds: Number(values.rounds),
  only: values.only,
  settings: Object.fromEntries(values.set.map((setting) => setting.split("=", 2) as [string, string])),
  writesDocs: values.docs,
});

interface LoadBenchOptions {
  readonly megabytes: number;
  readonly files: number;
  readonly rounds: number;
  /** Only contenders whose name contains this; the limit always takes part. */
  readonly only: string;
  /** Of the embedded server. */
  readonly settings: Readonly<Record<string, string>>;
  readonly writesDocs: boolean;
}

async function main({
  megabytes,
  files,
  rounds,
  only,
  settings,
  writesDocs,
}: LoadBenchOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "ab2d-bench-"));
  const server = await startBenchServer({
    url: process.env["TEST_DATABASE_URL"] ?? process.env["DATABASE_URL"],
    settings,
  });
  try {
    tell(`Writing ${megabytes} MB of claims twice…`);
    const claims = await writeClaimFiles(join(folder, "claims"), { megabytes, files });
    tell("Loading them once, for the rows that psql is to copy…");
    const { ready, sizes } = await loadOnce(claims, { server, folder });
    for (const program of ["psql", "jq"])
      if (!isInstalled(program)) tell(`Without ${program}, which is not installed.`);
    const chosen = contenders(claims, { ready, folder }).filter(
      ({ name }) => name === LIMIT || name.includes(only),
    );
    const raced = await race(chosen, server, {
      rounds,
      onMeasured: (label, { seconds }) => tell(`  ${seconds.toFixed(1).padStart(6)} s  ${label}`),
    });
    const report = reportOf(raced, { claims, files, rounds, sizes, server });
    mkdirSync(RESULTS, { recursive: true });
    writeFileSync(new URL("load.json", RESULTS), `${JSON.stringify(report.json, undefined, 2)}\n`);
    writeFileSync(new URL("load.svg", RESULTS), report.chart);
    if (writesDocs) {
      rewriteBlock(new URL("performance.md", DOCS), "bench", report.markdown);
      rewriteBlock(new URL("performance.md", DOCS), "bench sizes", report.sizes);
      writeFileSync(new URL("performance.svg", DOCS), report.chart);
    }
    process.stdout.write(`${report.text}\n`);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface ReportOptions {
  readonly claims: ClaimFiles;
  readonly files: number;
  readonly rounds: number;
  readonly sizes: readonly TableSize[];
  readonly server: BenchServer;
}

function reportOf(raced: readonly Raced[], { claims, files, rounds, sizes, server }: ReportOptions) {
  const { bytes, lines } = claims;
  const processors = cpus();
  const setting = (name: string): string => `\`${name} = ${server.description[name]}\``;
  const what = `${lines.toLocaleString("en-US")} lines, ${(bytes / 1e6).toFixed(0)} MB in ${files} files (${Math.round(bytes / lines).toLocaleString("en-US")} bytes a line); medians of ${rounds} interleaved rounds`;
  const where = `${processors.length} × ${processors[0]?.model.trim() ?? "unknown processor"}, Node ${process.versions.node}, PostgreSQL ${server.description["server_version"]}`;
  const { text, markdown } = measuredTable(raced, {
    bytes,
    reference: { label: LIMIT, name: "limit" },
    hasServer: true,
  });
  const firstLoads = raced.filter(({ label }) => !/: (rerun|10%)/.test(label));
  const chart = barChart(
    "First load of new claims, MB of NDJSON a second",
    firstLoads.map(({ label, median }) => ({
      label: label.replace(": first load", ""),
      value: bytes / 1e6 / median.seconds,
      isOurs: label.startsWith("ab2d"),
    })),
  );
  const total = sizes.reduce((sum, size) => sum + size.bytes, 0);
  const perClaim = (size: number): string => Math.round(size / lines).toLocaleString("en-US");
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
    chart,
    text: `${what}; ${where}\n\n${text}`,
    markdown: `${what}. ${where}; ${setting("fsync")}, ${setting("synchronous_commit")}, ${setting("shared_buffers")}, ${setting("max_wal_size")}, ${setting("default_toast_compression")}.\n\n${markdown}\n\n![${"Speeds of first loads"}](performance.svg)`,
    sizes: [
      "| table | rows a claim | bytes a claim |",
      "| --- | ---: | ---: |",
      ...sizes.map(
        ({ table, rows, bytes }) => `| \`${table}\` | ${(rows / lines).toFixed(2)} | ${perClaim(bytes)} |`,
      ),
      `| all | | ${perClaim(total)} |`,
      "",
      `That is ${(total / bytes).toFixed(2)} times the NDJSON, of which the EOBs as received are ${perClaim(sizes[0]!.bytes)} bytes (${(sizes[0]!.bytes / bytes).toFixed(2)} times).`,
    ].join("\n"),
  };
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

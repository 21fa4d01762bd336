// Times the loading of claims against the limit and against what else one could do: `npm run bench`. See docs/performance.md.
// On the server of TEST_DATABASE_URL or DATABASE_URL, whose role may create databases and checkpoint, or on an embedded one.
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { table } from "../src/commands/table.ts";
import { createPool } from "../src/postgres/pool.ts";
import { startBenchServer } from "./bench-server.ts";
import { writeClaimFiles } from "./claim-files.ts";
import { contenders, LIMIT } from "./contenders.ts";
import { writeReadyRows } from "./copy-ready-rows.ts";
import { EXPORTED_AT } from "./claim-files.ts";
import { loadFiles } from "./load-files.ts";
import { type Measured, run } from "./measure.ts";
import { type Raced, race } from "./race.ts";

const RESULTS = fileURLToPath(new URL("results/", import.meta.url));

const { values } = parseArgs({
  options: {
    megabytes: { type: "string", default: "200" },
    files: { type: "string", default: "10" },
    rounds: { type: "string", default: "3" },
    only: { type: "string", default: "" },
    set: { type: "string", multiple: true, default: [] },
  },
});

await main({
  megabytes: Number(values.megabytes),
  files: Number(values.files),
  rounds: Number(values.rounds),
  only: values.only,
  settings: Object.fromEntries(values.set.map((setting) => setting.split("=", 2) as [string, string])),
});

interface LoadBenchOptions {
  readonly megabytes: number;
  readonly files: number;
  readonly rounds: number;
  /** Only contenders whose name contains this; the limit always takes part. */
  readonly only: string;
  readonly settings: Readonly<Record<string, string>>;
}

async function main({ megabytes, files, rounds, only, settings }: LoadBenchOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "ab2d-bench-"));
  const server = await startBenchServer({
    url: process.env["TEST_DATABASE_URL"] ?? process.env["DATABASE_URL"],
    settings,
  });
  try {
    tell(`Writing ${megabytes} MB of claims twice…`);
    const claims = await writeClaimFiles(join(folder, "claims"), { megabytes, files });
    tell("Loading them once, for the rows that psql is to copy…");
    const database = await server.freshDatabase();
    await run(
      loadFiles({
        url: database.url,
        files: claims.first,
        exportedAt: EXPORTED_AT.first,
        loaders: 1,
        cwd: folder,
      }),
    );
    const pool = createPool(database.url);
    const ready = await writeReadyRows(join(folder, "rows"), { url: database.url, pool });
    await pool.end();
    await database.drop();
    const chosen = contenders(claims, { ready, cwd: folder }).filter(
      ({ name }) => name === LIMIT || name.includes(only),
    );
    const raced = await race(chosen, server, {
      rounds,
      onMeasured: (label, { seconds }) => tell(`  ${seconds.toFixed(1).padStart(6)} s  ${label}`),
    });
    const report = {
      server: server.description,
      cpus: cpus().map(({ model }) => model),
      megabytes: claims.bytes / 1e6,
      lines: claims.lines,
      files,
      rounds,
      raced,
    };
    mkdirSync(RESULTS, { recursive: true });
    writeFileSync(`${RESULTS}load.json`, `${JSON.stringify(report, undefined, 2)}\n`);
    process.stdout.write(
      `${claims.lines.toLocaleString("en-US")} lines, ${(claims.bytes / 1e6).toFixed(0)} MB in ${files} files; medians of ${rounds} rounds\n\n${resultTable(raced, claims.bytes)}\n`,
    );
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function resultTable(raced: readonly Raced[], bytes: number): string {
  const right = "right" as const;
  const limit = raced.find(({ label }) => label === LIMIT)!.median.seconds;
  const cpu = (seconds: number | undefined): string =>
    seconds === undefined ? "–" : ((seconds / bytes) * 1e9).toFixed(1);
  const cells = (
    label: string,
    { seconds, clientCpu, serverCpu, peakBytes, walBytes }: Measured,
  ): string[] => [
    label,
    seconds.toFixed(1),
    (bytes / 1e6 / seconds).toFixed(1),
    (limit / seconds).toFixed(2),
    cpu(clientCpu),
    cpu(serverCpu),
    peakBytes === undefined ? "–" : (peakBytes / 1e6).toFixed(0),
    (walBytes / 1e6).toFixed(0),
  ];
  return table(
    [
      { heading: "" },
      { heading: "s", align: right },
      { heading: "MB/s", align: right },
      { heading: "× limit", align: right },
      { heading: "client CPU s/GB", align: right },
      { heading: "server CPU s/GB", align: right },
      { heading: "peak MB", align: right },
      { heading: "WAL MB", align: right },
    ],
    raced.map(({ label, median }) => cells(label, median)),
  );
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

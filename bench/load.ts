// Times the loading of claims against the limit and against what one would write instead: `npm run bench`. See
// docs/performance.md, whose figures `npm run bench -- --docs` writes. On the server of TEST_DATABASE_URL or DATABASE_URL, whose role
// may create databases and checkpoint, or on an embedded one.
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startBenchServer } from "./bench-server.ts";
import { writeClaimFiles } from "./claim-files.ts";
import { contenders, isInstalled, LIMIT } from "./contenders.ts";
import { loadOnce } from "./load-once.ts";
import { loadReport } from "./load-report.ts";
import { race } from "./race.ts";
import { rewriteBlock } from "./rewrite-block.ts";

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
    const report = loadReport(raced, { claims, files, rounds, sizes, server });
    mkdirSync(RESULTS, { recursive: true });
    writeFileSync(new URL("load.json", RESULTS), `${JSON.stringify(report.json, undefined, 2)}\n`);
    writeFileSync(new URL("load.svg", RESULTS), report.chart);
    if (writesDocs) {
      const page = new URL("performance.md", DOCS);
      for (const [block, text] of Object.entries(report.blocks)) rewriteBlock(page, block, text);
      writeFileSync(new URL("performance.svg", DOCS), report.chart);
    }
    process.stdout.write(`${report.text}\n`);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

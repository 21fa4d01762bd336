// Times the download of an export's files against curl: `npm run bench:download`. See docs/performance.md, whose figures
// `npm run bench:download -- --docs` writes. The simulator serves both, from a process of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { authenticate } from "../src/ab2d/authenticate.ts";
import { awaitManifest } from "../src/ab2d/await-manifest.ts";
import type { Ab2dOptions } from "../src/ab2d/session.ts";
import { startExport } from "../src/ab2d/start-export.ts";
import { systemClock } from "../src/clock.ts";
import { silentLog } from "../src/log.ts";
import { CONTRACT, writeClaimFiles } from "./claim-files.ts";
import { curlFiles } from "./curl-files.ts";
import type { Job } from "./download-files.ts";
import { type Command, type Measured, measure } from "./measure.ts";
import { measuredTable } from "./measured-table.ts";
import { medianMeasured } from "./median-measured.ts";
import { rewriteBlock } from "./rewrite-block.ts";

const RESULTS = new URL("results/", import.meta.url);
const BUILT = fileURLToPath(new URL("../dist.bench/bench/", import.meta.url));
/** Downloads at once: one, and what the setting has by default. */
const AT_ONCE = [1, 4];

const { values } = parseArgs({
  options: {
    megabytes: { type: "string", default: "400" },
    files: { type: "string", default: "4" },
    rounds: { type: "string", default: "3" },
    docs: { type: "boolean", default: false },
  },
});

await main({
  megabytes: Number(values.megabytes),
  files: Number(values.files),
  rounds: Number(values.rounds),
  writesDocs: values.docs,
});

interface DownloadBenchOptions {
  readonly megabytes: number;
  readonly files: number;
  readonly rounds: number;
  readonly writesDocs: boolean;
}

async function main({ megabytes, files, rounds, writesDocs }: DownloadBenchOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "ab2d-bench-"));
  try {
    tell(`Writing ${megabytes} MB of claims…`);
    const claims = await writeClaimFiles(join(folder, "claims"), { megabytes, files });
    const simulator = await startServing(claims.first, Math.ceil(claims.bytes / files));
    try {
      tell("Exporting them…");
      const job = await exportFrom(simulator.access);
      const raced = await raceDownloads(job, { folder, rounds });
      const bytes = job.files.reduce((sum, { byteLength = 0 }) => sum + byteLength, 0);
      const { text, markdown } = measuredTable(raced, {
        bytes,
        reference: { label: labelOf("curl", 1), name: "curl, 1 at once" },
        hasServer: false,
      });
      const processors = cpus();
      const what = `${job.files.length} files of together ${(bytes / 1e6).toFixed(0)} MB of NDJSON; medians of ${rounds} interleaved rounds; ${processors.length} × ${processors[0]?.model.trim() ?? "unknown processor"}, Node ${process.versions.node}`;
      mkdirSync(RESULTS, { recursive: true });
      writeFileSync(
        new URL("download.json", RESULTS),
        `${JSON.stringify({ bytes, files: job.files.length, rounds, raced }, undefined, 2)}\n`,
      );
      if (writesDocs)
        rewriteBlock(
          new URL("../docs/performance.md", import.meta.url),
          "bench:download",
          `${what}.\n\n${markdown}`,
        );
      process.stdout.write(`${what}\n\n${text}\n`);
    } finally {
      simulator.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Access = Pick<Ab2dOptions, "apiUrl" | "tokenUrl" | "credentials">;

/** Starts the simulator's process. */
async function startServing(
  files: readonly string[],
  rollOverBytes: number,
): Promise<{ readonly access: Access; readonly stop: () => void }> {
  const child = spawn(process.execPath, [`${BUILT}serve-claims.js`, String(rollOverBytes), ...files], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface(child.stdout);
  const [line] = (await once(lines, "line")) as [string];
  return { access: JSON.parse(line) as Access, stop: () => child.stdin.end() };
}

async function exportFrom(access: Access): Promise<Job> {
  const { signal } = new AbortController();
  const session = await authenticate({
    ...access,
    apiVersion: "v2",
    clock: systemClock,
    log: silentLog,
    signal,
  });
  try {
    const started = await startExport(session, { since: "2020-02-13T00:00:00-05:00", until: undefined });
    if (started.kind !== "started") throw new Error("the simulator is busy");
    const { outputFiles } = await awaitManifest(session, started.jobId, { pollInterval: 6 });
    return { ...access, contract: CONTRACT, jobId: started.jobId, files: outputFiles };
  } finally {
    await session.close();
  }
}

function labelOf(who: "ab2d" | "curl", atOnce: number): string {
  return who === "ab2d"
    ? `ab2d's download, ${atOnce} at once`
    : `curl | tee | gunzip | sha256sum, ${atOnce} at once`;
}

async function raceDownloads(
  job: Job,
  { folder, rounds }: { readonly folder: string; readonly rounds: number },
): Promise<
  readonly { readonly label: string; readonly rounds: readonly Measured[]; readonly median: Measured }[]
> {
  const jobPath = join(folder, "job.json");
  writeFileSync(jobPath, JSON.stringify(job), { mode: 0o600 });
  const landing = join(folder, "landing");
  const ours = (atOnce: number): Command => ({
    program: process.execPath,
    args: ["--max-semi-space-size=4", `${BUILT}download-files.js`, jobPath, landing, String(atOnce)],
  });
  const contenders = AT_ONCE.flatMap((atOnce) => [
    { label: labelOf("curl", atOnce), command: () => curlFiles(job, { folder, landing, atOnce }) },
    { label: labelOf("ab2d", atOnce), command: async () => ours(atOnce) },
  ]);
  const results = new Map<string, Measured[]>(contenders.map(({ label }) => [label, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { label, command } of contenders) {
      mkdirSync(landing, { recursive: true });
      const measured = await measure([await command()]);
      tell(`  ${measured.seconds.toFixed(1).padStart(6)} s  ${label}`);
      results.get(label)!.push(measured);
      await rm(landing, { recursive: true });
    }
  }
  return [...results].map(([label, measured]) => ({
    label,
    rounds: measured,
    median: medianMeasured(measured),
  }));
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

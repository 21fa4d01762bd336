import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { asEtlError } from "../../src/as-etl-error.ts";
import type { Clock } from "../../src/clock.ts";
import type { RunSummary } from "../../src/control/summarize-run.ts";
import { type ContractNumber, parseContractNumber } from "../../src/domain/contract-number.ts";
import { ExitCode } from "../../src/errors.ts";
import { sync } from "../../src/pipeline.ts";
import { createPool } from "../../src/postgres/pool.ts";
import type { Fault, SeenRequest } from "../../src/simulator/faults/fault.ts";
import {
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "../../src/simulator/start-simulator.ts";
import { context } from "../support/context.ts";
import { expectChildren, heldClaims, trueClaims } from "../support/held-claims.ts";
import { type JumpingClock, jumpingClock } from "../support/jumping-clock.ts";
import type { CrashDatabase } from "./crash-database.ts";
import type { ProgramCopy, ProgramModules } from "./program-copy.ts";

/** Days by which AB2D's time lies behind ours at first, so that it can pass faster. */
const DAYS_BEHIND = 500;
const SECOND = 1000;

/** The program as it is. */
export const SOURCE: ProgramModules = { sync, createPool, asEtlError };

export interface CrashBenchOptions extends Pick<SimulatorOptions, "seed" | "rollOverBytes" | "maxDownloads"> {
  readonly patients?: number;
  /** Downloads at once. */
  readonly downloads?: number;
  readonly loaders?: number;
  readonly landingDir?: string;
  /** AB2D's time at first. */
  readonly startsAt?: Date;
  /** What `sync` and `heal` run; default: the source as it is. */
  readonly program?: ProgramModules;
  /** Whether the waits of `sync` and `heal` pass at once, in AB2D's time too. */
  readonly waitsPass?: boolean;
}

export interface AnsweredRequest extends SeenRequest {
  readonly status: number;
}

export interface Ended {
  /** `null` for a process that a signal ended. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export interface StartOptions {
  readonly database: CrashDatabase;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** An AB2D whose time stands still until it is told, and what a `sync` against it needs. One database after the other comes to it. */
export interface CrashBench {
  readonly contract: ContractNumber;
  readonly simulator: Simulator;
  readonly clock: JumpingClock;
  readonly landingDir: string;
  /** Downloads at once. */
  readonly downloads: number;
  /** What AB2D answered since `listen` was last called. */
  readonly heard: readonly AnsweredRequest[];
  /** Forgets what was heard, and calls `onRequest` with each request before it is answered. */
  listen(onRequest?: (request: SeenRequest) => void): void;
  /** How AB2D misbehaves from now on. */
  setFaults(faults: readonly (Fault | string)[], options?: { readonly seed?: number }): void;
  /** Starts a `sync` as a process of its own. */
  start(program: ProgramCopy, options: StartOptions): Started;
  /** One `sync` in this process; `program`: of another program than the bench's. */
  sync(
    database: Pick<CrashDatabase, "url">,
    options?: { readonly full?: boolean; readonly program?: ProgramModules },
  ): Promise<RunSummary>;
  /** Undisturbed `sync`s until one has ended well. What a disturbance leaves must be no more than an unfinished run. */
  heal(database: CrashDatabase, options?: { readonly full?: boolean }): Promise<void>;
  /** Everything held is as AB2D had it when the last complete run began: nothing lost, nothing stale, nothing doubled. */
  expectTruth(database: CrashDatabase): Promise<void>;
  end(): Promise<void>;
}

/** Sets a bench up. */
export async function crashBench({
  patients = 6,
  rollOverBytes = 120_000,
  downloads = 3,
  loaders = 2,
  landingDir: wantedLanding,
  startsAt = new Date(Math.floor(Date.now() / SECOND) * SECOND - DAYS_BEHIND * 86_400_000),
  program: ownProgram = SOURCE,
  waitsPass = false,
  ...simulated
}: CrashBenchOptions = {}): Promise<CrashBench> {
  const contract = parseContractNumber("Z0001") as ContractNumber;
  const cwd = await mkdtemp(join(tmpdir(), "ab2d-crash-"));
  const landingDir = wantedLanding ?? join(cwd, "landing");
  const clock = jumpingClock(startsAt);
  const heard: AnsweredRequest[] = [];
  let hear: (request: SeenRequest) => void = () => {};
  const ear: Fault = {
    name: "none",
    summary: "Listens, and writes more files.",
    client: "heals",
    arm: () => ({
      before(request) {
        hear(request);
        return undefined;
      },
      after(reply, request) {
        heard.push({ ...request, status: reply.status });
        return reply;
      },
      batches: split,
    }),
  };
  const simulator = await startSimulator({
    contracts: [{ number: contract, patients }],
    clock,
    jobSeconds: 0,
    rollOverBytes,
    faults: [ear],
    ...simulated,
  });
  const credentialsFile = join(cwd, "credentials");
  await writeFile(credentialsFile, simulator.credentials(contract).base64, { mode: 0o600 });

  const syncHere: CrashBench["sync"] = async ({ url }, { full = false, program = ownProgram } = {}) => {
    // AB2D refuses a poll within five seconds of the last one.
    clock.advance(10 * SECOND);
    const pool = program.createPool(url);
    try {
      const request = {
        contract,
        apiVersion: "v2",
        attestedOn: undefined,
        overlapDays: 1,
        sincePolicy: "run-start",
        apiUrl: simulator.apiUrl,
        tokenUrl: simulator.tokenUrl,
        credentials: simulator.credentials(contract),
        pollInterval: 1,
        landingDir,
        downloads,
        loaders,
        keepLanded: false,
        full,
      } as const;
      return await program.sync(request, context(pool, waitsPass ? { clock: quickClock(clock) } : {}));
    } finally {
      await pool.end();
    }
  };

  return {
    contract,
    simulator,
    clock,
    landingDir,
    downloads,
    heard,
    listen(onRequest = () => {}) {
      heard.length = 0;
      hear = onRequest;
    },
    setFaults(faults, options) {
      simulator.setFaults([ear, ...faults], options);
    },
    start({ nodeArgs }, { database, args = [], env = {} }) {
      clock.advance(10 * SECOND);
      const child = spawn(process.execPath, [...nodeArgs, "sync", contract, "--quiet", ...args], {
        cwd,
        env: {
          PATH: process.env["PATH"] ?? "",
          HOME: cwd,
          DATABASE_URL: database.url,
          AB2D_API_URL: simulator.apiUrl,
          AB2D_TOKEN_URL: simulator.tokenUrl,
          AB2D_CREDENTIALS_FILE: credentialsFile,
          AB2D_POLL_INTERVAL: "1",
          AB2D_LANDING_DIR: landingDir,
          AB2D_DOWNLOADS: String(downloads),
          AB2D_LOADERS: String(loaders),
          ...env,
        },
        stdio: ["ignore", "ignore", "pipe"],
      });
      let stderr = "";
      child.stderr.on("data", (text) => (stderr += text));
      const ended = new Promise<Ended>((resolve, reject) => {
        child.on("error", reject);
        child.on("close", (code, signal) => resolve({ code, signal, stderr }));
      });
      return { child, ended };
    },
    sync: syncHere,
    async heal(database, options) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          const { run } = await syncHere(database, options);
          expect(run).toMatchObject({ state: "complete", gaps: [] });
          return;
        } catch (error) {
          const { exitCode, code } = ownProgram.asEtlError(error);
          if (exitCode !== ExitCode.tryAgainLater || attempt === 5) throw error;
          expect(code).toBe("RUN_LOCKED");
          await database.sessionsGone();
        }
      }
    },
    async expectTruth(database) {
      const [last] = await database.rows<{ exported_at: Date }>(
        "select exported_at from ab2d_etl.watermark where contract_number = $1",
        [contract],
      );
      const bench = { simulator, contract, database };
      expect(await heldClaims(bench, "v2")).toEqual(await trueClaims(bench, "v2", last!.exported_at));
      await expectChildren(bench);
      const left = await database.rows(
        `select 'staged line' from ab2d_etl.staged_line union all select 'touched family' from ab2d_etl.touched_family
        union all select 'file ' || f.state from ab2d_etl.output_file as f join ab2d_etl.run as r using (run_id)
        where r.state = 'complete' and f.state not in ('loaded', 'unobtainable')
        union all select 'open run' from ab2d_etl.run where state = 'open'`,
      );
      expect(left).toEqual([]);
    },
    async end() {
      await simulator.stop();
      await rm(cwd, { recursive: true, force: true });
    },
  };
}

/** The machine's clock, whose waits AB2D lives through in no time. */
function quickClock(server: JumpingClock): Clock {
  let waited = 0;
  return {
    now: () => new Date(Date.now() + waited),
    sleep(milliseconds, signal) {
      waited += milliseconds;
      return server.sleep(milliseconds, signal);
    },
  };
}

const LINES_OF_A_BATCH = 20;

/** A file ends with a batch: smaller ones make more files of few claims. */
async function* split(batches: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const batch of batches) {
    const lines = batch.toString("utf8").split(/(?<=\n)/);
    for (let first = 0; first < lines.length; first += LINES_OF_A_BATCH) {
      yield Buffer.from(lines.slice(first, first + LINES_OF_A_BATCH).join(""));
    }
  }
}

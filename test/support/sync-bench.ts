import { onTestFinished } from "vitest";
import type { RunSummary } from "../../src/control/summarize-run.ts";
import type { ApiVersion } from "../../src/domain/api-version.ts";
import { type ContractNumber, parseContractNumber } from "../../src/domain/contract-number.ts";
import { parseWindowLength } from "../../src/domain/remaining-windows.ts";
import {
  exportSeries,
  type SeriesExportRequest,
  type SeriesSummary,
} from "../../src/pipeline/export-series.ts";
import type { Context } from "../../src/pipeline/land-and-load.ts";
import { type SyncRequest, sync } from "../../src/pipeline.ts";
import {
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "../../src/simulator/start-simulator.ts";
import { context } from "./context.ts";
import { type FreshDatabase, freshDatabase } from "./fresh-database.ts";
import { type JumpingClock, jumpingClock } from "./jumping-clock.ts";
import { temporaryFolder } from "./load-lines.ts";

/** A contract, an AB2D, a database, a landing folder and a clock that all live in the same time. */
export interface SyncBench {
  readonly contract: ContractNumber;
  readonly simulator: Simulator;
  readonly database: FreshDatabase;
  readonly clock: JumpingClock;
  readonly landingDir: string;
  request(overrides?: Partial<SyncRequest>): SyncRequest;
  sync(overrides?: Partial<SyncRequest>, contextOverrides?: Partial<Context>): Promise<RunSummary>;
  backfill(
    overrides?: Partial<SeriesExportRequest>,
    contextOverrides?: Partial<Context>,
  ): Promise<SeriesSummary>;
  reconcile(
    overrides?: Partial<SeriesExportRequest>,
    contextOverrides?: Partial<Context>,
  ): Promise<SeriesSummary>;
  /** The claims of the simulator, now or as they were at an instant, and of the database, to be compared. */
  compare(version?: ApiVersion, at?: Date): Promise<{ readonly held: unknown; readonly truth: unknown }>;
}

const DAY = 86_400_000;

export interface SyncBenchOptions extends Omit<SimulatorOptions, "clock" | "contracts"> {
  readonly patients?: number;
  readonly files?: readonly string[];
  readonly startsAt?: string;
  /** The attestation date that AB2D knows; the bench does not tell the pipeline. */
  readonly attestedOn?: string;
  /** The day for which the planted members' stories are told; absent: there are none. */
  readonly plantedOn?: string;
  /** Default 1, as in production. */
  readonly maxParallelJobs?: number;
}

/** Sets a bench up. Its time stands still but for sleeps, which take none of ours. */
export async function syncBench({
  patients = 12,
  files,
  startsAt = "2026-11-06T09:00:00Z",
  attestedOn,
  plantedOn,
  maxParallelJobs = 1,
  ...options
}: SyncBenchOptions = {}): Promise<SyncBench> {
  const contract = parseContractNumber("Z0001") as ContractNumber;
  const clock = jumpingClock(new Date(startsAt));
  const simulator = await startSimulator({
    contracts: [
      {
        number: contract,
        patients,
        maxParallelJobs,
        ...(files ? { files } : {}),
        ...(attestedOn ? { attestedOn } : {}),
        ...(plantedOn ? { plantedOn } : {}),
      },
    ],
    clock,
    jobSeconds: 20,
    ...options,
  });
  onTestFinished(() => simulator.stop());
  const database = await freshDatabase();
  const landingDir = await temporaryFolder();
  const request = (overrides: Partial<SyncRequest> = {}): SyncRequest => ({
    contract,
    apiVersion: "v2",
    attestedOn: undefined,
    overlapDays: 1,
    sincePolicy: "run-start",
    apiUrl: simulator.apiUrl,
    tokenUrl: simulator.tokenUrl,
    credentials: simulator.credentials(contract),
    pollInterval: 30,
    landingDir,
    downloads: 3,
    loaders: 2,
    keepLanded: false,
    ...overrides,
  });
  return {
    contract,
    simulator,
    database,
    clock,
    landingDir,
    request,
    sync: (overrides, contextOverrides) =>
      sync(request(overrides), context(database.pool, { clock, ...contextOverrides })),
    backfill: (overrides, contextOverrides) =>
      exportSeries(
        {
          ...request(),
          command: "backfill",
          attestedOn: "2020-01-01",
          length: parseWindowLength("P3M"),
          ...overrides,
        },
        context(database.pool, { clock, ...contextOverrides }),
      ),
    reconcile: (overrides, contextOverrides) =>
      exportSeries(
        { ...request(), command: "reconcile", ...overrides },
        context(database.pool, { clock, ...contextOverrides }),
      ),
    async compare(version = "v2", at = clock.now()) {
      const held = await database.rows<{ eob_id: string; is_current: boolean; last_updated: Date }>(
        "select eob_id, is_current, last_updated from ab2d.claim_version where source_system = $1 order by eob_id",
        [version === "v3" ? "idr" : "ccw"],
      );
      const truth = [...simulator.population(contract, at).claims[version]]
        .map(({ eobId, isCurrent, lastUpdated }) => ({
          eob_id: eobId,
          is_current: isCurrent,
          last_updated: lastUpdated,
        }))
        .sort((a, b) => (a.eob_id < b.eob_id ? -1 : 1));
      return { held, truth };
    },
  };
}

/** Milliseconds of `count` days. */
export function days(count: number): number {
  return count * DAY;
}

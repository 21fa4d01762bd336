import type { Clock } from "../clock.ts";
import type { ApiVersion } from "../domain/api-version.ts";
import type { Log } from "../log.ts";
import type { ClaimSource } from "./claim-source.ts";
import type { ExportJob } from "./export-job.ts";
import type { ArmedFaults } from "./faults/arm-faults.ts";
import type { SeenRequest } from "./faults/fault.ts";
import type { Random } from "./random.ts";

/** A contract that the simulator serves, with its one credential. */
export interface ServedContract {
  readonly number: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** ISO date. */
  readonly attestedOn: string;
  readonly maxParallelJobs: number;
  readonly source: ClaimSource;
}

export interface IssuedToken {
  readonly contract: ServedContract;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** The server's state, which every handler is given. */
export interface Simulation {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly contracts: ReadonlyMap<string, ServedContract>;
  readonly tokens: Map<string, IssuedToken>;
  /** In the order of their creation. */
  readonly jobs: Map<string, ExportJob>;
  readonly settings: SimulationSettings;
  /** A folder of the simulator's own, for output files. */
  readonly folder: string;
  /** Aborts when the simulator stops. */
  readonly signal: AbortSignal;
  faults: ArmedFaults;
  /** Sets the server's clock forward by so many days, whole or not, where its owner lets clients do that. */
  readonly onAdvance: ((days: number) => void) | undefined;
}

export interface SimulationSettings {
  readonly jobSeconds: number;
  readonly tokenSeconds: number;
  readonly sinceDatetime: boolean;
  readonly rollOverBytes: number;
  readonly maxDownloads: number;
  readonly fileHours: number;
  readonly v3AllowList: readonly string[] | "all";
}

/** An authorised request to a versioned path. */
export interface ApiRequest {
  readonly method: string;
  /** Path and query as received. */
  readonly url: string;
  readonly apiVersion: ApiVersion;
  /** What follows `/api/vN/fhir/`, decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly contract: ServedContract;
  /** Scheme and host as the client sees them, from `Host` and `X-Forwarded-Proto`. */
  readonly origin: string;
  readonly seen: SeenRequest;
}

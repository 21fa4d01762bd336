import type { ApiVersion } from "../domain/api-version.ts";
import type { Population } from "./population.ts";
import type { ServiceDateRange } from "./type-filter.ts";

/** Which claims a job exports. Instants are epoch milliseconds. */
export interface ExportWindow {
  readonly apiVersion: ApiVersion;
  /** The job's creation: claims are exported as they are then, and stamped with the MBIs of then. */
  readonly asOf: number;
  /** Only claims updated later than this. */
  readonly after: number | undefined;
  /** Only claims updated then or earlier. */
  readonly until: number | undefined;
  /** Only claims with a day of service in all of these. */
  readonly serviceDates: readonly ServiceDateRange[];
  /** Only these claims; absent: all. */
  readonly delivers?: (claim: ClaimOfMember) => boolean;
}

/** A claim, and whose it is. */
export interface ClaimOfMember {
  /** The number behind `Patient/` in V1 and V2 (of served files: in the line), whatever the version asked for. */
  readonly member: string;
  /** First and last day of service, `YYYY-MM-DD`. */
  readonly serviceFrom: string;
  readonly serviceTo: string;
}

/** Where a contract's claims come from. */
export interface ClaimSource {
  /** What a client that asked for everything would hold at `instant` (epoch milliseconds), of the claims that AB2D delivers then (absent: all). */
  population(instant: number, delivers?: (claim: ClaimOfMember) => boolean): Population;
  /**
   * The NDJSON lines inside `window`: one buffer a batch of beneficiaries, whose claims are never in two batches.
   * A batch with nothing to export is left out.
   */
  batches(window: ExportWindow): AsyncGenerator<Buffer>;
}

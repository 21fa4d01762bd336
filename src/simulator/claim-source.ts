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
}

/** Where a contract's claims come from. */
export interface ClaimSource {
  /** What a client that asked for everything would hold at `instant` (epoch milliseconds). */
  population(instant: number): Population;
  /**
   * The NDJSON lines inside `window`: one buffer a batch of beneficiaries, whose claims are never in two batches.
   * A batch with nothing to export is left out.
   */
  batches(window: ExportWindow): AsyncGenerator<Buffer>;
}

import type { ApiVersion } from "./api-version.ts";
import type { ContractNumber } from "./contract-number.ts";
import type { Instant } from "./instant.ts";

/** Where the lines of a file come from: what staging and merging have to know of it. */
export interface FileOrigin {
  readonly outputFileId: number;
  readonly runId: number;
  readonly contractNumber: ContractNumber;
  readonly apiVersion: ApiVersion;
  /** The start of the export; `MINUS_INFINITY` for a stray file of unknown age. */
  readonly exportedAt: Instant;
}

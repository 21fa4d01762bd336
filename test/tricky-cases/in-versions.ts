import type { RunSummary } from "../../src/control/summarize-run.ts";
import {
  API_VERSIONS,
  type ApiVersion,
  type SourceSystem,
  sourceSystemOf,
} from "../../src/domain/api-version.ts";
import { type EobOptions, eob } from "../support/eob.ts";
import { type FreshDatabase, freshDatabase } from "../support/fresh-database.ts";
import { type LoadLinesOptions, loadContents, loadLines } from "../support/load-lines.ts";

/** A database of a case's own, and how to bring it EOBs of one version of the API. */
export interface VersionBench {
  readonly version: ApiVersion;
  readonly source: SourceSystem;
  readonly database: FreshDatabase;
  /** An EOB of the version. */
  eob(options?: Omit<EobOptions, "version">): Record<string, unknown>;
  /** The id that `eob` gives to the claim of this id. */
  idOf(claimId: string, type?: EobOptions["type"]): string;
  load(lines: readonly unknown[], options?: LoadLinesOptions): Promise<RunSummary>;
  loadFiles(contents: Parameters<typeof loadContents>[1], options?: LoadLinesOptions): Promise<RunSummary>;
  rows: FreshDatabase["rows"];
}

/** Both versions whose claims have groups. */
export const CCW_VERSIONS = ["v1", "v2"] as const;

/** Runs a case in every version of the API, each with a fresh database. A failure says in which. */
export function inEveryVersion(doing: (bench: VersionBench) => Promise<void>): Promise<void> {
  return inVersions(API_VERSIONS, doing);
}

/** Runs a case in some versions of the API, each with a fresh database. A failure says in which. */
export async function inVersions(
  versions: readonly ApiVersion[],
  doing: (bench: VersionBench) => Promise<void>,
): Promise<void> {
  for (const version of versions) {
    const database = await freshDatabase();
    try {
      await doing(benchOf(version, database));
    } catch (error) {
      if (error instanceof Error) error.message = `In ${version}: ${error.message}`;
      throw error;
    }
  }
}

function benchOf(version: ApiVersion, database: FreshDatabase): VersionBench {
  return {
    version,
    source: sourceSystemOf(version),
    database,
    eob: (options) => eob({ ...options, version }),
    idOf: (claimId, type = "outpatient") => (version === "v3" ? claimId : `${type}-${claimId}`),
    load: (lines, options) => loadLines(database, lines, { apiVersion: version, ...options }),
    loadFiles: (contents, options) => loadContents(database, contents, { apiVersion: version, ...options }),
    rows: database.rows,
  };
}

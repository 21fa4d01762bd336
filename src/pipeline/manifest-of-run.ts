import type { Manifest } from "../ab2d/read-manifest.ts";
import type { LedgerRun } from "../control/runs.ts";

/** Whether every file is of the run's contract: AB2D's file names begin with it. */
export function isOfContract({ outputFiles, errorFiles }: Manifest, run: LedgerRun): boolean {
  return [...outputFiles, ...errorFiles].every(({ name }) =>
    name.toUpperCase().startsWith(`${run.contractNumber}_`),
  );
}

/** Whether the manifest is of an export of what the run wants: its version, its window, and everything in it. */
export function asksForSame({ requested }: Manifest, run: LedgerRun): boolean {
  return (
    (requested.apiVersion === undefined || requested.apiVersion === run.apiVersion) &&
    !requested.asksForMore &&
    sameInstant(requested.since, run.requestedSince) &&
    sameInstant(requested.until, run.requestedUntil)
  );
}

function sameInstant(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return new Date(a).getTime() === new Date(b).getTime();
}

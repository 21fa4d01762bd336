import type { ApiVersion } from "../domain/api-version.ts";
import {
  addChanges,
  type ChangeColumns,
  changesIn,
  type FingerprintChanges,
} from "../domain/fingerprint-changes.ts";
import { EtlError, ExitCode } from "../errors.ts";
import type { Transaction } from "../postgres/transaction.ts";
import { claimCopy } from "./claim-copy.ts";
import { mapEob } from "./map-eob.ts";
import { parseEob } from "./parse-eob.ts";

/** EOBs read back at once: at 10 kB each some MB. */
const REMAPPED_AT_ONCE = 200;

/** What became of claim versions, as counts. */
export interface ResolvedFamilies {
  /** Current before, no longer. */
  readonly demoted: number;
  /** Current now, not before. */
  readonly promoted: number;
  /** What this adds to the sums over the tables' rows. */
  readonly changes: FingerprintChanges;
}

/**
 * Chooses the current version of every family that is staged under `outputFileId`, gives its rows below the header to those that
 * became current and takes them from those that no longer are. Memory: one id a changed version, and some stored EOBs.
 * Throws an EtlError STORED_EOB_NOT_MAPPABLE (exit 70) when the mapper no longer takes a stored EOB for a claim.
 */
export async function resolveFamilies(outputFileId: number, tx: Transaction): Promise<ResolvedFamilies> {
  const file = { output_file_id: outputFileId };
  const demoted = await tx.run<Changed>("claims/demote_superseded", file);
  if (demoted.length > 0)
    await tx.run("claims/remove_children", { eob_ids: demoted.map((row) => row.eob_id) });
  const placed = await tx.run<Changed & { readonly is_promoted: boolean }>("claims/promote_current", file);
  const promoted = placed.filter((row) => row.is_promoted);
  for (let from = 0; from < promoted.length; from += REMAPPED_AT_ONCE) {
    await mapAgain(
      promoted.slice(from, from + REMAPPED_AT_ONCE).map((row) => row.eob_id),
      tx,
    );
  }
  return {
    demoted: demoted.length,
    promoted: promoted.length,
    changes: addChanges(changesIn(demoted), changesIn(placed)),
  };
}

interface Changed extends ChangeColumns {
  readonly eob_id: string;
}

interface StoredResource {
  readonly eob_id: string;
  readonly api_version: ApiVersion;
  readonly resource: string;
  readonly is_awaited: boolean;
}

async function mapAgain(eobIds: readonly string[], tx: Transaction): Promise<void> {
  const copy = claimCopy();
  for (const stored of await tx.run<StoredResource>("claims/stored_resources", { eob_ids: eobIds })) {
    const mapped = mapEob(parseEob(stored.resource), { apiVersion: stored.api_version });
    // A repair has marked it: its rows come with its line.
    if (stored.is_awaited && mapped.kind !== "claim") continue;
    if (mapped.kind !== "claim") {
      throw new EtlError(
        "Cannot map a stored EOB again: this version of the program no longer takes it for a claim",
        {
          code: "STORED_EOB_NOT_MAPPABLE",
          exitCode: ExitCode.invariantBroken,
          hint: "Nothing of the transaction was kept. Please report this with the versions of the program before and after.",
        },
      );
    }
    copy.addChildren(mapped.children);
  }
  await copy.send(tx);
}

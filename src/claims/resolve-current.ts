import type { ApiVersion } from "../domain/api-version.ts";
import { EtlError, ExitCode } from "../errors.ts";
import type { Transaction } from "../postgres/transaction.ts";
import { claimCopy } from "./claim-copy.ts";
import { mapEob } from "./map-eob.ts";
import { parseEob } from "./parse-eob.ts";

/** Loaders side by side resolve one after the other: a later one sees what an earlier one committed. */
const RESOLUTION_LOCK = 4_802_002;
/** EOBs read back at once: at 10 kB each some MB. */
const REMAPPED_AT_ONCE = 200;

/**
 * Chooses the current version of every family that the file touched, gives its rows below the header to those that became
 * current and takes them from those that no longer are, and merges the file's MBIs. The last thing a file's transaction does
 * to claims: it takes the resolution lock, which is held until the commit.
 */
export async function resolveCurrent(outputFileId: number, tx: Transaction): Promise<void> {
  const file = { output_file_id: outputFileId };
  await tx.execute("select pg_advisory_xact_lock($1)", [RESOLUTION_LOCK]);
  const demoted = await tx.run<{ eob_id: string }>("claims/demote_superseded", file);
  if (demoted.length > 0)
    await tx.run("claims/remove_children", { eob_ids: demoted.map((row) => row.eob_id) });
  const promoted = await tx.run<{ eob_id: string }>("claims/promote_current", file);
  for (let from = 0; from < promoted.length; from += REMAPPED_AT_ONCE) {
    await mapAgain(
      promoted.slice(from, from + REMAPPED_AT_ONCE).map((row) => row.eob_id),
      tx,
    );
  }
  await tx.run("claims/touch_beneficiaries", file);
  await tx.run("claims/merge_mbis", file);
  await tx.run("claims/demote_mbis", file);
  await tx.run("claims/promote_mbis", file);
  await tx.run("claims/describe_beneficiaries", file);
}

interface StoredResource {
  readonly eob_id: string;
  readonly api_version: ApiVersion;
  readonly resource: string;
}

async function mapAgain(eobIds: readonly string[], tx: Transaction): Promise<void> {
  const copy = claimCopy();
  for (const stored of await tx.run<StoredResource>("claims/stored_resources", { eob_ids: eobIds })) {
    const mapped = mapEob(parseEob(stored.resource), { apiVersion: stored.api_version });
    if (mapped.kind !== "claim") {
      throw new EtlError(
        "Cannot map a stored EOB again: this version of the program no longer takes it for a claim",
        {
          code: "STORED_EOB_NOT_MAPPABLE",
          exitCode: ExitCode.invariantBroken,
          hint: "Nothing of the file was loaded. Please report this with the versions of the program before and after.",
        },
      );
    }
    copy.addChildren(mapped.children);
  }
  await copy.send(tx);
}

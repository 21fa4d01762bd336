import { instantOf } from "../../domain/instant.ts";
import { planByIndex } from "../../postgres/plan-by-index.ts";
import type { Transaction } from "../../postgres/transaction.ts";
import { claimCopy } from "../claim-copy.ts";
import { keepFilesWaiting } from "../loading-lock.ts";
import { awaitResolution } from "../resolution-lock.ts";
import { resolveFamilies } from "../resolve-families.ts";
import type { RowDifference } from "./compare-rows.ts";
import { type ComparedBatch, compareStored } from "./compare-stored.ts";

/** Families, and beneficiaries, put right at once: bounds the memory here and on the server. */
const AT_ONCE = 2_000;

/** What a repair did, as counts. */
export interface Repair {
  /** EOBs whose text is lost or not the one that was loaded: they wait for their line. */
  readonly awaited: number;
  /** Headers, and claims with rows below the header, that were written anew. */
  readonly headers: number;
  readonly claims: number;
  /** Claims given back to the contract of the file that brought them. */
  readonly held_again: number;
  readonly families: number;
}

/**
 * Derives the claims tables anew from the stored EOBs where they differ, then the contracts of claims that none holds, the current
 * versions, the current MBIs, patients and service dates. Never makes an identifier or a text of an EOB up: what is lost of these has
 * to be delivered again, and waits for it. Nobody loads meanwhile: files wait for the end of the transaction.
 */
export async function repairClaims(tx: Transaction): Promise<Repair> {
  await keepFilesWaiting(tx);
  await awaitResolution(tx);
  await tx.run("repair/clear_leftovers");
  const count = async (name: string): Promise<number> =>
    (await tx.run<{ count: number }>(`repair/${name}`))[0]?.count ?? 0;
  await tx.run("repair/remove_strays", { with_holdings: false });
  let awaited = (await count("await_edited")) + (await count("await_lost"));
  let headers = 0;
  let claims = 0;
  const wrongIds: { readonly eobId: string; readonly itsId: string }[] = [];
  await planByIndex(tx);
  for await (const batch of compareStored(tx)) {
    for (const [eobId, { itsId }] of batch.stored) if (itsId !== undefined) wrongIds.push({ eobId, itsId });
    const rewritten = await rewrite(batch, tx);
    awaited += rewritten.awaited;
    headers += rewritten.headers;
    claims += rewritten.claims;
  }
  for (const { eobId, itsId } of wrongIds) await giveBackId(eobId, itsId, tx);
  await tx.execute("set local enable_seqscan = on");
  await tx.execute("set local enable_hashjoin = on");
  await tx.execute("set local enable_mergejoin = on");
  await tx.run("repair/remove_strays", { with_holdings: true });
  const heldAgain = await count("hold_again");
  await tx.run("repair/forget_provenance");
  const families = await putFamiliesRight(tx);
  await putBeneficiariesRight(tx);
  return { awaited, headers, claims, held_again: heldAgain, families };
}

/** Writes the rows of a batch that differ anew. */
async function rewrite(
  { stored, differences }: ComparedBatch,
  tx: Transaction,
): Promise<Pick<Repair, "awaited" | "headers" | "claims">> {
  const idsOf = (wanted: (difference: RowDifference) => boolean): string[] => [
    ...new Set(differences.filter(wanted).map(({ eobId }) => eobId)),
  ];
  const awaited = idsOf(
    ({ table, eobId }) => table === "ab2d_etl.eob" && stored.get(eobId)?.itsId === undefined,
  );
  const headers = idsOf(({ table }) => table === "ab2d.claim_version");
  const ofHeaders = new Set(headers);
  const below = idsOf(({ table, eobId }) => table !== "ab2d_etl.eob" && !ofHeaders.has(eobId));
  if (awaited.length > 0) await tx.run("repair/await_texts", { eob_ids: awaited });
  if (headers.length > 0) await tx.run("repair/remove_versions", { eob_ids: headers });
  if (headers.length + below.length > 0)
    await tx.run("claims/remove_children", { eob_ids: [...headers, ...below] });
  const copy = claimCopy();
  const now = instantOf(new Date());
  for (const eobId of headers) {
    const { claim, contentSha256, firstSeenAt, supersededAt } = stored.get(eobId) ?? {};
    if (claim === undefined || contentSha256 === undefined) continue;
    copy.addVersion({
      ...claim.header,
      // Its family is put right afterwards, which gives it its place and its rows.
      is_current: false,
      version_number: 0,
      content_sha256: contentSha256,
      first_seen_at: firstSeenAt ?? now,
      superseded_at: supersededAt ?? null,
    });
  }
  for (const eobId of below) {
    const held = stored.get(eobId);
    if (held?.claim !== undefined && held.isCurrent === true) copy.addChildren(held.claim.children);
  }
  await copy.send(tx);
  return { awaited: awaited.length, headers: headers.length, claims: below.length };
}

/** An EOB with another id than its text has: where that place is free, or held by a stand-in, it goes there. */
async function giveBackId(eobId: string, itsId: string, tx: Transaction): Promise<void> {
  await tx.run("repair/remove_stand_in", { eob_id: itsId, is_copy: false });
  const [renamed] = await tx.run<{ count: number }>("repair/rename_eob", {
    eob_id: eobId,
    its_id: itsId,
  });
  if (renamed?.count === 0) await tx.run("repair/remove_stand_in", { eob_id: eobId, is_copy: true });
}

async function putFamiliesRight(tx: Transaction): Promise<number> {
  const [touched] = await tx.run<{ part_count: number; family_count: number }>("repair/touch_families", {
    families_at_once: AT_ONCE,
  });
  await planByIndex(tx);
  for (let part = 1; part <= (touched?.part_count ?? 0); part += 1) await resolveFamilies(-part, tx);
  await tx.run("claims/clear_contract");
  await tx.run("repair/clear_superseded");
  return touched?.family_count ?? 0;
}

async function putBeneficiariesRight(tx: Transaction): Promise<void> {
  await tx.run("repair/remove_foreign_identifiers");
  await tx.run("repair/remove_foreign_patients");
  await tx.run("repair/remove_foreign_spans");
  await tx.run("repair/unmark_mbis");
  const [touched] = await tx.run<{ part_count: number }>("repair/touch_beneficiaries", {
    beneficiaries_at_once: AT_ONCE,
  });
  for (let part = 1; part <= (touched?.part_count ?? 0); part += 1) {
    const file = { output_file_id: -part };
    for (const step of ["demote_mbis", "promote_mbis", "describe_beneficiaries"])
      await tx.run(`claims/${step}`, file);
  }
  await tx.run("claims/clear_contract");
}

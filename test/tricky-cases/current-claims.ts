import type { FreshDatabase } from "../support/fresh-database.ts";

/** The claims that analysts see, by id. */
export async function currentIds({ rows }: Pick<FreshDatabase, "rows">): Promise<readonly string[]> {
  const claims = await rows<{ eob_id: string }>("select eob_id from ab2d.claim order by eob_id");
  return claims.map(({ eob_id }) => eob_id);
}

/** The claims that have lines or diagnoses, by id: always the same as those that are seen. */
export async function claimsWithRows({ rows }: Pick<FreshDatabase, "rows">): Promise<readonly string[]> {
  const found = await rows<{ eob_id: string }>(
    "select eob_id from ab2d.claim_line union select eob_id from ab2d.claim_diagnosis order by eob_id",
  );
  return found.map(({ eob_id }) => eob_id);
}

import { type ApiVersion, type SourceSystem, sourceSystemOf } from "../domain/api-version.ts";
import type { ContractNumber } from "../domain/contract-number.ts";
import type { Transaction } from "../postgres/transaction.ts";

/**
 * Makes sure that a contract is in the ledger. A contract seen for the first time starts with the source system of
 * `apiVersion` as its active one; `attestedOn` (`YYYY-MM-DD`) and `contractName` are kept up to date when they are known.
 */
export async function registerContract(
  contract: ContractNumber,
  {
    apiVersion,
    attestedOn,
    contractName,
  }: {
    readonly apiVersion: ApiVersion;
    readonly attestedOn?: string | undefined;
    readonly contractName?: string | undefined;
  },
  tx: Transaction,
): Promise<SourceSystem> {
  await tx.db
    .insertInto("ab2d.contract")
    .values({
      contract_number: contract,
      active_source_system: sourceSystemOf(apiVersion),
      attested_on: attestedOn ?? null,
      contract_name: contractName ?? null,
    })
    .onConflict((conflict) =>
      conflict.column("contract_number").doUpdateSet((eb) => ({
        attested_on: eb.fn.coalesce("excluded.attested_on", "ab2d.contract.attested_on"),
        contract_name: eb.fn.coalesce("excluded.contract_name", "ab2d.contract.contract_name"),
      })),
    )
    .execute();
  const { active_source_system } = await tx.db
    .selectFrom("ab2d.contract")
    .select("active_source_system")
    .where("contract_number", "=", contract)
    .executeTakeFirstOrThrow();
  return active_source_system as SourceSystem;
}

/** The contract's attestation date (`YYYY-MM-DD`) as last told; `undefined` where it never was. */
export async function attestationDate(
  contract: ContractNumber,
  tx: Transaction,
): Promise<string | undefined> {
  const row = await tx.db
    .selectFrom("ab2d.contract")
    .select((eb) => eb.cast<string | null>("attested_on", "text").as("attested_on"))
    .where("contract_number", "=", contract)
    .executeTakeFirst();
  return row?.attested_on ?? undefined;
}

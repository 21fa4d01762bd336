import { type ContractNumber, parseContractNumber } from "../../src/domain/contract-number.ts";
import { type FreshDatabase, freshDatabase } from "./fresh-database.ts";
import { type LoadLinesOptions, loadLines } from "./load-lines.ts";

export const OTHER_CONTRACT = parseContractNumber("Z8888") as ContractNumber;

/** A database of the test's own, with loads that are sure to reject nothing. */
export interface ViewBench extends FreshDatabase {
  load(lines: readonly unknown[], options?: LoadLinesOptions): Promise<void>;
  /** The first column of a query's rows, as one list. */
  column<Value = string>(sql: string, values?: readonly unknown[]): Promise<readonly Value[]>;
}

/** Sets a bench up, empty. */
export async function viewBench(): Promise<ViewBench> {
  const database = await freshDatabase();
  return {
    ...database,
    async load(lines, options) {
      const { counts } = await loadLines(database, lines, options);
      if (counts.rejected > 0) throw new Error(`Cannot load all lines: ${counts.rejected} are rejected`);
    },
    async column<Value>(sql: string, values?: readonly unknown[]) {
      const rows = await database.rows(sql, values);
      return rows.map((row) => Object.values(row)[0] as Value);
    },
  };
}

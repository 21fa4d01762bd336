import type { Columns } from "../postgres/columns.ts";
import { copyEncoder } from "../postgres/copy-encoder.ts";
import type { Transaction } from "../postgres/transaction.ts";
import {
  CLAIM_DIAGNOSIS,
  CLAIM_LINE,
  CLAIM_PROCEDURE,
  CLAIM_PROVIDER,
  CLAIM_VERSION,
  type ClaimChildren,
  type ClaimVersionRow,
} from "./rows.ts";

const EOB = {
  eob_id: "text",
  api_version: "text",
  ranked_at: "timestamptz",
  exported_at: "timestamptz",
  stamped_at: "timestamptz",
  line_sha256: "bytea",
  output_file_id: "int8",
  line_number: "int8",
  mbis: "text[]",
  mbi_currencies: "text[]",
  resource: "json",
} as const;

export type EobRow = Parameters<ReturnType<typeof copyEncoder<typeof EOB>>["add"]>[0];

/** Gathers the rows of claims and copies them into their tables. */
export interface ClaimCopy {
  addEob(row: EobRow): void;
  addVersion(row: ClaimVersionRow): void;
  addChildren(children: ClaimChildren): void;
  /** Copies what was gathered, the EOBs first: their key is where two loaders with the same EOB meet. */
  send(tx: Transaction): Promise<void>;
}

/** Makes an empty {@link ClaimCopy}. */
export function claimCopy(): ClaimCopy {
  const eob = table("ab2d_etl.eob", EOB);
  const version = table("ab2d.claim_version", CLAIM_VERSION);
  const line = table("ab2d.claim_line", CLAIM_LINE);
  const diagnosis = table("ab2d.claim_diagnosis", CLAIM_DIAGNOSIS);
  const procedure = table("ab2d.claim_procedure", CLAIM_PROCEDURE);
  const provider = table("ab2d.claim_provider", CLAIM_PROVIDER);
  return {
    addEob: eob.encoder.add,
    addVersion: version.encoder.add,
    addChildren(children) {
      for (const row of children.lines) line.encoder.add(row);
      for (const row of children.diagnoses) diagnosis.encoder.add(row);
      for (const row of children.procedures) procedure.encoder.add(row);
      for (const row of children.providers) provider.encoder.add(row);
    },
    async send(tx) {
      for (const { name, columns, encoder } of [eob, version, line, diagnosis, procedure, provider]) {
        if (encoder.rowCount > 0) await tx.copy(name, columns, encoder.finish());
      }
    },
  };
}

function table<T extends Columns>(name: string, columns: T) {
  return { name, columns: Object.keys(columns), encoder: copyEncoder(columns) };
}

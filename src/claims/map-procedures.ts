import { calendarDate } from "./calendar-date.ts";
import type { ClaimScope } from "./claim-scope.ts";
import { procedureCode } from "./icd-code.ts";
import { type JsonObject, objectAt, objectsAt, textAt } from "./json-fields.ts";
import type { ClaimProcedureRow } from "./rows.ts";
import { takeSequence } from "./sequence.ts";

/** Maps `procedure[]`: one row per coded ICD procedure. Throws `Rejection`. */
export function mapProcedures(eob: JsonObject, claim: ClaimScope): readonly ClaimProcedureRow[] {
  const rows: ClaimProcedureRow[] = [];
  const taken = new Set<number>();
  for (const procedure of objectsAt(eob, "procedure")) {
    const icd = procedureCode(objectAt(procedure, "procedureCodeableConcept"));
    if (!icd) continue;
    const date = textAt(procedure, "date");
    rows.push({
      eob_id: claim.eobId,
      procedure_number: takeSequence(procedure, taken),
      beneficiary_id: claim.beneficiaryId,
      claim_type: claim.claimType,
      procedure_date: date === null ? null : calendarDate(date),
      code: icd.code,
      code_raw: icd.codeRaw,
      code_system: icd.codeSystem,
      description: icd.description,
      is_principal: claim.dialect.isPrincipalProcedure(procedure),
    });
  }
  return rows;
}

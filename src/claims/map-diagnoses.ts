import type { ClaimScope } from "./claim-scope.ts";
import { diagnosisCode } from "./icd-code.ts";
import { type JsonObject, objectAt, objectsAt, textAt } from "./json-fields.ts";
import type { ClaimDiagnosisRow } from "./rows.ts";
import { takeSequence } from "./sequence.ts";

/** Maps `diagnosis[]`: one row per coded diagnosis. Throws `Rejection`. */
export function mapDiagnoses(eob: JsonObject, claim: ClaimScope): readonly ClaimDiagnosisRow[] {
  const rows: ClaimDiagnosisRow[] = [];
  const taken = new Set<number>();
  for (const diagnosis of objectsAt(eob, "diagnosis")) {
    const icd = diagnosisCode(objectAt(diagnosis, "diagnosisCodeableConcept"));
    if (!icd) continue;
    const types = diagnosisTypes(diagnosis);
    rows.push({
      eob_id: claim.eobId,
      diagnosis_number: takeSequence(diagnosis, taken),
      beneficiary_id: claim.beneficiaryId,
      claim_type: claim.claimType,
      service_from: claim.serviceFrom,
      service_to: claim.serviceTo,
      code: icd.code,
      code_raw: icd.codeRaw,
      code_system: icd.codeSystem,
      description: icd.description,
      is_principal: types.includes("principal"),
      is_admitting: types.includes("admitting"),
      is_external_cause:
        types.includes("externalcauseofinjury") ||
        types.includes("external-first") ||
        types.includes("external"),
      is_reason_for_visit: types.includes("patientreasonforvisit") || types.includes("reason-for-visit"),
      diagnosis_types: types,
      present_on_admission: claim.dialect.presentOnAdmission(diagnosis),
    });
  }
  return rows;
}

const UNTYPED: readonly string[] = ["other"];

/** Each code once, in document order. V1 leaves the type of secondary diagnoses out. */
function diagnosisTypes(diagnosis: JsonObject): readonly string[] {
  let types: string[] | undefined;
  for (const type of objectsAt(diagnosis, "type")) {
    for (const coding of objectsAt(type, "coding")) {
      const code = textAt(coding, "code");
      if (code === null) continue;
      if (!types) types = [code];
      else if (!types.includes(code)) types.push(code);
    }
  }
  return types ?? UNTYPED;
}

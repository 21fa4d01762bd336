import { sourceSystemOf } from "../domain/api-version.ts";
import { type Instant, parseInstant } from "../domain/instant.ts";
import type { CareTeamMember } from "./care-team.ts";
import type { ClaimScope } from "./claim-scope.ts";
import { type JsonObject, objectAt, textAt } from "./json-fields.ts";
import { Rejection } from "./rejection.ts";
import type { ClaimChildren, ClaimDiagnosisRow, ClaimHeader, ClaimProviderRow } from "./rows.ts";

/** FHIR's statuses of an ExplanationOfBenefit. AB2D sends the first two; only an active claim counts. */
const STATUSES: ReadonlySet<string> = new Set(["active", "cancelled", "draft", "entered-in-error"]);

/** Maps the EOB itself; `children` are its rows, from which a header repeats some codes. Throws `Rejection`. */
export function mapHeader(
  eob: JsonObject,
  {
    claim,
    patientId,
    children,
    careTeam,
  }: {
    claim: ClaimScope;
    patientId: string;
    children: ClaimChildren;
    careTeam: readonly CareTeamMember[];
  },
): ClaimHeader {
  const { dialect, eobId } = claim;
  const { diagnoses, providers } = children;
  const sourceSystem = sourceSystemOf(dialect.apiVersion);
  const status = textAt(eob, "status");
  if (status === null) throw new Rejection("status_missing");
  if (!STATUSES.has(status)) throw new Rejection("status_unknown");
  const finalAction = dialect.finalAction(eob);
  if (finalAction !== null && finalAction !== "FinalAction" && finalAction !== "NotFinalAction") {
    throw new Rejection("final_action_unknown");
  }
  const claimId = dialect.claimId(eob);
  const claimGroupId = dialect.claimGroupId(eob);
  return {
    eob_id: eobId,
    source_system: sourceSystem,
    api_version: dialect.apiVersion,
    claim_id: claimId,
    claim_group_id: claimGroupId,
    claim_control_number: dialect.claimControlNumber(eob),
    claim_family_key:
      claimGroupId === null
        ? `${sourceSystem === "idr" ? "idr-claim" : "claim"}:${claimId ?? eobId}`
        : `group:${claimGroupId}`,
    status,
    final_action: finalAction,
    is_final: status === "active" && finalAction !== "NotFinalAction",
    last_updated: lastUpdated(eob),
    beneficiary_id: claim.beneficiaryId,
    patient_id: patientId,
    claim_type: claim.claimType,
    claim_type_code: dialect.claimTypeCode(eob),
    claim_form: claim.claimForm,
    near_line_record_code: dialect.nearLineRecordCode(eob),
    claim_query_code: dialect.claimQueryCode(eob),
    facility_type_code: dialect.facilityTypeCode(eob),
    service_classification_code: dialect.serviceClassificationCode(eob),
    coverage_part: dialect.coveragePart(eob),
    service_from: claim.serviceFrom,
    service_to: claim.serviceTo,
    drg_code: dialect.drgCode(eob)?.padStart(3, "0") ?? null,
    principal_diagnosis_code: lowest(diagnoses, "is_principal"),
    admitting_diagnosis_code: lowest(diagnoses, "is_admitting"),
    billing_npi: npiOfRole(providers, "billing") ?? billingGroupNpi(careTeam, claim),
    facility_npi: npiOfRole(providers, "facility"),
    facility_ccn: dialect.facilityCcn(eob),
    attending_npi: headerNpi(providers, "attending", claim),
    operating_npi: headerNpi(providers, "operating", claim),
    other_operating_npi: headerNpi(providers, "other_operating", claim),
    referring_npi: npiOfRole(providers, "referring"),
    line_count: children.lines.length,
    diagnosis_count: diagnoses.length,
    procedure_count: children.procedures.length,
    // A restricted EOB is rejected before it comes here.
    is_part2_restricted: false,
    meta_source: dialect.metaSource(eob),
  };
}

function lastUpdated(eob: JsonObject): Instant | null {
  const text = textAt(objectAt(eob, "meta"), "lastUpdated");
  if (text === null) return null;
  const instant = parseInstant(text);
  if (instant === undefined) throw new Rejection("last_updated_invalid");
  return instant;
}

/** The code with the lowest sequence: 432 of 500 published V1 claims have several principal diagnoses. */
function lowest(
  diagnoses: readonly ClaimDiagnosisRow[],
  kind: "is_principal" | "is_admitting",
): string | null {
  let found: ClaimDiagnosisRow | undefined;
  for (const diagnosis of diagnoses) {
    if (diagnosis[kind] && (!found || diagnosis.diagnosis_number < found.diagnosis_number)) found = diagnosis;
  }
  return found?.code ?? null;
}

function npiOfRole(providers: readonly ClaimProviderRow[], role: string): string | null {
  for (const provider of providers) if (provider.role === role && provider.npi !== null) return provider.npi;
  return null;
}

/** V1's `assist` and `other` mean the operating physicians on institutional claims only. */
function headerNpi(
  providers: readonly ClaimProviderRow[],
  role: string,
  { dialect, claimForm }: ClaimScope,
): string | null {
  if (dialect.apiVersion === "v1" && claimForm !== "institutional") return null;
  return npiOfRole(providers, role);
}

function billingGroupNpi(careTeam: readonly CareTeamMember[], { dialect }: ClaimScope): string | null {
  for (const { entry } of careTeam) {
    const npi = dialect.billingGroupNpi(entry);
    if (npi !== null) return npi;
  }
  return null;
}

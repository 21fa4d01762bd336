import { calendarDate } from "./calendar-date.ts";
import type { CareTeamMember } from "./care-team.ts";
import type { ClaimScope } from "./claim-scope.ts";
import { decimalAt } from "./decimal.ts";
import type { Dialect } from "./dialect.ts";
import { int4sAt, type JsonObject, objectAt, objectsAt, textAt } from "./json-fields.ts";
import type { ClaimDiagnosisRow, ClaimLineRow } from "./rows.ts";
import { takeSequence } from "./sequence.ts";
import { type ServicePeriod, servicePeriod } from "./service-period.ts";

const NDC = /^(?!0{11})\d{11}$/;

/** Maps `item[]`: one row per item, whose links into the care team and the diagnoses are followed. Throws `Rejection`. */
export function mapLines(
  eob: JsonObject,
  {
    claim,
    careTeam,
    diagnoses,
  }: { claim: ClaimScope; careTeam: readonly CareTeamMember[]; diagnoses: readonly ClaimDiagnosisRow[] },
): readonly ClaimLineRow[] {
  const { dialect, claimType } = claim;
  const rows: ClaimLineRow[] = [];
  const taken = new Set<number>();
  let memberOf: ReadonlyMap<number, CareTeamMember> | undefined;
  let codeOf: ReadonlyMap<number, string> | undefined;
  for (const item of objectsAt(eob, "item")) {
    const service = objectAt(item, dialect.serviceKey);
    const procedure = codedService(service, dialect);
    const dates = servicedDates(item);
    const ndc = dialect.ndc(item);
    const ndcQuantity = dialect.ndcQuantity(item);

    const careTeamSequences = int4sAt(item, dialect.careTeamLinkKey);
    if (careTeamSequences.length > 0) memberOf ??= renderingBySequence(careTeam, dialect);
    const rendering = memberOf && renderingMember(careTeamSequences, memberOf);

    const diagnosisSequences = int4sAt(item, dialect.diagnosisLinkKey);
    const firstDiagnosis = diagnosisSequences[0];
    if (firstDiagnosis !== undefined) codeOf ??= new Map(diagnoses.map((d) => [d.diagnosis_number, d.code]));

    rows.push({
      eob_id: claim.eobId,
      line_number: takeSequence(item, taken),
      beneficiary_id: claim.beneficiaryId,
      claim_type: claimType,
      service_from: dates?.from ?? claim.serviceFrom,
      service_to: dates?.to ?? claim.serviceTo,
      service_date_source: dates ? "line" : "claim",
      hcpcs_code: procedure.hcpcsCode,
      hcpcs_system: procedure.hcpcsSystem,
      hipps_code: procedure.hippsCode,
      ndc_code: ndc !== null && NDC.test(ndc) ? ndc : null,
      ndc_raw: ndc,
      quantity: decimalAt(objectAt(item, "quantity"), "value"),
      ndc_quantity: decimalAt(ndcQuantity, "value"),
      ndc_quantity_unit: textAt(ndcQuantity, "code") ?? textAt(ndcQuantity, "unit"),
      anesthesia_units: dialect.anesthesiaUnits(item),
      place_of_service_code: dialect.placeOfServiceCode(item),
      provider_state_code: dialect.providerStateCode(item),
      provider_zip: dialect.providerZip(item),
      pricing_locality_code: dialect.pricingLocalityCode(item, claimType),
      pricing_state_code: dialect.pricingStateCode(item, claimType),
      supplier_type_code: dialect.supplierTypeCode(item, claimType),
      provider_type_code:
        dialect.lineProviderTypeCode(item, claimType) ??
        (rendering ? dialect.careTeamProviderTypeCode(rendering.entry) : null),
      clia_lab_number: dialect.cliaLabNumber(item),
      rendering_npi: rendering?.npi ?? null,
      rendering_specialty_code: rendering ? dialect.specialtyCode(rendering.entry) : null,
      line_diagnosis_code: firstDiagnosis === undefined ? null : (codeOf?.get(firstDiagnosis) ?? null),
      diagnosis_sequences: diagnosisSequences,
      care_team_sequences: careTeamSequences,
    });
  }
  return rows;
}

interface CodedService {
  hcpcsCode: string | null;
  hcpcsSystem: string | null;
  hippsCode: string | null;
}

/** A line has one procedure: V2 inpatient writes its code under two systems, V3 says `not-applicable` under a third. */
function codedService(service: JsonObject | undefined, { hcpcsSystems, hippsSystem }: Dialect): CodedService {
  const coded: CodedService = { hcpcsCode: null, hcpcsSystem: null, hippsCode: null };
  for (const coding of objectsAt(service, "coding")) {
    const system = coding.system;
    const hcpcsSystem = hcpcsSystems.get(system);
    if (hcpcsSystem !== undefined && coded.hcpcsCode === null) {
      coded.hcpcsCode = textAt(coding, "code");
      if (coded.hcpcsCode !== null) coded.hcpcsSystem = hcpcsSystem;
    } else if (hippsSystem !== undefined && system === hippsSystem) {
      coded.hippsCode ??= textAt(coding, "code");
    }
  }
  return coded;
}

/** The line's own days; most lines have none and take the claim's. */
function servicedDates(item: JsonObject): ServicePeriod | undefined {
  const period = servicePeriod(objectAt(item, "servicedPeriod"));
  if (period) return period;
  const date = textAt(item, "servicedDate");
  if (date === null) return undefined;
  const day = calendarDate(date);
  return { from: day, to: day };
}

function renderingBySequence(
  careTeam: readonly CareTeamMember[],
  { rendersLine }: Dialect,
): ReadonlyMap<number, CareTeamMember> {
  const members = new Map<number, CareTeamMember>();
  for (const member of careTeam) {
    const { sequence } = member;
    if (sequence !== null && rendersLine(member.role) && !members.has(sequence))
      members.set(sequence, member);
  }
  return members;
}

/** The linked member who rendered the service: the first with an NPI, else the first. */
function renderingMember(
  sequences: readonly number[],
  memberOf: ReadonlyMap<number, CareTeamMember>,
): CareTeamMember | undefined {
  let first: CareTeamMember | undefined;
  for (const sequence of sequences) {
    const member = memberOf.get(sequence);
    if (!member) continue;
    if (member.npi !== null) return member;
    first ??= member;
  }
  return first;
}

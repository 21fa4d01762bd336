import type { CareTeamMember } from "./care-team.ts";
import type { ClaimScope } from "./claim-scope.ts";
import type { JsonObject } from "./json-fields.ts";
import { npiOf } from "./provider-identifier.ts";
import type { ClaimProviderRow } from "./rows.ts";

/**
 * Maps the care team, then the organisations of the header: one row each, numbered from 1. Who has no identifier gives no
 * row; V2 pairs every provider with an empty UPIN entry.
 */
export function mapProviders(
  eob: JsonObject,
  { claim, careTeam }: { claim: ClaimScope; careTeam: readonly CareTeamMember[] },
): readonly ClaimProviderRow[] {
  const { dialect } = claim;
  const rows: ClaimProviderRow[] = [];
  for (const { entry, identifier, role, roleRaw, sequence, npi } of careTeam) {
    if (!identifier) continue;
    rows.push({
      eob_id: claim.eobId,
      provider_number: rows.length + 1,
      beneficiary_id: claim.beneficiaryId,
      claim_type: claim.claimType,
      service_from: claim.serviceFrom,
      service_to: claim.serviceTo,
      role,
      role_raw: roleRaw,
      care_team_sequence: sequence,
      npi,
      id_raw: identifier.value,
      id_type: identifier.type,
      provider_name: dialect.providerName(entry),
      specialty_code: dialect.specialtyCode(entry),
      taxonomy_code: dialect.taxonomyCode(entry),
      participating_code: dialect.participatingCode(entry),
      provider_type_code: dialect.careTeamProviderTypeCode(entry),
      is_responsible: dialect.isResponsible(entry),
    });
  }
  for (const { role, roleRaw, identifier, name } of dialect.headerOrganizations(eob)) {
    rows.push({
      eob_id: claim.eobId,
      provider_number: rows.length + 1,
      beneficiary_id: claim.beneficiaryId,
      claim_type: claim.claimType,
      service_from: claim.serviceFrom,
      service_to: claim.serviceTo,
      role,
      role_raw: roleRaw,
      care_team_sequence: null,
      npi: npiOf(identifier),
      id_raw: identifier.value,
      id_type: identifier.type,
      provider_name: name,
      specialty_code: null,
      taxonomy_code: null,
      participating_code: null,
      provider_type_code: null,
      is_responsible: null,
    });
  }
  return rows;
}

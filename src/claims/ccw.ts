import { absent, type Dialect } from "./dialect.ts";
import { codeUnder, extensionCode, extensionValue, identifierUnder } from "./fhir-fields.ts";
import { booleanAt, type JsonObject, objectAt, objectsAt, textAt } from "./json-fields.ts";
import { URLS } from "./urls.ts";

/** What V1 and V2 write alike: both serve the Chronic Conditions Warehouse. */
export const CCW = {
  claimId: (eob) => identifierUnder(eob, URLS.claimId),
  claimGroupId: (eob) => identifierUnder(eob, URLS.claimGroup),
  claimControlNumber: absent,
  finalAction: absent,
  claimTypeCode: (eob) => codeUnder(objectAt(eob, "type"), URLS.claimType),
  claimQueryCode: (eob) => extensionCode(objectAt(eob, "billablePeriod"), URLS.claimQuery),
  facilityTypeCode: (eob) => extensionCode(objectAt(eob, "facility"), URLS.facilityType),
  coveragePart: absent,
  metaSource: absent,

  specialtyCode: (entry) => codeUnder(objectAt(entry, "qualification"), URLS.providerSpecialty),
  participatingCode: (entry) => extensionCode(entry, URLS.participating),
  careTeamProviderTypeCode: (entry) => extensionCode(entry, URLS.carrierProviderType),
  isResponsible: (entry) => booleanAt(entry, "responsible"),

  presentOnAdmission,
  isPrincipalProcedure: absent,

  hippsSystem: undefined,
  placeOfServiceCode: (item) => codeUnder(location(item), URLS.placeOfService),
  providerStateCode: (item) =>
    textAt(objectAt(item, "locationAddress"), "state") ?? extensionCode(location(item), URLS.providerState),
  providerZip: (item) => extensionCode(location(item), URLS.providerZip),
  // The AB2D dictionary says valueCoding, the data says valueIdentifier.
  cliaLabNumber: (item) =>
    textAt(extensionValue(location(item), URLS.cliaLabNumber, "valueIdentifier"), "value") ??
    extensionCode(location(item), URLS.cliaLabNumber),
  pricingLocalityCode: (item) => extensionCode(location(item), URLS.pricingLocality),
  lineProviderTypeCode: absent,
} satisfies Partial<Dialect>;

function location(item: JsonObject): JsonObject | undefined {
  return objectAt(item, "locationCodeableConcept");
}

/** The indicators are numbered with their diagnosis: `clm_poa_ind_sw1`, `clm_e_poa_ind_sw1` for external causes. */
function presentOnAdmission(diagnosis: JsonObject): string | null {
  for (const extension of objectsAt(diagnosis, "extension")) {
    const url = textAt(extension, "url");
    if (!url?.startsWith(URLS.presentOnAdmission) && !url?.startsWith(URLS.externalCausePresentOnAdmission))
      continue;
    const code = textAt(objectAt(extension, "valueCoding"), "code");
    if (code !== null) return code;
  }
  return null;
}

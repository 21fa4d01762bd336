import type { ClaimType } from "./claim-type.ts";
import { decimalAt } from "./decimal.ts";
import { absent, type Dialect, type HeaderOrganization, type ProviderIdentifier } from "./dialect.ts";
import { codeUnder, extensionCode, firstCode, hasCode, identifierUnder } from "./fhir-fields.ts";
import { type JsonObject, objectAt, objectsAt, textAt } from "./json-fields.ts";
import { isNpi, providerIdentifier } from "./provider-identifier.ts";
import { R4_ROLES } from "./r4-roles.ts";
import { URLS } from "./urls.ts";

/** V3: FHIR R4 of the Integrated Data Repository, whose claims and patients have ids of their own. */
export const V3: Dialect = {
  apiVersion: "v3",
  claimId,
  claimGroupId: absent,
  claimControlNumber: (eob) => identifierUnder(eob, URLS.idrClaimControlNumber),
  finalAction,
  claimTypeCode: (eob) => codeUnder(objectAt(eob, "type"), URLS.idrClaimType),
  claimForm: (eob) => codeUnder(objectAt(eob, "type"), URLS.claimForm),
  nearLineRecordCode: (eob) => supportingCode(eob, URLS.idrNearLineRecord),
  claimQueryCode: (eob) => extensionCode(objectAt(eob, "billablePeriod"), URLS.idrClaimQuery),
  facilityTypeCode: absent,
  serviceClassificationCode: absent,
  coveragePart: (eob) => textAt(objectAt(objectsAt(eob, "insurance")[0], "coverage"), "display"),
  drgCode: (eob) => supportingCode(eob, URLS.idrDrg),
  facilityCcn: absent,
  metaSource: (eob) => textAt(objectAt(eob, "meta"), "source"),
  headerOrganizations,

  careTeamRole: (entry) => codeUnder(objectAt(entry, "role"), URLS.idrCareTeamRole),
  roleOf: (rawRole) => R4_ROLES.get(rawRole),
  rendersLine: (role) => role === "rendering",
  careTeamIdentifier,
  providerName: (entry) => textAt(objectAt(entry, "provider"), "display"),
  specialtyCode: (entry) => codeUnder(objectAt(entry, "qualification"), URLS.idrProviderSpecialty),
  taxonomyCode: (entry) => codeUnder(objectAt(entry, "qualification"), URLS.taxonomy),
  participatingCode: absent,
  careTeamProviderTypeCode: absent,
  isResponsible: absent,
  billingGroupNpi: absent,

  presentOnAdmission: (diagnosis) => firstCode(objectAt(diagnosis, "onAdmission")),
  isPrincipalProcedure: (procedure) =>
    objectsAt(procedure, "type").some((type) => codeUnder(type, URLS.idrProcedureType) === "principal"),

  serviceKey: "productOrService",
  careTeamLinkKey: "careTeamSequence",
  diagnosisLinkKey: "diagnosisSequence",
  hcpcsSystems: new Map<unknown, "hcpcs" | "cpt">([
    [URLS.idrCpt, "cpt"],
    [URLS.idrHcpcs, "hcpcs"],
  ]),
  hippsSystem: URLS.idrHipps,
  ndc: absent,
  ndcQuantity: () => undefined,
  anesthesiaUnits,
  placeOfServiceCode: (item) => codeUnder(objectAt(item, "locationCodeableConcept"), URLS.idrPlaceOfService),
  providerStateCode: absent,
  providerZip: absent,
  cliaLabNumber: absent,
  // V3 has one address for the carrier's and the DME contractor's code: the claim type tells which it is.
  pricingLocalityCode: (item, type) => codeOfType(item, URLS.idrPricingLocality, type === "carrier"),
  pricingStateCode: (item, type) => codeOfType(item, URLS.idrPricingLocality, type === "dme"),
  supplierTypeCode: (item, type) => codeOfType(item, URLS.idrProviderType, type === "dme"),
  lineProviderTypeCode: (item, type: ClaimType) => codeOfType(item, URLS.idrProviderType, type === "carrier"),
};

/** The claim id is the one of type `uc`; unlike in V1 and V2 it has no system. */
function claimId(eob: JsonObject): string | null {
  for (const identifier of objectsAt(eob, "identifier")) {
    if (identifier.system === URLS.idrClaimControlNumber) continue;
    if (!hasCode(objectAt(identifier, "type"), "uc")) continue;
    const value = textAt(identifier, "value");
    if (value !== null) return value;
  }
  return null;
}

function finalAction(eob: JsonObject): string | null {
  for (const tag of objectsAt(objectAt(eob, "meta"), "tag")) {
    if (tag.system !== URLS.idrFinalAction) continue;
    const code = textAt(tag, "code");
    if (code !== null) return code;
  }
  return null;
}

function supportingCode(eob: JsonObject, system: string): string | null {
  for (const information of objectsAt(eob, "supportingInfo")) {
    const code = codeUnder(objectAt(information, "code"), system);
    if (code !== null) return code;
  }
  return null;
}

/** The billing organisation is cut from the EOB; what is left is a reference, which may be `#` and its NPI. */
function headerOrganizations(eob: JsonObject): readonly HeaderOrganization[] {
  const provider = objectAt(eob, "provider");
  const npi = referenceOf(provider);
  if (npi === undefined || !isNpi(npi)) return [];
  return [
    {
      role: "billing",
      roleRaw: "provider",
      identifier: { value: npi, type: "npi" },
      name: textAt(provider, "display"),
    },
  ];
}

function careTeamIdentifier(
  entry: JsonObject,
  contained: ReadonlyMap<string, JsonObject>,
): ProviderIdentifier | undefined {
  const provider = objectAt(entry, "provider");
  const inline = providerIdentifier(objectAt(provider, "identifier"));
  if (inline?.type === "npi") return inline;
  const reference = referenceOf(provider);
  if (reference === undefined) return inline;
  const target = contained.get(reference);
  const npi = target && identifierUnder(target, URLS.npi);
  if (npi) return { value: npi, type: "npi" };
  return isNpi(reference) ? { value: reference, type: "npi" } : inline;
}

/** What `provider.reference` points at inside the EOB, without the `#`. */
function referenceOf(provider: JsonObject | undefined): string | undefined {
  const reference = textAt(provider, "reference");
  return reference?.startsWith("#") ? reference.slice(1) : undefined;
}

function anesthesiaUnits(item: JsonObject): string | null {
  for (const extension of objectsAt(item, "extension")) {
    if (extension.url !== URLS.idrAnesthesiaUnits) continue;
    const units = decimalAt(extension, "valueDecimal");
    if (units !== null) return units;
  }
  return null;
}

function codeOfType(item: JsonObject, url: string, isOfType: boolean): string | null {
  return isOfType ? extensionCode(item, url) : null;
}

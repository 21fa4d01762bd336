import { CCW } from "./ccw.ts";
import type { ClaimForm } from "./claim-type.ts";
import { decimalAt } from "./decimal.ts";
import { absent, type Dialect, type HeaderOrganization } from "./dialect.ts";
import { codeUnder, extensionCode, extensionValue, firstCode } from "./fhir-fields.ts";
import { type JsonObject, objectAt, objectsAt, textAt } from "./json-fields.ts";
import { isNpi, providerIdentifier } from "./provider-identifier.ts";
import { URLS } from "./urls.ts";

/** V1: FHIR STU3. */
export const V1: Dialect = {
  ...CCW,
  apiVersion: "v1",
  claimForm: (eob) => codeUnder(objectAt(eob, "type"), URLS.claimFormV1),
  nearLineRecordCode: (eob) => codeUnder(objectAt(eob, "type"), URLS.nearLineRecord),
  serviceClassificationCode: (eob) => codeUnder(objectAt(eob, "type"), URLS.serviceClassification),
  drgCode,
  facilityCcn: (eob) => {
    const identifier = objectAt(objectAt(eob, "provider"), "identifier");
    return identifier?.system === URLS.providerNumber ? textAt(identifier, "value") : null;
  },
  headerOrganizations,

  careTeamRole: (entry) => firstCode(objectAt(entry, "role")),
  roleOf,
  // V1 links a line to nobody else, and calls who rendered it "primary".
  rendersLine: () => true,
  careTeamIdentifier: (entry) => providerIdentifier(objectAt(objectAt(entry, "provider"), "identifier")),
  providerName: (entry) => textAt(extensionValue(entry, URLS.npi, "valueCoding"), "display"),
  taxonomyCode: absent,
  billingGroupNpi: (entry) => {
    const npi = extensionCode(entry, URLS.npi);
    return npi !== null && isNpi(npi) ? npi : null;
  },

  serviceKey: "service",
  careTeamLinkKey: "careTeamLinkId",
  diagnosisLinkKey: "diagnosisLinkId",
  hcpcsSystems: new Map<unknown, "hcpcs">([[URLS.hcpcs, "hcpcs"]]),
  ndc: (item) =>
    extensionCode(item, URLS.ndc) ?? extensionCode(objectAt(item, "service"), URLS.revenueCenterNdc),
  ndcQuantity: (item) => extensionValue(item, URLS.revenueCenterNdcQuantity, "valueQuantity"),
  anesthesiaUnits: (item) =>
    decimalAt(extensionValue(objectAt(item, "service"), URLS.anesthesiaUnits, "valueQuantity"), "value"),
  pricingStateCode: (item) => extensionCode(objectAt(item, "locationCodeableConcept"), URLS.pricingState),
  supplierTypeCode: (item) => extensionCode(objectAt(item, "locationCodeableConcept"), URLS.supplierType),
};

/** V1 writes the DRG as a diagnosis without sequence and without code. */
function drgCode(eob: JsonObject): string | null {
  for (const diagnosis of objectsAt(eob, "diagnosis")) {
    const code = codeUnder(objectAt(diagnosis, "packageCode"), URLS.drg);
    if (code !== null) return code;
  }
  return null;
}

function headerOrganizations(eob: JsonObject): readonly HeaderOrganization[] {
  const organizations: HeaderOrganization[] = [];
  const billing = objectAt(eob, "organization");
  const billingIdentifier = providerIdentifier(objectAt(billing, "identifier"));
  if (billingIdentifier) {
    organizations.push({
      role: "billing",
      roleRaw: "organization",
      identifier: billingIdentifier,
      name: textAt(billing, "display"),
    });
  }
  const facility = objectAt(eob, "facility");
  const facilityIdentifier = providerIdentifier(objectAt(facility, "identifier"));
  if (facilityIdentifier) {
    organizations.push({
      role: "facility",
      roleRaw: "facility",
      identifier: facilityIdentifier,
      name: textAt(facility, "display"),
    });
  }
  return organizations;
}

function roleOf(rawRole: string, claimForm: ClaimForm | null): string | undefined {
  if (rawRole === "primary") return claimForm === "institutional" ? "attending" : "rendering";
  if (rawRole === "assist") return "operating";
  return rawRole === "other" ? "other_operating" : undefined;
}

import { CCW } from "./ccw.ts";
import { decimalAt } from "./decimal.ts";
import { absent, type Dialect } from "./dialect.ts";
import { codeUnder, extensionCode, extensionValue, firstCode } from "./fhir-fields.ts";
import { type JsonObject, objectAt, objectsAt, textAt } from "./json-fields.ts";
import { providerIdentifier } from "./provider-identifier.ts";
import { R4_ROLES } from "./r4-roles.ts";
import { URLS } from "./urls.ts";

/** V2: FHIR R4 of the same claims as V1. */
export const V2: Dialect = {
  ...CCW,
  apiVersion: "v2",
  claimForm: (eob) => codeUnder(objectAt(eob, "type"), URLS.claimForm),
  nearLineRecordCode: (eob) => extensionCode(eob, URLS.nearLineRecord),
  serviceClassificationCode: absent,
  drgCode,
  facilityCcn: absent,
  headerOrganizations: () => [],

  careTeamRole: (entry) => firstCode(objectAt(entry, "role")),
  roleOf: (rawRole) => R4_ROLES.get(rawRole),
  rendersLine: (role) => role === "rendering",
  careTeamIdentifier: (entry) => providerIdentifier(objectAt(objectAt(entry, "provider"), "identifier")),
  providerName: (entry) => textAt(objectAt(entry, "provider"), "display"),
  taxonomyCode: (entry) => codeUnder(objectAt(entry, "qualification"), URLS.taxonomy),
  billingGroupNpi: absent,

  serviceKey: "productOrService",
  careTeamLinkKey: "careTeamSequence",
  diagnosisLinkKey: "diagnosisSequence",
  hcpcsSystems: new Map<unknown, "hcpcs">([
    [URLS.hcpcs, "hcpcs"],
    [URLS.hcpcsCode, "hcpcs"],
  ]),
  ndc: (item) => extensionCode(objectAt(item, "productOrService"), URLS.ndc),
  ndcQuantity: () => undefined,
  anesthesiaUnits: (item) => decimalAt(extensionValue(item, URLS.anesthesiaUnits, "valueQuantity"), "value"),
  pricingStateCode: (item) => extensionCode(item, URLS.pricingState),
  supplierTypeCode: (item) => extensionCode(item, URLS.supplierType),
};

function drgCode(eob: JsonObject): string | null {
  for (const information of objectsAt(eob, "supportingInfo")) {
    const code = codeUnder(objectAt(information, "code"), URLS.drg);
    if (code !== null) return code;
  }
  return null;
}

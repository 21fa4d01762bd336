import type { ApiVersion } from "../domain/api-version.ts";
import type { ClaimForm, ClaimType } from "./claim-type.ts";
import type { JsonObject } from "./json-fields.ts";

/** Reads one column from an element of the EOB. */
export type Read<T = string | null> = (element: JsonObject) => T;

/** The reader of a column that a version does not have on the wire. */
export function absent(): null {
  return null;
}

/** The number that identifies a person or organisation, and what kind of number the wire says it is. */
export interface ProviderIdentifier {
  readonly value: string;
  /** `npi`, `upin`, …; `unknown` when nothing says. */
  readonly type: string;
}

/** A person or organisation that stands in the claim's header instead of its care team. */
export interface HeaderOrganization {
  readonly role: "billing" | "facility";
  /** The element of the EOB that names it: what stands for its role there. */
  readonly roleRaw: "organization" | "facility" | "provider";
  readonly identifier: ProviderIdentifier;
  readonly name: string | null;
}

/** Where one version of the API writes what the others write elsewhere, or not at all. */
export interface Dialect {
  readonly apiVersion: ApiVersion;

  // of the EOB
  readonly claimId: Read;
  readonly claimGroupId: Read;
  readonly claimControlNumber: Read;
  readonly finalAction: Read;
  readonly claimTypeCode: Read;
  readonly claimForm: Read;
  readonly nearLineRecordCode: Read;
  readonly claimQueryCode: Read;
  readonly facilityTypeCode: Read;
  readonly serviceClassificationCode: Read;
  readonly coveragePart: Read;
  readonly drgCode: Read;
  readonly facilityCcn: Read;
  readonly metaSource: Read;
  readonly headerOrganizations: Read<readonly HeaderOrganization[]>;

  // of a careTeam entry
  readonly careTeamRole: Read;
  /** Our word for a role of this version; `undefined` for a role that is none of its roles. */
  readonly roleOf: (rawRole: string, claimForm: ClaimForm | null) => string | undefined;
  /** Whether a line's link to a care team member of `role` names who rendered the line. */
  readonly rendersLine: (role: string) => boolean;
  readonly careTeamIdentifier: (
    entry: JsonObject,
    contained: ReadonlyMap<string, JsonObject>,
  ) => ProviderIdentifier | undefined;
  readonly providerName: Read;
  readonly specialtyCode: Read;
  readonly taxonomyCode: Read;
  readonly participatingCode: Read;
  readonly careTeamProviderTypeCode: Read;
  readonly isResponsible: Read<boolean | null>;
  /** NPI of the group that a carrier claim's care team member bills through, where it is no entry of its own. */
  readonly billingGroupNpi: Read;

  // of a diagnosis and of a procedure
  readonly presentOnAdmission: Read;
  readonly isPrincipalProcedure: Read<boolean | null>;

  // of an item
  readonly serviceKey: "service" | "productOrService";
  readonly careTeamLinkKey: "careTeamLinkId" | "careTeamSequence";
  readonly diagnosisLinkKey: "diagnosisLinkId" | "diagnosisSequence";
  /** Our word for each code system of procedures and supplies. */
  readonly hcpcsSystems: ReadonlyMap<unknown, "hcpcs" | "cpt">;
  readonly hippsSystem: string | undefined;
  readonly ndc: Read;
  readonly ndcQuantity: Read<JsonObject | undefined>;
  readonly anesthesiaUnits: Read;
  readonly placeOfServiceCode: Read;
  readonly providerStateCode: Read;
  readonly providerZip: Read;
  readonly cliaLabNumber: Read;
  readonly pricingLocalityCode: (item: JsonObject, claimType: ClaimType) => string | null;
  readonly pricingStateCode: (item: JsonObject, claimType: ClaimType) => string | null;
  readonly supplierTypeCode: (item: JsonObject, claimType: ClaimType) => string | null;
  /** `null` where the line's care team member carries the code instead. */
  readonly lineProviderTypeCode: (item: JsonObject, claimType: ClaimType) => string | null;
}

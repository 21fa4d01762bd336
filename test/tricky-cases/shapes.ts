import type { ApiVersion } from "../../src/domain/api-version.ts";

type Json = Record<string, unknown>;

const BLUE_BUTTON = "https://bluebutton.cms.gov/";
const CARIN = "http://hl7.org/fhir/us/carin-bb/CodeSystem/";
const TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/";
const PAYMENT_SYSTEMS = "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/";

export const VARIABLES = `${BLUE_BUTTON}resources/variables/`;
export const ICD_10 = "http://hl7.org/fhir/sid/icd-10";
export const ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm";
export const ICD_9_CM = "http://hl7.org/fhir/sid/icd-9-cm";
export const NDC = "http://hl7.org/fhir/sid/ndc";
export const US_NPI = "http://hl7.org/fhir/sid/us-npi";
export const HIPPS = `${PAYMENT_SYSTEMS}ProspMedicareFeeSvcPmtGen/HIPPSCodes`;
export const DATA_ABSENT_REASON = `${TERMINOLOGY}data-absent-reason`;

/** What each version calls its HCPCS. */
export const HCPCS: Readonly<Record<ApiVersion, string>> = {
  v1: `${BLUE_BUTTON}resources/codesystem/hcpcs`,
  v2: `${BLUE_BUTTON}resources/codesystem/hcpcs`,
  v3: "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
};

/** What each version calls ICD-10 when it codes a diagnosis. */
export const ICD_10_OF: Readonly<Record<ApiVersion, string>> = { v1: ICD_10, v2: ICD_10, v3: ICD_10_CM };

export interface DiagnosisOptions {
  readonly code: string;
  /** Default as the version calls ICD-10. */
  readonly system?: string;
  readonly display?: string;
  /** Further codings of the same diagnosis. */
  readonly alsoCoded?: readonly Json[];
  /** Codes of its types, each an entry of its own. Default none. */
  readonly types?: readonly string[];
}

/** Entries of `diagnosis[]`, with sequences from 1. */
export function diagnosesOf(version: ApiVersion, diagnoses: readonly DiagnosisOptions[]): Json[] {
  const typeSystem =
    version === "v1" ? `${BLUE_BUTTON}resources/codesystem/diagnosis-type` : `${TERMINOLOGY}ex-diagnosistype`;
  return diagnoses.map(
    ({ code, system = ICD_10_OF[version], display, alsoCoded = [], types = [] }, index) => ({
      sequence: index + 1,
      diagnosisCodeableConcept: { coding: [{ system, code, display }, ...alsoCoded] },
      ...(types.length > 0
        ? { type: types.map((type) => ({ coding: [{ system: typeSystem, code: type }] })) }
        : {}),
    }),
  );
}

/** An entry of `procedure[]`, coded as the version does it. */
export function procedureOf(
  version: ApiVersion,
  { sequence = 1, code = "02HV33Z", date, display }: { [key: string]: unknown },
): Json {
  const system = version === "v3" ? "http://www.cms.gov/Medicare/Coding/ICD10" : ICD_10;
  return { sequence, date, procedureCodeableConcept: { coding: [{ system, code, display }] } };
}

/** The code of an item's service or product, where the version has it. */
export function serviceOf(version: ApiVersion, ...coding: readonly Json[]): Json {
  return { [version === "v1" ? "service" : "productOrService"]: { coding } };
}

/** The DRG, where the version has it: fields to spread into an EOB beside its other diagnoses. */
export function drgOf(version: ApiVersion, code: string): { diagnosis?: Json; supportingInfo?: Json[] } {
  if (version === "v1") {
    return { diagnosis: { packageCode: { coding: [{ system: `${VARIABLES}clm_drg_cd`, code }] } } };
  }
  const system =
    version === "v2"
      ? `${VARIABLES}clm_drg_cd`
      : `${PAYMENT_SYSTEMS}AcuteInpatientPPS/MS-DRG-Classifications-and-Software`;
  return {
    supportingInfo: [
      {
        sequence: 1,
        category: { coding: [{ system: `${CARIN}C4BBSupportingInfoType`, code: "drg" }] },
        code: { coding: [{ system, code }] },
      },
    ],
  };
}

/** A place of service, where the version has it. */
export function placeOf(version: ApiVersion, code: string): Json {
  const system =
    version === "v3"
      ? "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
      : `${VARIABLES}line_place_of_srvc_cd`;
  return { locationCodeableConcept: { coding: [{ system, code }] } };
}

/** The Identifier that calls `value` an NPI, as the version does it; without a value it is left as an empty shell. */
export function npiOf(version: ApiVersion, value: string | undefined): Json {
  const type = (system: string, code: string) => ({ type: { coding: [{ system, code }] } });
  if (version === "v1") return { system: US_NPI, value };
  if (version === "v2") return { ...type(`${CARIN}C4BBIdentifierType`, "npi"), value };
  return { ...type(`${TERMINOLOGY}v2-0203`, "NPI"), system: US_NPI, value };
}

const RENDERING: Readonly<Record<ApiVersion, string>> = { v1: "primary", v2: "performing", v3: "rendering" };

export interface MemberOptions {
  readonly sequence?: number;
  /** As the version writes it; default who renders the services of a professional. */
  readonly role?: string;
  /** Default an NPI. */
  readonly provider?: Json;
}

/** An entry of `careTeam[]`. */
export function memberOf(
  version: ApiVersion,
  {
    sequence = 1,
    role = RENDERING[version],
    provider = { identifier: npiOf(version, "1234567893") },
  }: MemberOptions = {},
): Json {
  const system = version === "v1" ? "http://hl7.org/fhir/claimcareteamrole" : `${CARIN}C4BBClaimCareTeamRole`;
  return { sequence, provider, role: { coding: [{ system, code: role }] } };
}

/** What an item links to who rendered it by. */
export function linkTo(version: ApiVersion, ...sequences: readonly number[]): Json {
  return { [version === "v1" ? "careTeamLinkId" : "careTeamSequence"]: sequences };
}

/** The type codings that say what kind of claim an EOB is, by a code of the version's own list. */
export function typeOf(version: ApiVersion, code: string): Json {
  const system =
    version === "v3" ? `${BLUE_BUTTON}fhir/CodeSystem/CLM-TYPE-CD` : `${VARIABLES}nch_clm_type_cd`;
  const form = version === "v1" ? "http://hl7.org/fhir/ex-claimtype" : `${TERMINOLOGY}claim-type`;
  return {
    coding: [
      { system, code },
      { system: form, code: "institutional" },
    ],
  };
}

import { R4_ROLES } from "../r4-roles.ts";
import { URLS } from "../urls.ts";
import type { KnownPaths } from "./known-paths.ts";
import { knownPathsWith } from "./known-paths-of-all.ts";
import { CCW_CONSUMED, CLIA_SYSTEM } from "./known-paths-of-ccw.ts";

const CARIN = "http://hl7.org/fhir/us/carin-bb/CodeSystem/";
const TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/";
const ROLES = [
  `careTeam[].role.coding[system=${CARIN}C4BBClaimCareTeamRole].code`,
  // The billing organisation.
  `careTeam[].role.coding[system=${TERMINOLOGY}claimcareteamrole].code`,
];
const DIAGNOSIS_TYPES = [
  `diagnosis[].type[].coding[system=${CARIN}C4BBClaimDiagnosisType].code`,
  `diagnosis[].type[].coding[system=${TERMINOLOGY}ex-diagnosistype].code`,
];
const DRG = `supportingInfo[category=${URLS.drg}]`;

/** V2: FHIR R4 of the same claims as V1. */
export const V2_PATHS: KnownPaths = knownPathsWith(`type.coding[system=${URLS.claimType}].code`, {
  consumed: [
    ...CCW_CONSUMED,
    `extension[url=${URLS.nearLineRecord}].valueCoding.code`,
    `type.coding[system=${URLS.claimForm}].code`,
    `${DRG}.code.coding[system=${URLS.drg}].code`,
    ...ROLES,
    "careTeam[].provider.display",
    // V2 says what a number is by its type, and calls much an NPI that is none.
    "careTeam[].provider.identifier(type=npi).value",
    `careTeam[].provider.identifier(type=npi).type.coding[system=${CARIN}C4BBIdentifierType].code`,
    "careTeam[].provider.identifier(type=UPIN).value",
    `careTeam[].provider.identifier(type=UPIN).type.coding[system=${TERMINOLOGY}v2-0203].code`,
    `careTeam[].qualification.coding[system=${URLS.taxonomy}].code`,
    ...DIAGNOSIS_TYPES,
    "item[].{careTeamSequence[],diagnosisSequence[]}",
    `item[].productOrService.coding[system=${URLS.hcpcs}].code`,
    `item[].productOrService.coding[system=${URLS.hcpcsCode}].code`,
    `item[].productOrService.extension[url=${URLS.ndc}].valueCoding.code`,
    `item[].extension[url=${URLS.anesthesiaUnits}].valueQuantity.value`,
    `item[].extension[url=${URLS.pricingState}].valueCoding.code`,
    `item[].extension[url=${URLS.supplierType}].valueCoding.code`,
  ],
  unread: [
    { reason: "Which profiles of FHIR the claim follows", paths: ["meta.profile[]"] },
    {
      reason: "Claim id and claim group are told by their systems; both are called `uc`",
      paths: [URLS.claimId, URLS.claimGroup].map(
        (system) => `identifier[system=${system}].type.coding[system=${CARIN}C4BBIdentifierType].code`,
      ),
    },
    {
      reason: "Inpatient or outpatient, which the claim type says more closely",
      paths: [`subType.coding[system=${CARIN}C4BBInstitutionalClaimSubType].code`, "subType.text"],
    },
    { reason: "Points at an organisation that AB2D cuts", paths: ["provider.reference"] },
    {
      reason: "What a piece of information is: its code's system says the same",
      paths: [
        `${DRG}.sequence`,
        `${DRG}.category.coding[system=${TERMINOLOGY}claiminformationcategory].code`,
        `${DRG}.category.coding[system=https://bluebutton.cms.gov/resources/codesystem/information].code`,
      ],
    },
    {
      reason: "Lines and ICD procedures are not joined: professional claims have no procedures",
      paths: ["item[].procedureSequence[]"],
    },
    { reason: "A system that repeats the extension's address", paths: [CLIA_SYSTEM] },
  ],
  values: {
    ...Object.fromEntries(ROLES.map((path) => [path, [...R4_ROLES.keys()]])),
    ...Object.fromEntries(
      DIAGNOSIS_TYPES.map((path) => [
        path,
        ["principal", "admitting", "secondary", "other", "externalcauseofinjury", "patientreasonforvisit"],
      ]),
    ),
  },
});

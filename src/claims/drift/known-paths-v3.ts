import { R4_ROLES } from "../r4-roles.ts";
import { URLS } from "../urls.ts";
import type { KnownPaths } from "./known-paths.ts";
import { knownPathsWith } from "./known-paths-of-all.ts";

const CARIN = "http://hl7.org/fhir/us/carin-bb/CodeSystem/";
const TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/";
const CODE_SYSTEMS = "https://bluebutton.cms.gov/fhir/CodeSystem/";
const PAYMENT_SYSTEMS = "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/";
const ROLE = `careTeam[].role.coding[system=${URLS.idrCareTeamRole}].code`;
const DIAGNOSIS_TYPES = [
  `diagnosis[].type[].coding[system=${CARIN}C4BBClaimDiagnosisType].code`,
  `diagnosis[].type[].coding[system=${TERMINOLOGY}ex-diagnosistype].code`,
];
const NEAR_LINE = "supportingInfo[category=CLM_NRLN_RIC_CD]";
const DRG = "supportingInfo[category=drg]";
const NPI_OF_PRACTITIONER = `contained[resourceType=Practitioner].identifier[system=${URLS.npi}]`;
const NPI_OF_ORGANIZATION = `contained[resourceType=Organization].identifier[system=${URLS.npi}]`;
const NPI_OF_MEMBER = `careTeam[].provider.identifier(system=${URLS.npi})`;

/** V3: FHIR R4 of the Integrated Data Repository, whose mappings CMS says can change at any time. */
export const V3_PATHS: KnownPaths = knownPathsWith(`type.coding[system=${URLS.idrClaimType}].code`, {
  consumed: [
    "use",
    "meta.source",
    `meta.tag[system=${URLS.idrFinalAction}].code`,
    "identifier[type=uc].value",
    `identifier[type=uc].type.coding[system=${CARIN}C4BBIdentifierType].code`,
    `identifier[system=${URLS.idrClaimControlNumber}].value`,
    `type.coding[system=${URLS.idrClaimType}].code`,
    `type.coding[system=${URLS.claimForm}].code`,
    // Read to keep Part D out.
    "type.coding[system=https://bluebutton.cms.gov/resources/codesystem/eob-type].code",
    `billablePeriod.extension[url=${URLS.idrClaimQuery}].valueCoding.code`,
    "provider.{reference,display}",
    "insurance[].coverage.display",
    `${NEAR_LINE}.code.coding[system=${URLS.idrNearLineRecord}].code`,
    `${DRG}.code.coding[system=${URLS.idrDrg}].code`,
    ROLE,
    "careTeam[].provider.{reference,display}",
    `${NPI_OF_MEMBER}.value`,
    `careTeam[].qualification.coding[system=${URLS.idrProviderSpecialty}].code`,
    `careTeam[].qualification.coding[system=${URLS.taxonomy}].code`,
    "contained[resourceType=Practitioner].id",
    `${NPI_OF_PRACTITIONER}.value`,
    "contained[resourceType=Organization].id",
    `${NPI_OF_ORGANIZATION}.value`,
    ...DIAGNOSIS_TYPES,
    `diagnosis[].onAdmission.coding[system=${PAYMENT_SYSTEMS}HospitalAcqCond/Coding].code`,
    `procedure[].type[].coding[system=${URLS.idrProcedureType}].code`,
    "item[].{careTeamSequence[],diagnosisSequence[]}",
    `item[].productOrService.coding[system=${URLS.idrCpt}].code`,
    `item[].productOrService.coding[system=${URLS.idrHcpcs}].code`,
    `item[].productOrService.coding[system=${URLS.idrHipps}].code`,
    `item[].locationCodeableConcept.coding[system=${URLS.idrPlaceOfService}].code`,
    `item[].extension[url=${URLS.idrAnesthesiaUnits}].valueDecimal`,
    `item[].extension[url=${URLS.idrPricingLocality}].valueCoding.code`,
    `item[].extension[url=${URLS.idrProviderType}].valueCoding.code`,
  ],
  unread: [
    {
      reason: "Which profiles of FHIR a resource follows",
      paths: [
        "meta",
        "contained[resourceType=Practitioner].meta",
        "contained[resourceType=Organization].meta",
      ].map((meta) => `${meta}.profile[]`),
    },
    {
      reason: "Where the claim came from, which meta.source and the claim type say too",
      paths: [
        `meta.tag[system=${CODE_SYSTEMS}System-Type].code`,
        // Until the end of 2025, in place of Final-Action.
        `meta.tag[system=${CODE_SYSTEMS}Adjudication-Status].code`,
      ],
    },
    { reason: "How far BFD is with the claim; the tag Final-Action decides", paths: ["outcome"] },
    {
      reason: "Inpatient or outpatient, which the claim type says more closely",
      paths: [`subType.coding[system=${CARIN}C4BBInstitutionalClaimSubType].code`, "subType.text"],
    },
    { reason: "That the coverage is the one billed: each claim has one", paths: ["insurance[].focal"] },
    {
      reason: "What a piece of information is: its code's system says the same",
      paths: [
        `${NEAR_LINE}.sequence`,
        `${DRG}.sequence`,
        `${NEAR_LINE}.category.coding[system=${CODE_SYSTEMS}Supporting-Information].code`,
        `${NEAR_LINE}.category.coding[system=${TERMINOLOGY}claiminformationcategory].code`,
        `${DRG}.category.coding[system=${CARIN}C4BBSupportingInfoType].code`,
      ],
    },
    {
      reason: "A second word for a role, and what a provider is",
      paths: [
        `careTeam[].role.coding[system=${TERMINOLOGY}claimcareteamrole].code`,
        "careTeam[].provider.type",
      ],
    },
    {
      reason: "What kind of number an NPI is: its system says so",
      paths: [NPI_OF_MEMBER, NPI_OF_PRACTITIONER, NPI_OF_ORGANIZATION].map(
        (npi) => `${npi}.type.coding[system=${TERMINOLOGY}v2-0203].code`,
      ),
    },
    {
      reason: "The care team names its members itself",
      paths: [
        "contained[resourceType=Practitioner].name[].{family,given[]}",
        "contained[resourceType=Organization].{name,active}",
      ],
    },
    {
      reason: "Lines and ICD procedures are not joined: professional claims have no procedures",
      paths: ["item[].procedureSequence[]"],
    },
    {
      reason: "That a line has no product",
      paths: [`item[].productOrService.coding[system=${URLS.dataAbsentReason}].code`],
    },
  ],
  values: {
    [`meta.tag[system=${URLS.idrFinalAction}].code`]: ["FinalAction", "NotFinalAction"],
    [ROLE]: [...R4_ROLES.keys()],
    ...Object.fromEntries(
      DIAGNOSIS_TYPES.map((path) => [
        path,
        ["principal", "admitting", "secondary", "other", "externalcauseofinjury", "patientreasonforvisit"],
      ]),
    ),
  },
});

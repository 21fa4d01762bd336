import type { CareTeamMember } from "./care-team.ts";
import { isInstitutional } from "./claim-content.ts";
import type { Diagnosis } from "./claim-diagnoses.ts";
import type { ClaimType } from "./claim-history.ts";
import type { ClaimLine } from "./claim-lines.ts";
import { FACILITY_TYPES, NCH_CLAIM_TYPES, NEAR_LINE_RECORDS, printedDisplay } from "./claim-type-texts.ts";
import {
  BLUE_BUTTON,
  CARIN,
  coding,
  concept,
  decimal,
  filled,
  instantText,
  type Json,
  mbiExtensions,
  variable,
} from "./fhir.ts";
import { equipmentVariables, lineLocation } from "./line-location.ts";
import { newYorkMidnight } from "./new-york-midnight.ts";
import type { ClaimFacts } from "./render-claim.ts";
import { newYorkOffset } from "./upstream-load.ts";

const ICD_10 = "http://hl7.org/fhir/sid/icd-10";
const IDENTIFIER_TYPE = `${CARIN}CodeSystem/C4BBIdentifierType`;
const CARE_TEAM_ROLE = `${CARIN}CodeSystem/C4BBClaimCareTeamRole`;
const DIAGNOSIS_TYPE = `${CARIN}CodeSystem/C4BBClaimDiagnosisType`;
const EX_DIAGNOSIS_TYPE = "http://terminology.hl7.org/CodeSystem/ex-diagnosistype";
const HCPCS = "https://bluebutton.cms.gov/resources/codesystem/hcpcs";
const UNIQUE_CLAIM = concept(IDENTIFIER_TYPE, "uc", "Unique Claim ID");
const NPI_TYPE = concept(IDENTIFIER_TYPE, "npi", "National Provider Identifier");
const UPIN_TYPE = concept(
  "http://terminology.hl7.org/CodeSystem/v2-0203",
  "UPIN",
  "Medicare/CMS (formerly HCFA)'s Universal Physician Identification numbers",
);
const ROLES = {
  attending: ["attending", "Attending"],
  operating: ["operating", "Operating"],
  "other-operating": ["otheroperating", "Other Operating"],
  rendering: ["performing", "Performing provider"],
  referring: ["referring", "Referring"],
} as const;
/** Real V2 output profiles home health as a professional's claim and equipment as an institution's. */
const PROFILES: Readonly<Record<ClaimType, string>> = {
  carrier: "Professional-NonClinician",
  dme: "Inpatient-Institutional",
  hha: "Professional-NonClinician",
  hospice: "Inpatient-Institutional",
  inpatient: "Inpatient-Institutional",
  outpatient: "Outpatient-Institutional",
  snf: "Inpatient-Institutional",
};

/** The claim as AB2D V2 (FHIR R4) shows it. */
export function renderV2(facts: ClaimFacts): Json {
  const { patient, mbis, content, ids, lastUpdated, isActive, isOlderShape } = facts;
  const { type } = content;
  const facilityType = FACILITY_TYPES[type];
  const isProfessional = PROFILES[type] === "Professional-NonClinician";
  const diagnoses = diagnosesInOrder(content.diagnoses);
  const team = careTeamOf(content.careTeam, type);
  const performing = team.findIndex(({ role }) => isPerforming(role));
  return {
    resourceType: "ExplanationOfBenefit",
    id: `${type}-${ids.ccw}`,
    meta: {
      lastUpdated: instantText(lastUpdated, newYorkOffset(lastUpdated)),
      profile: [`${CARIN}StructureDefinition/C4BB-ExplanationOfBenefit-${PROFILES[type]}`],
    },
    extension: [variable("nch_near_line_rec_ident_cd", ...NEAR_LINE_RECORDS[type]), ...mbiExtensions(mbis)],
    // Both identifiers have type uc: their system alone tells claim and family apart.
    identifier: [
      { type: UNIQUE_CLAIM, system: `${BLUE_BUTTON}clm_id`, value: ids.ccw },
      {
        type: UNIQUE_CLAIM,
        system: "https://bluebutton.cms.gov/resources/identifier/claim-group",
        value: ids.group,
      },
    ],
    status: isActive ? "active" : "cancelled",
    type: {
      coding: [
        coding(`${BLUE_BUTTON}nch_clm_type_cd`, content.typeCode, NCH_CLAIM_TYPES[content.typeCode]),
        coding("https://bluebutton.cms.gov/resources/codesystem/eob-type", type.toUpperCase()),
        isProfessional
          ? coding("http://terminology.hl7.org/CodeSystem/claim-type", "professional", "Professional")
          : coding("http://terminology.hl7.org/CodeSystem/claim-type", "institutional", "Institutional"),
      ],
    },
    patient: { reference: `Patient/${patient.ccwId}` },
    billablePeriod: {
      extension: content.queryCode
        ? [
            variable(
              "claim_query_cd",
              content.queryCode,
              content.queryCode === "3" ? "Final bill" : "Interim bill",
            ),
          ]
        : undefined,
      start: content.serviceFrom,
      end: content.serviceTo,
    },
    // In the 2022 output this pointed at a contained organization that was not there; today it is cut.
    provider: facilityType && isOlderShape ? { reference: "#provider-org" } : undefined,
    facility: facilityType
      ? { extension: [variable("clm_fac_type_cd", facilityType[0], facilityType[1])] }
      : undefined,
    careTeam: filled(team),
    supportingInfo: content.drg ? [drgOf(content.drg)] : undefined,
    diagnosis: diagnoses.map((diagnosis) => diagnosisOf(diagnosis, { type, diagnoses })),
    procedure: filled(
      content.procedures.map(({ sequence, date, code: [code, display] }) => ({
        sequence,
        date: isOlderShape ? newYorkMidnight(date) : `${date}T00:00:00+00:00`,
        procedureCodeableConcept: {
          coding: [
            coding(ICD_10, code, printedDisplay(display)),
            ...(isOlderShape
              ? []
              : [coding("http://www.cms.gov/Medicare/Coding/ICD10", code, printedDisplay(display))]),
          ],
        },
      })),
    ),
    item: content.lines.map((line) => itemOf(line, { type, performing, diagnoses: content.diagnoses })),
  };
}

function drgOf(drg: string): Json {
  return {
    sequence: 1,
    category: {
      coding: [
        coding("http://terminology.hl7.org/CodeSystem/claiminformationcategory", "info", "Information"),
        coding("https://bluebutton.cms.gov/resources/codesystem/information", `${BLUE_BUTTON}clm_drg_cd`),
      ],
    },
    code: concept(`${BLUE_BUTTON}clm_drg_cd`, drg.padStart(3, "0")),
  };
}

function careTeamOf(members: readonly CareTeamMember[], type: ClaimType): readonly Json[] {
  const entries = members.flatMap((member) => {
    const [code, display] = ROLES[member.role];
    const role = concept(CARE_TEAM_ROLE, code, display);
    if (member.role === "rendering") return renderingProvider(member, { role, type });
    const person = { provider: { identifier: { type: NPI_TYPE, value: member.npi ?? member.pin } }, role };
    // Hospitals' people come twice: once by NPI, once by a UPIN that nobody fills in any more.
    const hasUpin = type === "inpatient" || type === "outpatient";
    return hasUpin ? [person, { provider: { identifier: { type: UPIN_TYPE } }, role }] : [person];
  });
  return entries.map((entry, index) => sequenceAfterExtension(entry, index + 1));
}

function isPerforming(role: unknown): boolean {
  return JSON.stringify(role).includes('"performing"');
}

function sequenceAfterExtension(entry: Json, sequence: number): Json {
  const { extension, ...rest } = entry;
  return { extension, sequence, ...rest };
}

function renderingProvider(
  { npi, specialty, providerType, isParticipating, group }: CareTeamMember,
  { role, type }: { readonly role: Json; readonly type: ClaimType },
): readonly Json[] {
  if (isInstitutional(type)) return [{ provider: { identifier: { type: NPI_TYPE, value: npi } }, role }];
  return [
    {
      extension: [
        variable("carr_line_prvdr_type_cd", providerType),
        variable(
          "prtcptng_ind_cd",
          isParticipating ? "1" : "2",
          isParticipating ? "Participating" : undefined,
        ),
      ],
      provider: { identifier: { type: NPI_TYPE, value: npi }, display: group.name },
      responsible: true,
      role,
      qualification: {
        coding: [
          coding(`${BLUE_BUTTON}prvdr_spclty`, specialty[0], specialty[1]),
          coding("http://nucc.org/provider-taxonomy", specialty[2]),
        ],
      },
    },
    {
      provider: { identifier: { type: NPI_TYPE, value: group.npi }, display: group.name },
      role: concept("http://terminology.hl7.org/CodeSystem/claimcareteamrole", "primary", "Primary provider"),
    },
  ];
}

/** V2 numbers the diagnoses of some claims otherwise than V1 does: two principal ones change places. */
function diagnosesInOrder(diagnoses: readonly Diagnosis[]): readonly Diagnosis[] {
  const [first, second, ...others] = diagnoses;
  if (!first || !second?.roles.includes("principal")) return diagnoses;
  return [{ ...second, sequence: first.sequence }, { ...first, sequence: second.sequence }, ...others];
}

function diagnosisOf(
  { sequence, code: [code, display], roles, presentOnAdmission }: Diagnosis,
  { type, diagnoses }: { readonly type: ClaimType; readonly diagnoses: readonly Diagnosis[] },
): Json {
  const isSecondaryType = type === "carrier" || type === "hha";
  const isExternal = roles.includes("external-cause");
  const poaVariable = isExternal ? "clm_e_poa_ind_sw1" : `clm_poa_ind_sw${sequence}`;
  const others = isSecondaryType
    ? concept(DIAGNOSIS_TYPE, "secondary", "Secondary")
    : concept(DIAGNOSIS_TYPE, "other", "Other");
  const hasOtherPrincipal = diagnoses.some(
    (one) => one.roles.includes("principal") && one.sequence !== sequence,
  );
  const typeConcept = (): Json => {
    // Real skilled nursing claims have lost their principal diagnosis in V2.
    if (roles.length === 0 || type === "snf") return others;
    if (isExternal)
      return type === "hha"
        ? others
        : concept(DIAGNOSIS_TYPE, "externalcauseofinjury", "External Cause of Injury");
    if (roles.includes("reason-for-visit"))
      return concept(DIAGNOSIS_TYPE, "patientreasonforvisit", "Patient Reason for Visit");
    // One type has to do: the admitting diagnosis is named as such when another one is the principal.
    if (roles.includes("admitting") && hasOtherPrincipal) {
      return concept(EX_DIAGNOSIS_TYPE, "admitting", "Admitting Diagnosis");
    }
    return concept(EX_DIAGNOSIS_TYPE, "principal", isSecondaryType ? "principal" : "Principal Diagnosis");
  };
  const systems = code.length % 2 === 0 ? [ICD_10] : [ICD_10, "http://hl7.org/fhir/sid/icd-10-cm"];
  return {
    extension: presentOnAdmission ? [variable(poaVariable, presentOnAdmission)] : undefined,
    sequence,
    diagnosisCodeableConcept: {
      coding: systems.map((system) => coding(system, code, printedDisplay(display))),
    },
    type: [typeConcept()],
  };
}

interface ItemOptions {
  readonly type: ClaimType;
  /** The place of who performed the services in the care team, or -1. */
  readonly performing: number;
  readonly diagnoses: readonly Diagnosis[];
}

function itemOf(line: ClaimLine, { type, performing, diagnoses }: ItemOptions): Json {
  const professional = !isInstitutional(type);
  const isSwapped = diagnosesInOrder(diagnoses) !== diagnoses;
  return {
    extension: filled([
      ...(line.anesthesiaUnits
        ? [
            {
              url: `${BLUE_BUTTON}carr_line_ansthsa_unit_cnt`,
              valueQuantity: { value: decimal(line.anesthesiaUnits) },
            },
          ]
        : []),
      ...(type === "dme" ? equipmentVariables() : []),
    ]),
    sequence: line.number,
    careTeamSequence: line.renderedBy !== undefined && performing >= 0 ? [performing + 1] : undefined,
    diagnosisSequence: filled(
      line.diagnosisSequences.map((sequence) => (isSwapped && sequence <= 2 ? 3 - sequence : sequence)),
    ),
    procedureSequence: filled(line.procedureSequences),
    productOrService: line.hcpcs ? productOrService(line, type) : undefined,
    servicedDate: professional ? undefined : line.served?.from,
    servicedPeriod:
      professional && line.served ? { start: line.served.from, end: line.served.to } : undefined,
    locationAddress: professional ? undefined : { state: "22" },
    locationCodeableConcept: professional ? lineLocation(line, { apiVersion: "v2", type }) : undefined,
    quantity: type === "hha" ? undefined : { value: decimal(line.quantity) },
  };
}

function productOrService({ hcpcs, ndc, ideNdcUpc, number }: ClaimLine, type: ClaimType): Json {
  const systems =
    type === "inpatient"
      ? [HCPCS, `${BLUE_BUTTON}hcpcs_cd`]
      : [number % 5 === 0 ? `${BLUE_BUTTON}hcpcs_cd` : HCPCS];
  const drug = ndc ?? ideNdcUpc;
  return {
    extension: drug
      ? [{ url: "http://hl7.org/fhir/sid/ndc", valueCoding: coding("http://hl7.org/fhir/sid/ndc", drug) }]
      : undefined,
    coding: systems.map((system) => coding(system, hcpcs!)),
  };
}

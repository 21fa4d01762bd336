import type { CareTeamMember, CareTeamRole } from "./care-team.ts";
import { isInstitutional } from "./claim-content.ts";
import type { Diagnosis, DiagnosisRole } from "./claim-diagnoses.ts";
import type { ClaimLine } from "./claim-lines.ts";
import { FACILITY_TYPES, NCH_CLAIM_TYPES, NEAR_LINE_RECORDS, printedDisplay } from "./claim-type-texts.ts";
import {
  BLUE_BUTTON,
  coding,
  concept,
  decimal,
  filled,
  instantText,
  type Json,
  mbiExtensions,
  NPI,
  variable,
} from "./fhir.ts";
import { lineLocation } from "./line-location.ts";
import { newYorkMidnight } from "./new-york-midnight.ts";
import type { ClaimFacts } from "./render-claim.ts";
import { newYorkOffset } from "./upstream-load.ts";

const ICD_10 = "http://hl7.org/fhir/sid/icd-10";
const NDC = "http://hl7.org/fhir/sid/ndc";
const EX_CLAIM_TYPES: Readonly<Record<string, readonly [string, string]>> = {
  carrier: ["professional", "Professional"],
  // Real V1 output calls outpatient claims professional, and says nothing of home health and equipment.
  outpatient: ["professional", "Professional"],
  inpatient: ["institutional", "Institutional"],
  snf: ["institutional", "Institutional"],
  hospice: ["institutional", "Institutional"],
};
const DIAGNOSIS_TYPES: Readonly<Record<DiagnosisRole, readonly [string, string]>> = {
  principal: [
    "principal",
    "The single medical diagnosis that is most relevant to the patient's chief complaint or need for treatment.",
  ],
  admitting: ["admitting", "The diagnosis given as the reason why the patient was admitted to the hospital."],
  "external-cause": [
    "external-first",
    "The code used to identify the 1st external cause of injury, poisoning, or other adverse effect.",
  ],
  "reason-for-visit": [
    "reason-for-visit",
    "The diagnosis code used to identify the patient's reason for the Hospital Outpatient visit.",
  ],
};
/** V1 has three roles only; who refers, and who renders in a hospital, is not among them. */
const ROLES: Readonly<Partial<Record<CareTeamRole, readonly [string, string]>>> = {
  operating: ["assist", "Assisting Provider"],
  attending: ["primary", "Primary provider"],
  "other-operating": ["other", "Other"],
};

/** The claim as AB2D V1 (FHIR STU3) shows it. */
export function renderV1({ patient, mbis, content, ids, lastUpdated, isActive }: ClaimFacts): Json {
  const { type, organization } = content;
  const facilityType = FACILITY_TYPES[type];
  const hasOrganization = type === "inpatient" || type === "outpatient" || type === "hospice";
  const nearLine = NEAR_LINE_RECORDS[type];
  const exType = EX_CLAIM_TYPES[type];
  const npi = hasOrganization ? { system: NPI, value: organization.npi } : undefined;
  return {
    resourceType: "ExplanationOfBenefit",
    id: `${type}-${ids.ccw}`,
    meta: { lastUpdated: instantText(lastUpdated, newYorkOffset(lastUpdated)) },
    extension: filled([...amounts(content.primaryPayerPaid), ...mbiExtensions(mbis)]),
    identifier: [
      { system: `${BLUE_BUTTON}clm_id`, value: ids.ccw },
      { system: "https://bluebutton.cms.gov/resources/identifier/claim-group", value: ids.group },
    ],
    status: isActive ? "active" : "cancelled",
    type: {
      coding: [
        coding(`${BLUE_BUTTON}nch_clm_type_cd`, content.typeCode, NCH_CLAIM_TYPES[content.typeCode]),
        coding("https://bluebutton.cms.gov/resources/codesystem/eob-type", type.toUpperCase()),
        ...(exType ? [coding("http://hl7.org/fhir/ex-claimtype", ...exType)] : []),
        coding(`${BLUE_BUTTON}nch_near_line_rec_ident_cd`, ...nearLine),
        ...(facilityType ? [coding(`${BLUE_BUTTON}clm_srvc_clsfctn_type_cd`, facilityType[2])] : []),
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
    provider: facilityType
      ? { identifier: { system: `${BLUE_BUTTON}prvdr_num`, value: organization.ccn } }
      : undefined,
    organization: npi
      ? { identifier: npi, display: type === "hospice" ? organization.name : undefined }
      : undefined,
    facility: facilityType
      ? { extension: [variable("clm_fac_type_cd", facilityType[0], facilityType[1])], identifier: npi }
      : undefined,
    careTeam: filled(careTeamOf(content.careTeam, isInstitutional(type))),
    diagnosis: [
      ...content.diagnoses.map((diagnosis) => diagnosisOf(diagnosis)),
      // The DRG travels as a diagnosis without sequence or code.
      ...(content.drg
        ? [{ packageCode: concept(`${BLUE_BUTTON}clm_drg_cd`, content.drg.padStart(3, "0")) }]
        : []),
    ],
    procedure: filled(
      content.procedures.map(({ sequence, date, code: [code, display] }) => ({
        sequence,
        date: newYorkMidnight(date),
        procedureCodeableConcept: concept(ICD_10, code, printedDisplay(display)),
      })),
    ),
    precedence: 0,
    item: content.lines.map((line) => itemOf(line, content.type)),
  };
}

function amounts(primaryPayerPaid: string | undefined): readonly Json[] {
  if (primaryPayerPaid === undefined) return [];
  const valueMoney = { value: decimal(primaryPayerPaid), system: "urn:iso:std:iso:4217", code: "USD" };
  return [{ url: `${BLUE_BUTTON}prpayamt`, valueMoney }];
}

function careTeamOf(members: readonly CareTeamMember[], institutional: boolean): readonly Json[] {
  if (!institutional) {
    return members.filter(({ role }) => role === "rendering").map((member) => renderingProvider(member));
  }
  return members
    .flatMap(({ role, npi }) => (ROLES[role] ? [{ role: ROLES[role], npi }] : []))
    .sort((a, b) => a.role[0].localeCompare(b.role[0]))
    .map(({ role, npi }, index) => ({
      sequence: index + 2,
      provider: { identifier: { system: NPI, value: npi } },
      role: concept("http://hl7.org/fhir/claimcareteamrole", ...role),
    }));
}

function renderingProvider(member: CareTeamMember): Json {
  const { npi, specialty, providerType, isParticipating, group } = member;
  return {
    extension: [
      variable("carr_line_prvdr_type_cd", providerType),
      variable("prtcptng_ind_cd", isParticipating ? "1" : "2", isParticipating ? "Participating" : undefined),
      { url: NPI, valueCoding: coding(NPI, group.npi, group.name) },
    ],
    sequence: 2,
    provider: { identifier: { system: NPI, value: npi } },
    responsible: true,
    role: concept("http://hl7.org/fhir/claimcareteamrole", "primary", "Primary provider"),
    qualification: concept(`${BLUE_BUTTON}prvdr_spclty`, specialty[0], specialty[1]),
  };
}

function diagnosisOf({ sequence, code: [code, display], roles, presentOnAdmission }: Diagnosis): Json {
  return {
    extension: presentOnAdmission ? [variable(`clm_poa_ind_sw${sequence}`, presentOnAdmission)] : undefined,
    sequence,
    diagnosisCodeableConcept: concept(ICD_10, code, printedDisplay(display)),
    type: filled(
      roles.map((role) =>
        concept("https://bluebutton.cms.gov/resources/codesystem/diagnosis-type", ...DIAGNOSIS_TYPES[role]),
      ),
    ),
  };
}

function itemOf(line: ClaimLine, type: ClaimFacts["content"]["type"]): Json {
  const professional = !isInstitutional(type);
  return {
    extension: filled([
      ...(line.ndc ? [{ url: NDC, valueCoding: coding(NDC, line.ndc) }] : []),
      ...(line.ndcQuantity
        ? [
            {
              url: `${BLUE_BUTTON}rev_cntr_ndc_qty`,
              valueQuantity: { value: decimal(line.ndcQuantity), unit: "ML" },
            },
          ]
        : []),
    ]),
    sequence: line.number,
    careTeamLinkId: professional && line.renderedBy !== undefined ? [2] : undefined,
    diagnosisLinkId: filled(line.diagnosisSequences),
    procedureLinkId: filled(line.procedureSequences),
    service: line.hcpcs ? serviceOf(line, type) : undefined,
    servicedDate: professional ? undefined : line.served?.from,
    servicedPeriod:
      professional && line.served ? { start: line.served.from, end: line.served.to } : undefined,
    locationAddress: professional ? undefined : { state: "22" },
    locationCodeableConcept: professional ? lineLocation(line, { apiVersion: "v1", type }) : undefined,
    quantity: { value: decimal(line.quantity) },
  };
}

function serviceOf(line: ClaimLine, type: string): Json {
  return {
    extension: filled([
      ...(line.ideNdcUpc ? [variable("rev_cntr_ide_ndc_upc_num", line.ideNdcUpc)] : []),
      ...(line.anesthesiaUnits
        ? [
            {
              url: `${BLUE_BUTTON}carr_line_ansthsa_unit_cnt`,
              valueQuantity: { value: decimal(line.anesthesiaUnits) },
            },
          ]
        : []),
    ]),
    coding: [
      {
        system: "https://bluebutton.cms.gov/resources/codesystem/hcpcs",
        version: type === "dme" ? "1" : undefined,
        code: line.hcpcs,
      },
    ],
  };
}

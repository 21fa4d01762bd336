import type { CareTeamMember } from "./care-team.ts";
import { isInstitutional } from "./claim-content.ts";
import type { Diagnosis } from "./claim-diagnoses.ts";
import type { ClaimType } from "./claim-history.ts";
import type { ClaimLine } from "./claim-lines.ts";
import { IDR_CLAIM_TYPES, NEAR_LINE_RECORDS } from "./claim-type-texts.ts";
import {
  BLUE_BUTTON_FHIR,
  CARIN,
  coding,
  concept,
  decimal,
  filled,
  instantText,
  type Json,
  mbiExtensions,
  NPI,
} from "./fhir.ts";
import type { ClaimFacts } from "./render-claim.ts";

const DIAGNOSIS_TYPE = `${CARIN}CodeSystem/C4BBClaimDiagnosisType`;
const CARE_TEAM_ROLE = `${CARIN}CodeSystem/C4BBClaimCareTeamRole`;
const NPI_TYPE = concept(
  "http://terminology.hl7.org/CodeSystem/v2-0203",
  "NPI",
  "National provider identifier",
);
const PAYMENT_SYSTEMS = "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/";
const ROLES = {
  attending: ["attending", "Attending"],
  operating: ["operating", "Operating"],
  "other-operating": ["otheroperating", "Other Operating"],
  rendering: ["rendering", "Rendering provider"],
  referring: ["referring", "Referring provider"],
} as const;

type Member = CareTeamMember & { readonly npi: string };

/** The claim as AB2D V3 (FHIR R4, another source) shows it: ids of its own, no claim group, its standing in a tag. */
export function renderV3({
  patient,
  mbis,
  content,
  ids,
  lastUpdated,
  isActive,
  isOlderShape,
}: ClaimFacts): Json {
  const { type } = content;
  const institutional = isInstitutional(type);
  const setting = type === "outpatient" || type === "hha" ? "outpatient" : "inpatient";
  const profile = institutional
    ? { inpatient: "Inpatient-Institutional", outpatient: "Outpatient-Institutional" }[setting]
    : "Professional-NonClinician";
  const members = content.careTeam.filter((member): member is Member => member.npi !== undefined);
  return {
    resourceType: "ExplanationOfBenefit",
    id: ids.idr,
    meta: {
      lastUpdated: instantText(lastUpdated, 0),
      source: "NCH",
      profile: [`${CARIN}StructureDefinition/C4BB-ExplanationOfBenefit-${profile}|2.1.0`],
      tag: [
        coding(`${BLUE_BUTTON_FHIR}CodeSystem/System-Type`, "NationalClaimsHistory"),
        coding(`${BLUE_BUTTON_FHIR}CodeSystem/Final-Action`, isActive ? "FinalAction" : "NotFinalAction"),
      ],
    },
    contained: isOlderShape ? filled(members.map((member, index) => practitioner(member, index))) : undefined,
    // A patient with several MBIs shows the current one only.
    extension: filled(mbiExtensions({ current: mbis.current, historic: [] })),
    identifier: [
      { type: concept(`${CARIN}CodeSystem/C4BBIdentifierType`, "uc", "Unique Claim ID"), value: ids.idr },
      { system: "https://bluebutton.cms.gov/identifiers/CLM-CNTL-NUM", value: content.controlNumber },
    ],
    status: "active",
    type: {
      coding: [
        coding(`${BLUE_BUTTON_FHIR}CodeSystem/CLM-TYPE-CD`, content.typeCode, IDR_CLAIM_TYPES[type]),
        coding(
          "http://terminology.hl7.org/CodeSystem/claim-type",
          institutional ? "institutional" : "professional",
        ),
      ],
    },
    subType: institutional ? concept(`${CARIN}CodeSystem/C4BBInstitutionalClaimSubType`, setting) : undefined,
    use: "claim",
    patient: { reference: `Patient/${patient.idrId}` },
    billablePeriod: {
      extension: content.queryCode ? [flag("CLM-QUERY-CD", content.queryCode)] : undefined,
      start: content.serviceFrom,
      end: content.serviceTo,
    },
    provider: isOlderShape ? undefined : { reference: `#${content.organization.npi}` },
    outcome: "complete",
    careTeam: filled(members.map((member, index) => careTeamEntry(member, { index, isOlderShape }))),
    supportingInfo: supportingInfoOf(type, content.drg),
    diagnosis: diagnosesOf(content.diagnoses, type),
    procedure: filled(
      content.procedures.map(({ sequence, date, code: [code] }, index) => ({
        sequence,
        type: [concept(`${CARIN}CodeSystem/C4BBClaimProcedureType`, index === 0 ? "principal" : "other")],
        date,
        procedureCodeableConcept: concept("http://www.cms.gov/Medicare/Coding/ICD10", code),
      })),
    ),
    insurance: [
      { focal: true, coverage: { display: NEAR_LINE_RECORDS[type][0] === "V" ? "Part A" : "Part B" } },
    ],
    item: content.lines.map((line) => itemOf(line, { type, members, claimFrom: content.serviceFrom })),
  };
}

function flag(name: string, code: string): Json {
  const valueCoding = coding(`${BLUE_BUTTON_FHIR}CodeSystem/${name}`, code);
  return { url: `${BLUE_BUTTON_FHIR}StructureDefinition/${name}`, valueCoding };
}

function practitioner({ npi }: Member, index: number): Json {
  return {
    resourceType: "Practitioner",
    id: `careteam-provider-${index + 1}`,
    meta: {
      profile: [
        `${CARIN}StructureDefinition/C4BB-Practitioner|2.1.0`,
        "http://hl7.org/fhir/us/core/StructureDefinition/us-core-practitioner|6.1.0",
      ],
    },
    identifier: [{ type: NPI_TYPE, system: NPI, value: npi }],
  };
}

function careTeamEntry(
  member: Member,
  { index, isOlderShape }: { readonly index: number; readonly isOlderShape: boolean },
): Json {
  const [code, display] = ROLES[member.role];
  const role = coding(CARE_TEAM_ROLE, code, display);
  if (isOlderShape) {
    return {
      sequence: index + 1,
      provider: { reference: `#careteam-provider-${index + 1}` },
      role: { coding: [role] },
    };
  }
  return {
    sequence: index + 1,
    provider: { identifier: { type: NPI_TYPE, system: NPI, value: member.npi }, display: member.name },
    role: {
      coding: [role, coding("http://terminology.hl7.org/CodeSystem/claimcareteamrole", "other", "Other")],
    },
    qualification:
      member.role === "rendering"
        ? {
            coding: [
              coding(`${BLUE_BUTTON_FHIR}CodeSystem/CLM-PRVDR-SPCLTY-CD`, member.specialty[0]),
              coding("http://nucc.org/provider-taxonomy", member.specialty[2]),
            ],
          }
        : undefined,
  };
}

function supportingInfoOf(type: ClaimType, drg: string | undefined): readonly Json[] {
  const nearLine = {
    sequence: 4,
    category: {
      coding: [
        coding(
          `${BLUE_BUTTON_FHIR}CodeSystem/Supporting-Information`,
          "CLM_NRLN_RIC_CD",
          "Near Line Record Identification Code",
        ),
        coding("http://terminology.hl7.org/CodeSystem/claiminformationcategory", "info", "Information"),
      ],
    },
    code: concept(`${BLUE_BUTTON_FHIR}CodeSystem/CLM-NRLN-RIC-CD`, ...NEAR_LINE_RECORDS[type]),
  };
  if (drg === undefined) return [nearLine];
  return [
    nearLine,
    {
      sequence: 16,
      category: concept(`${CARIN}CodeSystem/C4BBSupportingInfoType`, "drg"),
      code: concept(`${PAYMENT_SYSTEMS}AcuteInpatientPPS/MS-DRG-Classifications-and-Software`, drg),
    },
  ];
}

function diagnosesOf(diagnoses: readonly Diagnosis[], type: ClaimType): readonly Json[] {
  const [principal] = diagnoses;
  const ofType = (code: string): Json => concept(DIAGNOSIS_TYPE, code);
  const others = ofType(isInstitutional(type) ? "other" : "secondary");
  const entries = diagnoses.map(({ code, roles, presentOnAdmission }, index) => ({
    code,
    presentOnAdmission,
    type: ((): Json => {
      if (index === 0) return concept("http://terminology.hl7.org/CodeSystem/ex-diagnosistype", "principal");
      if (roles.includes("external-cause")) return ofType("externalcauseofinjury");
      return roles.includes("reason-for-visit") ? ofType("patientreasonforvisit") : others;
    })(),
  }));
  const admitting = {
    code: principal!.code,
    presentOnAdmission: undefined,
    type: concept("http://terminology.hl7.org/CodeSystem/ex-diagnosistype", "admitting"),
  };
  // The principal diagnosis is there a second time among the others; a line's links keep pointing at the first.
  const again = { code: principal!.code, presentOnAdmission: undefined, type: others };
  return [...entries, again, ...(type === "inpatient" || type === "snf" ? [admitting] : [])].map(
    ({ code: [code, display], presentOnAdmission, type: typeConcept }, index) => ({
      sequence: index + 1,
      diagnosisCodeableConcept: concept("http://hl7.org/fhir/sid/icd-10-cm", display ? dotted(code) : code),
      type: [typeConcept],
      onAdmission: presentOnAdmission
        ? concept(`${PAYMENT_SYSTEMS}HospitalAcqCond/Coding`, presentOnAdmission)
        : undefined,
    }),
  );
}

function dotted(code: string): string {
  return code.length > 3 ? `${code.slice(0, 3)}.${code.slice(3)}` : code;
}

interface ItemOptions {
  readonly type: ClaimType;
  readonly members: readonly Member[];
  readonly claimFrom: string;
}

function itemOf(line: ClaimLine, { type, members, claimFrom }: ItemOptions): Json {
  const professional = !isInstitutional(type);
  const rendering = members.findIndex(({ role }) => role === "rendering");
  // V3 mostly has no link from a line to who rendered it, and mixes periods and single days in one claim.
  const hasLink = rendering >= 0 && line.number % 3 === 0;
  const hasPeriod = professional && line.number % 2 === 0 && line.served !== undefined;
  return {
    extension: filled([
      ...(line.anesthesiaUnits
        ? [
            {
              url: `${BLUE_BUTTON_FHIR}StructureDefinition/CLM-LINE-ANSTHSA-UNIT-CNT`,
              valueDecimal: decimal(line.anesthesiaUnits),
            },
          ]
        : []),
      ...(professional ? [flag("CLM-PRCNG-LCLTY-CD", type === "dme" ? "MA" : "40")] : []),
      ...(professional ? [flag("CLM-PRVDR-TYPE-CD", type === "dme" ? "6" : "1")] : []),
    ]),
    sequence: line.number,
    careTeamSequence: hasLink ? [rendering + 1] : undefined,
    diagnosisSequence: filled(line.diagnosisSequences),
    procedureSequence: filled(line.procedureSequences),
    productOrService: productOrService(line),
    servicedDate: hasPeriod ? undefined : (line.served?.from ?? claimFrom),
    servicedPeriod: hasPeriod ? { start: line.served.from, end: line.served.to } : undefined,
    locationCodeableConcept: line.placeOfService
      ? concept(
          "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set",
          line.placeOfService,
        )
      : undefined,
    quantity: line.quantity === "0" ? undefined : { value: decimal(line.quantity) },
  };
}

function productOrService({ hcpcs, hipps }: ClaimLine): Json {
  if (hipps) return concept(`${PAYMENT_SYSTEMS}ProspMedicareFeeSvcPmtGen/HIPPSCodes`, hipps);
  if (!hcpcs) {
    return concept(
      "http://terminology.hl7.org/CodeSystem/data-absent-reason",
      "not-applicable",
      "Not Applicable",
    );
  }
  const isCpt = /^\d/.test(hcpcs);
  return concept(
    isCpt ? "http://www.ama-assn.org/go/cpt" : "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    hcpcs,
  );
}

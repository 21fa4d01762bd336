import type { CareTeamMember } from "../care-team.ts";
import type { ClaimContent } from "../claim-content.ts";
import type { ClaimType } from "../claim-history.ts";
import type { ClaimLine } from "../claim-lines.ts";
import { ACUTE_CONDITIONS, CHRONIC_CONDITIONS, type CodeWithDisplay, EXTERNAL_CAUSES } from "../code-sets.ts";
import { plantedDay } from "./planted-day.ts";
import type { PlantedClaim, PlantedLine } from "./planted-member.ts";
import { plantedNpi } from "./planted-npi.ts";

const TYPE_CODES: Readonly<Record<ClaimType, string>> = {
  carrier: "71",
  dme: "82",
  hha: "10",
  hospice: "50",
  inpatient: "60",
  outpatient: "40",
  snf: "20",
};
const PLAIN_LINES: Readonly<Record<ClaimType, Partial<ClaimLine>>> = {
  carrier: { hcpcs: "99213" },
  dme: { hcpcs: "E0601" },
  hha: { hipps: "1AA11" },
  hospice: { hcpcs: "G0299" },
  inpatient: {},
  outpatient: { hcpcs: "G0463" },
  snf: { hipps: "PDPM1" },
};
const SPECIALTIES = {
  "01": ["01", "General practice", "208D00000X"],
  "90": ["90", "Medical oncology", "207RX0202X"],
} as const;
const SORE_THROAT = ["J029"];
const BILLING_GROUP = { npi: "9998800099", name: "EXAMPLE PHYSICIANS PC" };
const TEXTS = new Map<string, CodeWithDisplay>(
  [...CHRONIC_CONDITIONS.flat(), ...ACUTE_CONDITIONS, ...EXTERNAL_CAUSES].map((code) => [code[0], code]),
);

export interface PlantedContentOptions {
  /** The date (`YYYY-MM-DD`) from which the claim's days are counted. */
  readonly anchor: string;
  /** The claim's number within its member: who no provider is named has one of their own. */
  readonly family: number;
}

/** What a planted claim says, in the form in which drawn ones are rendered. */
export function plantedContent(claim: PlantedClaim, { anchor, family }: PlantedContentOptions): ClaimContent {
  const { type, from, to = from, diagnoses = SORE_THROAT, provider = 1 + family, lines = [{}] } = claim;
  const isProfessional = type === "carrier" || type === "dme";
  const serviceFrom = plantedDay(anchor, from);
  const serviceTo = plantedDay(anchor, to);
  const member: CareTeamMember = {
    role: isProfessional ? "rendering" : "attending",
    npi: plantedNpi(provider),
    pin: undefined,
    name: "STORY, TELLER",
    specialty: SPECIALTIES[claim.specialty ?? "01"],
    providerType: "1",
    isParticipating: true,
    group: BILLING_GROUP,
  };
  return {
    type,
    typeCode: TYPE_CODES[type],
    serviceFrom,
    serviceTo,
    queryCode: ["inpatient", "outpatient", "snf"].includes(type) ? (claim.isInterim ? "1" : "3") : undefined,
    drg: claim.drg,
    organization: { ...BILLING_GROUP, ccn: "220099" },
    controlNumber: `${String(family).padStart(14, "0")}PLT`,
    careTeam: [member],
    diagnoses: diagnoses.map((code, index) => ({
      sequence: index + 1,
      code: TEXTS.get(code) ?? [code],
      roles: index === 0 ? ["principal"] : [],
      presentOnAdmission: undefined,
    })),
    procedures: [],
    lines: lines.map((line, index) => ({
      ...plainLine(type, isProfessional),
      ...written(line),
      number: index + 1,
      served: servedDays(line, { anchor, claim: isProfessional ? { serviceFrom, serviceTo } : undefined }),
    })),
    primaryPayerPaid: undefined,
  };
}

function plainLine(type: ClaimType, isProfessional: boolean): ClaimLine {
  return {
    number: 1,
    hcpcs: undefined,
    hipps: undefined,
    ndc: undefined,
    ideNdcUpc: undefined,
    quantity: "1",
    ndcQuantity: undefined,
    anesthesiaUnits: undefined,
    placeOfService: isProfessional ? (type === "dme" ? "12" : "11") : undefined,
    served: undefined,
    zip: undefined,
    clia: undefined,
    diagnosisSequences: isProfessional ? [1] : [],
    procedureSequences: [],
    renderedBy: isProfessional ? 0 : undefined,
    ...PLAIN_LINES[type],
  };
}

function written({ hcpcs, ndc, placeOfService }: PlantedLine): Partial<ClaimLine> {
  return {
    ...(hcpcs ? { hcpcs, hipps: undefined } : {}),
    ...(ndc ? { ndc } : {}),
    ...(placeOfService ? { placeOfService } : {}),
  };
}

function servedDays(
  { on }: PlantedLine,
  {
    anchor,
    claim,
  }: {
    readonly anchor: string;
    readonly claim: { readonly serviceFrom: string; readonly serviceTo: string } | undefined;
  },
): ClaimLine["served"] {
  if (on !== undefined) {
    const day = plantedDay(anchor, on);
    return { from: day, to: day };
  }
  return claim && { from: claim.serviceFrom, to: claim.serviceTo };
}

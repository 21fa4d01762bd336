import type { CareTeamMember } from "./care-team.ts";
import type { Procedure } from "./claim-content.ts";
import type { Diagnosis } from "./claim-diagnoses.ts";
import type { ClaimType, FamilyHistory } from "./claim-history.ts";
import {
  ANESTHESIA_HCPCS,
  CARRIER_HCPCS,
  DME_HCPCS,
  DRUGS,
  EMERGENCY_HCPCS,
  HHA_HCPCS,
  HIPPS_CODES,
  HOSPICE_HCPCS,
  OUTPATIENT_HCPCS,
} from "./code-sets.ts";
import type { Random } from "./random.ts";

export interface ClaimLine {
  readonly number: number;
  readonly hcpcs: string | undefined;
  /** A payment group where a HCPCS would stand: V3 only. */
  readonly hipps: string | undefined;
  readonly ndc: string | undefined;
  /** What a hospital's revenue line has in the place of an NDC: one, or an IDE number, or a UPC. */
  readonly ideNdcUpc: string | undefined;
  /** Text of a decimal, as it goes on the wire. */
  readonly quantity: string;
  readonly ndcQuantity: string | undefined;
  readonly anesthesiaUnits: string | undefined;
  readonly placeOfService: string | undefined;
  /** Days of service, `YYYY-MM-DD`; absent on most institutional lines, which then have those of the claim. */
  readonly served: { readonly from: string; readonly to: string } | undefined;
  readonly zip: string | undefined;
  readonly clia: string | undefined;
  readonly diagnosisSequences: readonly number[];
  readonly procedureSequences: readonly number[];
  /** The place in the claim's care team of who rendered the service. */
  readonly renderedBy: number | undefined;
}

export interface ClaimLinesOptions {
  readonly family: FamilyHistory;
  readonly diagnoses: readonly Diagnosis[];
  readonly procedures: readonly Procedure[];
  readonly careTeam: readonly CareTeamMember[];
}

const QUANTITIES = ["1", "1", "1", "2", "3.0", "4.75", "12", "234.567"];

/** The lines of a claim: 1 to 14. */
export function claimLines(random: Random, options: ClaimLinesOptions): readonly ClaimLine[] {
  const { family, careTeam } = options;
  const count = lineCount(random, family.type);
  // Anesthesia and emergency visits are claims of their own.
  const theme = random.weighted([
    ["plain", 82],
    ["emergency", 10],
    ["anesthesia", 8],
  ] as const);
  const rendering = careTeam.findIndex(({ role }) => role === "rendering");
  // A claim with one line, and that one numbered 6, has been seen.
  const firstNumber = count === 1 && random.chance(0.02) ? 6 : 1;
  return Array.from({ length: count }, (_, index) => ({
    ...bareLine(random, options),
    ...service(random, { family, theme, index }),
    number: firstNumber + index,
    renderedBy: rendering >= 0 ? rendering : undefined,
  }));
}

function lineCount(random: Random, type: ClaimType): number {
  if (type === "dme") return random.between(1, 3);
  const [low, high] = random.weighted([
    [[1, 1], 45],
    [[2, 4], 40],
    [[5, 14], type === "carrier" ? 4 : 15],
  ] as const);
  return random.between(low, high);
}

function bareLine(random: Random, { family, diagnoses, procedures }: ClaimLinesOptions) {
  const isProfessional = family.type === "carrier" || family.type === "dme";
  return {
    hcpcs: undefined,
    hipps: undefined,
    ndc: undefined,
    ideNdcUpc: undefined,
    quantity: isProfessional || random.chance(0.4) ? random.pick(QUANTITIES) : "0",
    ndcQuantity: undefined,
    anesthesiaUnits: undefined,
    placeOfService: undefined,
    served:
      isProfessional || random.chance(0.2) ? { from: family.serviceFrom, to: family.serviceTo } : undefined,
    zip: undefined,
    clia: undefined,
    diagnosisSequences: isProfessional ? [random.between(1, Math.min(4, diagnoses.length))] : [],
    procedureSequences: procedures.length > 0 && random.chance(0.2) ? [1] : [],
  };
}

interface ServiceOptions {
  readonly family: FamilyHistory;
  readonly theme: "plain" | "emergency" | "anesthesia";
  readonly index: number;
}

function service(random: Random, { family, theme, index }: ServiceOptions): Partial<ClaimLine> {
  switch (family.type) {
    case "carrier":
      return professionalService(random, theme);
    case "dme":
      return { hcpcs: random.pick(DME_HCPCS), placeOfService: "12", ...someNdc(random, 0.1) };
    case "outpatient":
      if (index === 0 && theme === "emergency") return { hcpcs: random.pick(EMERGENCY_HCPCS) };
      if (random.chance(0.25)) return hospitalDrug(random);
      return { hcpcs: random.chance(0.9) ? random.pick(OUTPATIENT_HCPCS) : undefined };
    case "hha":
    case "snf":
      if (index === 0) return { hipps: random.pick(HIPPS_CODES[family.type]) };
      return { hcpcs: family.type === "hha" ? random.pick(HHA_HCPCS) : undefined };
    case "hospice":
      return { hcpcs: random.pick(HOSPICE_HCPCS) };
    case "inpatient":
      return random.chance(0.25) ? { hcpcs: random.pick(DRUGS)[0] } : {};
  }
}

function professionalService(random: Random, theme: ServiceOptions["theme"]): Partial<ClaimLine> {
  const place = { zip: `02${random.between(100, 799)}${random.between(1000, 9999)}` };
  if (theme === "anesthesia") {
    return {
      ...place,
      hcpcs: random.pick(ANESTHESIA_HCPCS),
      anesthesiaUnits: random.pick(["3", "8.0", "12.5"]),
      placeOfService: random.pick(["21", "22", "24"]),
    };
  }
  if (theme === "emergency") return { ...place, hcpcs: random.pick(EMERGENCY_HCPCS), placeOfService: "23" };
  const placeOfService = random.weighted([
    ["11", 70],
    ["22", 24],
    ["07", 6],
  ]);
  if (random.chance(0.12)) {
    const [hcpcs, ndc] = random.pick(DRUGS);
    return { ...place, hcpcs, ndc, ndcQuantity: random.pick(["1.0", "0.5", "10"]), placeOfService };
  }
  const clia = random.chance(0.15) ? `22D0${random.between(100000, 999999)}` : undefined;
  return { ...place, hcpcs: random.pick(CARRIER_HCPCS), clia, placeOfService };
}

function hospitalDrug(random: Random): Partial<ClaimLine> {
  const [hcpcs, ndc] = random.pick(DRUGS);
  return {
    hcpcs,
    ideNdcUpc: random.pick([ndc, "000000000", "G123456"]),
    ndcQuantity: random.pick(["1.0", "2.5", "30"]),
  };
}

function someNdc(random: Random, probability: number): Partial<ClaimLine> {
  return random.chance(probability) ? { ndc: random.pick(DRUGS)[1] } : {};
}

import { type CareTeamMember, careTeam } from "./care-team.ts";
import { claimDiagnoses, type Diagnosis } from "./claim-diagnoses.ts";
import type { ClaimType, FamilyHistory, VersionHistory } from "./claim-history.ts";
import { type ClaimLine, claimLines } from "./claim-lines.ts";
import { type CodeWithDisplay, DRG_CODES, GROUP_NAMES, PROCEDURES } from "./code-sets.ts";
import type { Patient, PopulationKey } from "./patient.ts";
import { type Random, randomFor } from "./random.ts";

/** A facility or a billing group. */
export interface Organization {
  readonly npi: string;
  /** CMS Certification Number. */
  readonly ccn: string;
  readonly name: string;
}

export interface Procedure {
  readonly sequence: number;
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly code: CodeWithDisplay;
}

/** What a claim version says, before a version of the API gives it its shape. */
export interface ClaimContent {
  readonly type: ClaimType;
  /** `NCH_CLM_TYPE_CD`. */
  readonly typeCode: string;
  readonly serviceFrom: string;
  readonly serviceTo: string;
  /** `CLAIM_QUERY_CODE`; institutional claims only. */
  readonly queryCode: string | undefined;
  /** MS-DRG without leading zeros. */
  readonly drg: string | undefined;
  readonly organization: Organization;
  readonly controlNumber: string;
  readonly careTeam: readonly CareTeamMember[];
  readonly diagnoses: readonly Diagnosis[];
  readonly procedures: readonly Procedure[];
  readonly lines: readonly ClaimLine[];
  /** Text of a decimal: an amount that V1 alone lets through, as an extension. */
  readonly primaryPayerPaid: string | undefined;
}

const TYPE_CODES: Readonly<Record<ClaimType, readonly [string, string]>> = {
  carrier: ["71", "72"],
  dme: ["82", "81"],
  hha: ["10", "10"],
  hospice: ["50", "50"],
  inpatient: ["60", "61"],
  outpatient: ["40", "40"],
  snf: ["20", "30"],
};

/** True for claims of hospitals and other facilities, false for those of professionals and suppliers. */
export function isInstitutional(type: ClaimType): boolean {
  return type !== "carrier" && type !== "dme";
}

export interface ClaimContentOptions {
  readonly patient: Patient;
  readonly family: FamilyHistory;
  readonly version: VersionHistory;
}

/** The content of one claim version, unless it is written out. A later version repeats the first one's, less a line or with another diagnosis. */
export function claimContent(
  key: PopulationKey,
  { patient, family, version }: ClaimContentOptions,
): ClaimContent {
  const written = family.contents?.[version.version];
  if (written) return written;
  const random = randomFor(key.seed, key.contract, patient.index, family.family, "content");
  const { type, serviceFrom, serviceTo } = family;
  const typeCode = TYPE_CODES[type][random.chance(0.94) ? 0 : 1];
  const diagnoses = claimDiagnoses(random, { patient, type });
  const procedures = proceduresOf(random, family);
  const team = careTeam(random, { type, patientIndex: patient.index });
  const lines = claimLines(random, { family, diagnoses, procedures, careTeam: team });
  const content: ClaimContent = {
    type,
    typeCode,
    serviceFrom,
    serviceTo,
    queryCode: ["inpatient", "outpatient", "snf"].includes(type)
      ? random.chance(0.9)
        ? "3"
        : "1"
      : undefined,
    drg: type === "inpatient" || (type === "snf" && random.chance(0.3)) ? random.pick(DRG_CODES) : undefined,
    organization: organizationOf(random),
    controlNumber: `${digits(random, 14)}${random.pick(["SHU", "IZJ", "ROU", "BTX"])}`,
    careTeam: team,
    diagnoses,
    procedures,
    lines,
    primaryPayerPaid:
      isInstitutional(type) && random.chance(0.5) ? random.pick(["0.00", "125.50"]) : undefined,
  };
  return version.version === 0 ? content : adjusted(content, version.version);
}

function adjusted(content: ClaimContent, version: number): ClaimContent {
  // The first version is the second one less its lines from the middle, so that line numbers have gaps.
  const dropped = Math.floor(content.lines.length / 2);
  const lines =
    content.lines.length > 1 ? content.lines.filter((_, index) => index !== dropped) : content.lines;
  return {
    ...content,
    controlNumber: version === 1 ? content.controlNumber : `${version}${content.controlNumber.slice(1)}`,
    lines: lines.map((line, index) => (index === 0 ? { ...line, quantity: `${version + 1}.0` } : line)),
    diagnoses: [
      ...content.diagnoses,
      {
        sequence: Math.max(...content.diagnoses.map(({ sequence }) => sequence)) + 1,
        code: ["Z79899", "OTHER LONG TERM (CURRENT) DRUG THERAPY"],
        roles: [],
        presentOnAdmission: undefined,
      },
    ],
  };
}

function proceduresOf(random: Random, { type, serviceFrom }: FamilyHistory): readonly Procedure[] {
  const count =
    type === "inpatient"
      ? random.between(1, 4)
      : ["outpatient", "snf"].includes(type) && random.chance(0.2)
        ? 1
        : 0;
  return Array.from({ length: count }, (_, index) => ({
    sequence: index + 1,
    // A quarter of the published procedures lie outside their claim's dates.
    date: random.chance(0.2) ? "2016-11-11" : serviceFrom,
    code: random.pick(PROCEDURES),
  }));
}

function organizationOf(random: Random): Organization {
  const number = random.integer(60);
  return {
    npi: `99988${String(number).padStart(5, "0")}`,
    ccn: `22${String(number).padStart(4, "0")}`,
    name: GROUP_NAMES[number % GROUP_NAMES.length]!,
  };
}

function digits(random: Random, length: number): string {
  return Array.from({ length }, () => random.integer(10)).join("");
}

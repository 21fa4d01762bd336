import type { ClaimType } from "./claim-history.ts";
import { ACUTE_CONDITIONS, type CodeWithDisplay, EXTERNAL_CAUSES } from "./code-sets.ts";
import type { Patient } from "./patient.ts";
import type { Random } from "./random.ts";

export type DiagnosisRole = "principal" | "admitting" | "external-cause" | "reason-for-visit";

export interface Diagnosis {
  readonly sequence: number;
  /** ICD-10-CM without the dot. */
  readonly code: CodeWithDisplay;
  /** Empty for a secondary diagnosis; a diagnosis can be admitting and principal. */
  readonly roles: readonly DiagnosisRole[];
  /** `CLM_POA_IND_SW`: inpatient claims only. */
  readonly presentOnAdmission: string | undefined;
}

const COUNTS: Readonly<Record<ClaimType, readonly [number, number]>> = {
  carrier: [2, 8],
  dme: [1, 4],
  hha: [5, 12],
  hospice: [3, 8],
  inpatient: [8, 18],
  outpatient: [5, 14],
  snf: [8, 16],
};

/** The diagnoses of a claim: the patient's chronic conditions, mixed with complaints of the day. */
export function claimDiagnoses(
  random: Random,
  { patient, type }: { readonly patient: Patient; readonly type: ClaimType },
): readonly Diagnosis[] {
  const count = random.between(...COUNTS[type]);
  const codes = [
    ...random.shuffled(patient.chronicConditions),
    ...random.shuffled(ACUTE_CONDITIONS).slice(0, Math.max(1, count - patient.chronicConditions.length)),
  ].slice(0, count);
  // Real claims repeat codes, and most of them name more than one principal diagnosis.
  if (count > 6 && random.chance(0.3)) codes.push(codes[0]!);
  const principals = random.chance(0.5) && codes.length > 2 ? 2 : 1;
  const hasExternalCause =
    (type === "inpatient" || type === "outpatient" || type === "hha") && random.chance(0.12);
  if (hasExternalCause) codes.push(random.pick(EXTERNAL_CAUSES));
  return codes.map((code, index) => ({
    sequence: index + 1,
    code,
    roles: rolesOf(type, {
      index,
      isPrincipal: index < principals,
      isExternalCause: hasExternalCause && index === codes.length - 1,
      isReason: type === "outpatient" && index === codes.length - 2 && codes.length > 5,
    }),
    presentOnAdmission: type === "inpatient" ? random.pick(["Y", "Y", "Y", "N", "U", "W", "1"]) : undefined,
  }));
}

function rolesOf(
  type: ClaimType,
  facts: { index: number; isPrincipal: boolean; isExternalCause: boolean; isReason: boolean },
): readonly DiagnosisRole[] {
  if (facts.isExternalCause) return ["external-cause"];
  if (facts.isPrincipal && facts.index === 0 && (type === "inpatient" || type === "snf")) {
    return ["admitting", "principal"];
  }
  if (facts.isPrincipal) return ["principal"];
  return facts.isReason ? ["reason-for-visit"] : [];
}

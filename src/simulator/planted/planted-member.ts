import type { ClaimType } from "../claim-history.ts";

/**
 * A day, by its distance from the day that the questions are asked for: in days, or in months and then days, as PostgreSQL's
 * `as_of - interval '12 months' + 1`.
 */
export type Day = number | readonly [months: number, days: number];

/** A member whose claims are written out, so that a question of `sql/questions` has an answer that is known. */
export interface PlantedMember {
  /** Number of the question, 1 to 15. */
  readonly question: number;
  /** What is special about the member, in a few words: unique within the question. */
  readonly story: string;
  /** True: the question must find the member. False: it nearly does, and must not. */
  readonly isAnswer: boolean;
  /** The day on which the member gets another MBI; absent: they keep theirs. */
  readonly newMbiOn?: Day;
  readonly claims: readonly PlantedClaim[];
  /** The sponsor's own fills of prescriptions, which no claim shows. */
  readonly fills?: readonly PlantedFill[];
}

/** What a claim says. All that is not written has a value that answers no question. */
export interface PlantedClaim {
  readonly type: ClaimType;
  readonly from: Day;
  /** Default: `from`. */
  readonly to?: Day;
  /** ICD-10-CM without the dot, the principal one first. Default: a sore throat. */
  readonly diagnoses?: readonly string[];
  /** Default: one plain line of the claim's type. */
  readonly lines?: readonly PlantedLine[];
  /** MS-DRG without leading zeros; inpatient claims only. */
  readonly drg?: string;
  /** A number that stands for who rendered (professional claims) or attended (institutional ones): see `plantedNpi`. */
  readonly provider?: number;
  /** CMS specialty of the provider: `01` is General practice, the default, `90` Medical oncology. */
  readonly specialty?: "01" | "90";
  /** An interim bill, not the final one. */
  readonly isInterim?: boolean;
  /** What the claim said first: a week later it was replaced. */
  readonly before?: Partial<Pick<PlantedClaim, "diagnoses" | "lines">>;
  /** The claim was cancelled a week after it came. */
  readonly isCancelled?: boolean;
}

export interface PlantedLine {
  readonly hcpcs?: string;
  readonly ndc?: string;
  /** Default on professional claims: 11, an office; of equipment 12. */
  readonly placeOfService?: string;
  /** Default: the claim's days, which institutional lines don't repeat. */
  readonly on?: Day;
}

export interface PlantedFill {
  readonly on: Day;
  readonly drugClass: "statin" | "biguanide";
  /** Which of the member's MBIs the sponsor knew them by. Default: the current one. */
  readonly mbi?: "current" | "former";
}

type Details = Omit<PlantedClaim, "type" | "from" | "to">;

/** A professional's claim of one day. */
export function visit(from: Day, details: Details = {}): PlantedClaim {
  return { type: "carrier", from, ...details };
}

/** An institution's claim. */
export function stay(
  type: Exclude<ClaimType, "carrier" | "dme">,
  { from, to, ...details }: Details & { readonly from: Day; readonly to: Day },
): PlantedClaim {
  return { type, from, to, ...details };
}

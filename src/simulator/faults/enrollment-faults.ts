import type { ClaimOfMember } from "../claim-source.ts";
import { type Random, randomFor } from "../random.ts";
import type { Fault } from "./fault.ts";

const DAY = 86_400_000;
const ONE_IN = 4;

export interface SilentOmissionOptions {
  /** One member in so many is left out; default 4, where AB2D leaves out less than one in a hundred. */
  readonly oneIn?: number;
}

/** The first job leaves some members out, without a sign. */
export function silentOmission({ oneIn = ONE_IN }: SilentOmissionOptions = {}): Fault {
  return {
    name: "silent-omission",
    summary: `The first job leaves out all claims of one member in ${ONE_IN}, without a sign (AB2D: up to one in a hundred)`,
    client: "unseen",
    arm(random) {
      const isStruck = someMembers(random, oneIn);
      let first: string | undefined;
      return {
        omits(claim, jobId) {
          first ??= jobId;
          return jobId === first && isStruck(claim);
        },
      };
    },
  };
}

export interface EnrollmentChangeOptions {
  /** One member in so many; default 4. */
  readonly oneIn?: number;
  /** When it happens: an ISO date-time; default: ten days after the fault is armed. */
  readonly at?: string;
}

type Enrolls = (claim: ClaimOfMember, at: { readonly isAfter: boolean; readonly random: Random }) => boolean;

interface EnrollmentChange extends EnrollmentChangeOptions {
  readonly name: string;
  readonly summary: string;
  /** Whether a claim of a member whom it concerns is delivered, before the change and after it. */
  readonly enrolls: Enrolls;
}

function enrollmentChange({ name, summary, oneIn = ONE_IN, at, enrolls }: EnrollmentChange): Fault {
  return {
    name,
    summary,
    client: "unseen",
    arm(random, clock) {
      const isStruck = someMembers(random, oneIn);
      const salt = random.integer(2 ** 31);
      const changesAt = at === undefined ? clock.now().getTime() + 10 * DAY : Date.parse(at);
      return {
        enrolls: (claim, instant) =>
          !isStruck(claim) ||
          enrolls(claim, { isAfter: instant >= changesAt, random: randomFor(salt, claim.member) }),
      };
    },
  };
}

/** Some members join at some instant: their older claims never come incrementally. */
export function lateJoiners(options: EnrollmentChangeOptions = {}): Fault {
  return enrollmentChange({
    ...options,
    name: "late-joiners",
    summary: `One member in ${ONE_IN} is enrolled ten days later than the others: until then none of their claims come`,
    enrolls: (_claim, { isAfter }) => isAfter,
  });
}

/** Some members opt out: their claims come no more. */
export function optOut(options: EnrollmentChangeOptions = {}): Fault {
  return enrollmentChange({
    ...options,
    name: "opt-out",
    summary: `One member in ${ONE_IN} opts out after ten days: none of their claims come any more, and nothing says so`,
    enrolls: (_claim, { isAfter }) => !isAfter,
  });
}

/** AB2D corrects its enrollment: some members lose months, others gain them. */
export function rosterCorrection(options: EnrollmentChangeOptions = {}): Fault {
  return enrollmentChange({
    ...options,
    name: "roster-correction",
    summary: `After ten days the enrollment of one member in ${ONE_IN} is corrected: some lose the months before 2024, others gain them`,
    enrolls: ({ serviceTo }, { isAfter, random }) =>
      serviceTo >= "2024-01-01" || (random.chance(0.5) ? isAfter : !isAfter),
  });
}

function someMembers(random: Random, oneIn: number): (claim: ClaimOfMember) => boolean {
  const salt = random.integer(2 ** 31);
  return ({ member }) => randomFor(salt, member, "struck").integer(oneIn) === 0;
}

export const ENROLLMENT_FAULTS: readonly Fault[] = [
  silentOmission(),
  lateJoiners(),
  optOut(),
  rosterCorrection(),
];

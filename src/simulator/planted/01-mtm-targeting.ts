import { type PlantedMember, stay, visit } from "./planted-member.ts";

const THREE = ["E119", "I10", "J449"];
const TWO = ["E119", "I10"];

/** Members with three core chronic diseases or more in 24 months. */
export const MTM_TARGETING: readonly PlantedMember[] = [
  {
    question: 1,
    story: "three diseases on two days",
    isAnswer: true,
    claims: [visit(-300, { diagnoses: THREE }), visit(-90, { diagnoses: THREE })],
  },
  {
    question: 1,
    story: "three diseases on one hospital claim",
    isAnswer: true,
    claims: [stay("inpatient", { from: -200, to: -194, diagnoses: THREE, drg: "190" })],
  },
  {
    question: 1,
    story: "three diseases on the first day of the 24 months and on the last",
    isAnswer: true,
    claims: [visit([-24, 1], { diagnoses: THREE }), visit(0, { diagnoses: THREE })],
  },
  {
    question: 1,
    story: "the third disease on one office day only, by two claims",
    isAnswer: false,
    claims: [
      visit(-300, { diagnoses: TWO }),
      visit(-90, { diagnoses: THREE }),
      visit(-90, { diagnoses: THREE }),
    ],
  },
  {
    question: 1,
    story: "three diseases once the day before the 24 months begin",
    isAnswer: false,
    claims: [visit([-24, 0], { diagnoses: THREE }), visit(-90, { diagnoses: THREE })],
  },
  {
    question: 1,
    story: "the second day of three diseases was cancelled",
    isAnswer: false,
    claims: [visit(-300, { diagnoses: THREE }), visit(-90, { diagnoses: THREE, isCancelled: true })],
  },
];

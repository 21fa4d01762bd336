import { type PlantedClaim, type PlantedMember, stay, visit } from "./planted-member.ts";

const DIABETES: readonly PlantedClaim[] = [
  visit(-210, { diagnoses: ["E119"] }),
  visit(-40, { diagnoses: ["E119"] }),
];
/** In the twelve months, and yet last year. */
const LAST_YEAR = [-12, 1] as const;

/** Members with diabetes and no statin this year. */
export const DIABETES_WITHOUT_STATIN: readonly PlantedMember[] = [
  {
    question: 2,
    story: "diabetes on two days, no fill at all",
    isAnswer: true,
    claims: DIABETES,
  },
  {
    question: 2,
    story: "a statin last year, another drug this year",
    isAnswer: true,
    claims: DIABETES,
    fills: [
      { on: LAST_YEAR, drugClass: "statin" },
      { on: 0, drugClass: "biguanide" },
    ],
  },
  {
    question: 2,
    story: "myopathy last year",
    isAnswer: true,
    claims: [...DIABETES, visit(LAST_YEAR, { diagnoses: ["G720"] })],
  },
  {
    question: 2,
    story: "a statin under the former MBI",
    isAnswer: false,
    newMbiOn: -60,
    claims: DIABETES,
    fills: [{ on: 0, drugClass: "statin", mbi: "former" }],
  },
  {
    question: 2,
    story: "myopathy this year",
    isAnswer: false,
    claims: [...DIABETES, visit(0, { diagnoses: ["G720"] })],
  },
  {
    question: 2,
    story: "in hospice this year",
    isAnswer: false,
    claims: [...DIABETES, stay("hospice", { from: -20, to: 0 })],
  },
  {
    question: 2,
    story: "diabetes on one day only",
    isAnswer: false,
    claims: [visit(-40, { diagnoses: ["E119"] })],
  },
];

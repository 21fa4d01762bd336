import { type PlantedMember, stay } from "./planted-member.ts";

/** Members who left a hospital or a nursing facility in the last 14 days. */
export const RECENT_DISCHARGES: readonly PlantedMember[] = [
  {
    question: 5,
    story: "left the hospital 3 days ago",
    isAnswer: true,
    claims: [stay("inpatient", { from: -9, to: -3, diagnoses: ["J189"], drg: "193" })],
  },
  {
    question: 5,
    story: "left the nursing facility 13 days ago, on the first of the 14 days",
    isAnswer: true,
    claims: [stay("snf", { from: -40, to: -13 })],
  },
  {
    question: 5,
    story: "left the hospital 3 days ago by the final bill, an interim one before it",
    isAnswer: true,
    claims: [
      stay("inpatient", { from: -40, to: -10, drg: "3", isInterim: true }),
      stay("inpatient", { from: -9, to: -3, drg: "3" }),
    ],
  },
  {
    question: 5,
    story: "in hospital, by an interim bill to 3 days ago",
    isAnswer: false,
    claims: [
      stay("inpatient", { from: -40, to: -10, drg: "3", isInterim: true }),
      stay("inpatient", { from: -9, to: -3, drg: "3", isInterim: true }),
    ],
  },
  {
    question: 5,
    story: "left the hospital 14 days ago",
    isAnswer: false,
    claims: [stay("inpatient", { from: -20, to: -14, drg: "193" })],
  },
  {
    question: 5,
    story: "left the hospital 8 days ago for a nursing facility, and is there",
    isAnswer: false,
    claims: [stay("inpatient", { from: -14, to: -8, drg: "193" }), stay("snf", { from: -8, to: 1 })],
  },
  {
    question: 5,
    story: "left the hospital's outpatient clinic 3 days ago",
    isAnswer: false,
    claims: [stay("outpatient", { from: -3, to: -3 })],
  },
];

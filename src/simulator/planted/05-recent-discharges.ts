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
    story: "left the nursing facility 14 days ago",
    isAnswer: true,
    claims: [stay("snf", { from: -40, to: -14 })],
  },
  {
    question: 5,
    story: "left the hospital 15 days ago",
    isAnswer: false,
    claims: [stay("inpatient", { from: -20, to: -15, drg: "193" })],
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

import { type PlantedMember, stay } from "./planted-member.ts";

/** Members in hospice, home health or a nursing facility, as far as claims that come late can tell. */
export const CARE_SETTING: readonly PlantedMember[] = [
  {
    question: 11,
    story: "hospice, billed to 60 days ago",
    isAnswer: true,
    claims: [stay("hospice", { from: -120, to: -91 }), stay("hospice", { from: -90, to: -60 })],
  },
  {
    question: 11,
    story: "home health, billed to 10 days ago",
    isAnswer: true,
    claims: [stay("hha", { from: -40, to: -10, provider: 111 })],
  },
  {
    question: 11,
    story: "nursing facility, billed to 61 days ago",
    isAnswer: false,
    claims: [stay("snf", { from: -90, to: -61 })],
  },
  {
    question: 11,
    story: "home health from the day after",
    isAnswer: false,
    claims: [stay("hha", { from: 1, to: 1 })],
  },
  {
    question: 11,
    story: "in hospital",
    isAnswer: false,
    claims: [stay("inpatient", { from: -30, to: -20, drg: "871" })],
  },
  {
    question: 11,
    story: "hospice that was cancelled",
    isAnswer: false,
    claims: [stay("hospice", { from: -60, to: -31, isCancelled: true })],
  },
];

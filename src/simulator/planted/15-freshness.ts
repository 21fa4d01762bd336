import { type PlantedMember, stay } from "./planted-member.ts";

/** What arrived, by claim type: a cancelled family and a superseded version are versions, not claims. */
export const FRESHNESS: readonly PlantedMember[] = [
  {
    question: 15,
    story: "a hospice claim",
    isAnswer: true,
    claims: [stay("hospice", { from: -95, to: -85 })],
  },
  {
    question: 15,
    story: "a hospice claim that was replaced, and one that was cancelled",
    isAnswer: false,
    claims: [
      stay("hospice", { from: -95, to: -85, before: {} }),
      stay("hospice", { from: -84, to: -75, isCancelled: true }),
    ],
  },
];

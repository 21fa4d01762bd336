import { type PlantedMember, stay, visit } from "./planted-member.ts";

/** Who treats one member, twelve months. The provider of a near miss must not be listed for the member of the answer. */
export const MEMBER_PROVIDERS: readonly PlantedMember[] = [
  {
    question: 7,
    story: "two visits to one physician, a stay under another, one seen 12 months ago to the day",
    isAnswer: true,
    claims: [
      visit(-200, { provider: 71 }),
      visit(-20, { provider: 71 }),
      stay("inpatient", { from: -60, to: -55, drg: "690", provider: 72 }),
      visit([-12, 0], { provider: 73 }),
    ],
  },
  {
    question: 7,
    story: "another member's physician",
    isAnswer: false,
    claims: [visit(-20, { provider: 74 })],
  },
];

import { type PlantedMember, visit } from "./planted-member.ts";

const XRAY = [{ hcpcs: "71046" }];

/** The same service of one day on two claims. */
export const SAME_SERVICE_TWICE: readonly PlantedMember[] = [
  {
    question: 13,
    story: "one physician bills one X-ray on two claims",
    isAnswer: true,
    claims: [visit(-45, { lines: XRAY, provider: 131 }), visit(-45, { lines: XRAY, provider: 131 })],
  },
  {
    question: 13,
    story: "equipment of two days, the second one after the day that is asked for",
    isAnswer: true,
    claims: [
      { type: "dme", from: 0, to: 1, provider: 132 },
      { type: "dme", from: 0, to: 1, provider: 132 },
    ],
  },
  {
    question: 13,
    story: "two lines of one claim",
    isAnswer: false,
    claims: [visit(-45, { lines: [...XRAY, ...XRAY], provider: 131 })],
  },
  {
    question: 13,
    story: "a claim and its replacement",
    isAnswer: false,
    claims: [
      visit(-45, { lines: XRAY, before: { lines: XRAY }, provider: 131 }),
      visit(-44, { lines: XRAY, provider: 131 }),
    ],
  },
  {
    question: 13,
    story: "the second claim was cancelled",
    isAnswer: false,
    claims: [
      visit(-45, { lines: XRAY, provider: 131 }),
      visit(-45, { lines: XRAY, provider: 131, isCancelled: true }),
    ],
  },
  {
    question: 13,
    story: "twice the day before the twelve months begin",
    isAnswer: false,
    claims: [
      visit([-12, 0], { lines: XRAY, provider: 131 }),
      visit([-12, 0], { lines: XRAY, provider: 131 }),
    ],
  },
];

import { type PlantedMember, stay, visit } from "./planted-member.ts";

/** Drugs given under Part B, twelve months. */
export const PART_B_DRUGS: readonly PlantedMember[] = [
  {
    question: 9,
    story: "denosumab in the office",
    isAnswer: true,
    claims: [visit(-30, { lines: [{ hcpcs: "J0897", ndc: "55513071001" }], provider: 91 })],
  },
  {
    question: 9,
    story: "a biosimilar in the hospital's clinic",
    isAnswer: true,
    claims: [stay("outpatient", { from: -30, to: -30, lines: [{ hcpcs: "Q5106" }] })],
  },
  {
    question: 9,
    story: "a drug on the first day of the twelve months",
    isAnswer: true,
    claims: [visit([-12, 1], { lines: [{ hcpcs: "J0897", ndc: "55513071001" }] })],
  },
  {
    question: 9,
    story: "a vaccine",
    isAnswer: true,
    claims: [visit(-30, { lines: [{ hcpcs: "90662" }, { hcpcs: "90471" }] })],
  },
  {
    question: 9,
    story: "a new drug, in the hospital's clinic",
    isAnswer: true,
    claims: [stay("outpatient", { from: -30, to: -30, lines: [{ hcpcs: "C9399" }] })],
  },
  {
    question: 9,
    story: "the giving of a vaccine that the pharmacy sold",
    isAnswer: false,
    claims: [visit(-30, { lines: [{ hcpcs: "90471" }] })],
  },
  {
    question: 9,
    story: "a drug on the bill of a stay",
    isAnswer: false,
    claims: [
      stay("inpatient", { from: -30, to: -27, drg: "871", lines: [{ hcpcs: "J0897" }] }),
      stay("snf", { from: -26, to: -20, lines: [{ hcpcs: "J0897" }] }),
    ],
  },
  {
    question: 9,
    story: "zeros and a bar code in the place of an NDC",
    isAnswer: false,
    claims: [
      visit(-30, {
        lines: [
          { hcpcs: "99213", ndc: "00000000000" },
          { hcpcs: "99213", ndc: "4901234567894" },
        ],
      }),
    ],
  },
  {
    question: 9,
    story: "the place of hospice care",
    isAnswer: false,
    claims: [
      stay("hospice", { from: -60, to: -31, lines: [{ hcpcs: "Q5001" }] }),
      stay("hospice", { from: -30, to: -5, lines: [{ hcpcs: "Q5010" }] }),
    ],
  },
  {
    question: 9,
    story: "a drug the day before the twelve months begin",
    isAnswer: false,
    claims: [visit([-12, 0], { lines: [{ hcpcs: "J0897", ndc: "55513071001" }] })],
  },
  {
    question: 9,
    story: "a drug that the replacement took back",
    isAnswer: false,
    claims: [visit(-30, { lines: [{ hcpcs: "99213" }], before: { lines: [{ hcpcs: "J0897" }] } })],
  },
];

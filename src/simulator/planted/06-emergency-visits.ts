import { type PlantedMember, stay, visit } from "./planted-member.ts";

/** Days in the emergency room, twelve months. */
export const EMERGENCY_VISITS: readonly PlantedMember[] = [
  {
    question: 6,
    story: "one day, billed by the hospital and by the physician",
    isAnswer: true,
    claims: [
      stay("outpatient", { from: -30, to: -30, lines: [{ hcpcs: "99284" }, { hcpcs: "85025" }] }),
      visit(-30, { lines: [{ hcpcs: "99284", placeOfService: "23" }], provider: 61 }),
    ],
  },
  {
    question: 6,
    story: "a shot in the emergency room, on the first day of the twelve months",
    isAnswer: true,
    claims: [visit([-12, 1], { lines: [{ hcpcs: "96372", placeOfService: "23" }] })],
  },
  {
    question: 6,
    story: "a code of hospitals alone",
    isAnswer: true,
    claims: [stay("outpatient", { from: -77, to: -77, lines: [{ hcpcs: "G0382" }] })],
  },
  {
    question: 6,
    story: "three days' hospital bill without the day, which the physician's tells",
    isAnswer: true,
    claims: [
      stay("outpatient", { from: -32, to: -30, lines: [{ hcpcs: "99285" }] }),
      visit(-31, { lines: [{ hcpcs: "99285", placeOfService: "23" }] }),
    ],
  },
  {
    question: 6,
    story: "three days' hospital bill without the day, and a visit on the day after",
    isAnswer: true,
    claims: [
      stay("outpatient", { from: -32, to: -30, lines: [{ hcpcs: "99285" }] }),
      visit(-29, { lines: [{ hcpcs: "99285", placeOfService: "23" }] }),
    ],
  },
  {
    question: 6,
    story: "an office visit",
    isAnswer: false,
    claims: [visit(-30, { lines: [{ hcpcs: "99213", placeOfService: "11" }] })],
  },
  {
    question: 6,
    story: "in the emergency room the day before the twelve months begin",
    isAnswer: false,
    claims: [visit([-12, 0], { lines: [{ hcpcs: "99284", placeOfService: "23" }] })],
  },
  {
    question: 6,
    story: "in the emergency room by a claim that was cancelled",
    isAnswer: false,
    claims: [
      stay("outpatient", { from: -30, to: -30, lines: [{ hcpcs: "99284" }], isCancelled: true }),
      visit(-25),
    ],
  },
];

import { type PlantedMember, stay, visit } from "./planted-member.ts";

/** Adverse drug events, falls and fractures, twelve months. */
export const DRUG_HARM: readonly PlantedMember[] = [
  {
    question: 10,
    story: "too much anticoagulant",
    isAnswer: true,
    claims: [
      stay("inpatient", { from: -80, to: -77, diagnoses: ["K922", "T45515A"], drg: "378" }),
      visit(-80, { diagnoses: ["T45515A"] }),
    ],
  },
  {
    question: 10,
    story: "a fall and the hip it broke",
    isAnswer: true,
    claims: [
      stay("inpatient", { from: -80, to: -70, diagnoses: ["S72001A", "W010XXA", "W19XXXA"], drg: "481" }),
    ],
  },
  {
    question: 10,
    story: "falls in the past, and alcohol",
    isAnswer: false,
    claims: [visit(-80, { diagnoses: ["Z9181", "T510X1A"] })],
  },
  {
    question: 10,
    story: "an event on a version that was replaced",
    isAnswer: false,
    claims: [visit(-80, { diagnoses: ["R42"], before: { diagnoses: ["T383X5A"] } })],
  },
  {
    question: 10,
    story: "an event the day before the twelve months begin",
    isAnswer: false,
    claims: [visit([-12, 0], { diagnoses: ["T383X5A"] })],
  },
];

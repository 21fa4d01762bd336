import { type PlantedMember, stay, visit } from "./planted-member.ts";

/** Diabetes for the first time in the last 90 days, after a year that we could see. */
export const NEW_DIABETES: readonly PlantedMember[] = [
  {
    question: 8,
    story: "diabetes 60 days ago, seen for two years",
    isAnswer: true,
    claims: [visit([-24, 0]), visit(-250, { diagnoses: ["I10"] }), visit(-60, { diagnoses: ["E119"] })],
  },
  {
    question: 8,
    story: "diabetes 89 days ago, seen for 365 days before",
    isAnswer: true,
    claims: [visit(-454), visit(-89, { diagnoses: ["E119"] })],
  },
  {
    question: 8,
    story: "an earlier diabetes that its replacement took back",
    isAnswer: true,
    claims: [
      visit([-24, 0]),
      visit(-250, { diagnoses: ["R739"], before: { diagnoses: ["E119"] } }),
      visit(-60, { diagnoses: ["E119"] }),
    ],
  },
  {
    question: 8,
    story: "diabetes 60 days ago, and 366 days before that",
    isAnswer: true,
    claims: [visit(-800), visit(-426, { diagnoses: ["E119"] }), visit(-60, { diagnoses: ["E119"] })],
  },
  {
    question: 8,
    story: "diabetes 60 days ago, and 365 days before that",
    isAnswer: false,
    claims: [visit(-800), visit(-425, { diagnoses: ["E119"] }), visit(-60, { diagnoses: ["E119"] })],
  },
  {
    question: 8,
    story: "diabetes 60 days ago, first seen half a year before",
    isAnswer: false,
    claims: [visit(-240), visit(-60, { diagnoses: ["E119"] })],
  },
  {
    question: 8,
    story: "first seen 364 days before, but for a claim that was cancelled",
    isAnswer: false,
    claims: [visit([-24, 0], { isCancelled: true }), visit(-424), visit(-60, { diagnoses: ["E119"] })],
  },
  {
    question: 8,
    story: "diabetes 60 days ago, and ten months ago in hospital",
    isAnswer: false,
    claims: [
      visit([-24, 0]),
      stay("inpatient", { from: -300, to: -296, diagnoses: ["J189", "E1165"], drg: "193" }),
      visit(-60, { diagnoses: ["E119"] }),
    ],
  },
  {
    question: 8,
    story: "diabetes 60 days ago, and the day before the 90 days begin",
    isAnswer: false,
    claims: [visit([-24, 0]), visit(-90, { diagnoses: ["E119"] }), visit(-60, { diagnoses: ["E119"] })],
  },
  {
    question: 8,
    story: "diabetes 90 days ago",
    isAnswer: false,
    claims: [visit([-24, 0]), visit(-90, { diagnoses: ["E119"] })],
  },
];

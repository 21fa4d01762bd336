import { type PlantedClaim, type PlantedMember, stay } from "./planted-member.ts";

function hospital(from: number, to: number, details: Partial<PlantedClaim> = {}): PlantedClaim {
  return stay("inpatient", { diagnoses: ["I509"], drg: "291", ...details, from, to });
}

/** Members in hospital again within 30 days of their discharge. */
export const READMISSIONS: readonly PlantedMember[] = [
  {
    question: 4,
    story: "again after 12 days",
    isAnswer: true,
    claims: [hospital(-120, -115), hospital(-103, -99)],
  },
  {
    question: 4,
    story: "again after 30 days",
    isAnswer: true,
    claims: [hospital(-120, -115), hospital(-85, -80)],
  },
  {
    question: 4,
    story: "a transfer on the next day, again after two days more",
    isAnswer: true,
    claims: [hospital(-120, -115), hospital(-114, -110), hospital(-108, -104)],
  },
  {
    question: 4,
    story: "two hospitals, then two more, each with a DRG of its own",
    isAnswer: true,
    claims: [
      hospital(-120, -115, { drg: "871" }),
      hospital(-114, -110, { drg: "193" }),
      hospital(-100, -95, { drg: "65" }),
      hospital(-94, -90, { drg: "945" }),
    ],
  },
  {
    question: 4,
    story: "again after 31 days",
    isAnswer: false,
    claims: [hospital(-120, -115), hospital(-84, -80)],
  },
  {
    question: 4,
    story: "a transfer on the next day",
    isAnswer: false,
    claims: [hospital(-120, -115), hospital(-114, -110)],
  },
  {
    question: 4,
    story: "interim bills, one of them within the days of the other",
    isAnswer: false,
    claims: [
      hospital(-120, -90, { isInterim: true }),
      hospital(-115, -110, { isInterim: true }),
      hospital(-89, -80),
    ],
  },
  {
    question: 4,
    story: "the second claim was cancelled",
    isAnswer: false,
    claims: [hospital(-120, -115), hospital(-103, -99, { isCancelled: true })],
  },
];

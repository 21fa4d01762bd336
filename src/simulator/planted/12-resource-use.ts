import { type PlantedMember, stay, visit } from "./planted-member.ts";

/** Stays, days and visits of each member, twelve months. */
export const RESOURCE_USE: readonly PlantedMember[] = [
  {
    question: 12,
    story: "one stay by three interim bills, whose days overlap by one",
    isAnswer: true,
    claims: [
      stay("inpatient", { from: -150, to: -121, drg: "3", isInterim: true }),
      stay("inpatient", { from: -121, to: -91, drg: "3", isInterim: true }),
      stay("inpatient", { from: -90, to: -71, drg: "4" }),
      stay("outpatient", { from: -50, to: -50, lines: [{ hcpcs: "99285" }] }),
      visit(-50, { lines: [{ hcpcs: "99285", placeOfService: "23" }] }),
    ],
  },
  {
    question: 12,
    story: "two stays",
    isAnswer: true,
    claims: [
      stay("inpatient", { from: -150, to: -140, drg: "291" }),
      stay("inpatient", { from: -60, to: -55, drg: "291" }),
    ],
  },
  {
    question: 12,
    story: "an emergency on the first day of the twelve months, by a claim that began before",
    isAnswer: true,
    claims: [
      {
        type: "carrier",
        from: [-12, 0],
        to: [-12, 1],
        lines: [
          { hcpcs: "99222", placeOfService: "21", on: [-12, 0] },
          { hcpcs: "99285", placeOfService: "23", on: [-12, 1] },
        ],
      },
    ],
  },
  {
    question: 12,
    story: "one claim, which was cancelled, and one before the twelve months",
    isAnswer: false,
    claims: [visit(-50, { isCancelled: true }), visit([-12, 0])],
  },
];

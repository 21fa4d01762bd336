import { type PlantedMember, stay, visit } from "./planted-member.ts";

/** All claims of one member, asked for by any of their MBIs. */
export const MEMBER_HISTORY: readonly PlantedMember[] = [
  {
    question: 3,
    story: "a new MBI, a replaced claim and a cancelled one",
    isAnswer: true,
    newMbiOn: -60,
    claims: [
      stay("inpatient", { from: -130, to: -126, diagnoses: ["I509", "E119"], drg: "291", provider: 31 }),
      visit(-110, { diagnoses: ["I509"], before: { diagnoses: ["I10"] } }),
      visit(-100, { diagnoses: ["R05"], isCancelled: true }),
      stay("outpatient", { from: -50, to: -50, diagnoses: ["I5022"], lines: [{ hcpcs: "93306" }] }),
    ],
  },
  {
    question: 3,
    story: "the same visits, of another member",
    isAnswer: false,
    claims: [
      stay("inpatient", { from: -130, to: -126, diagnoses: ["I509", "E119"], drg: "291", provider: 31 }),
    ],
  },
];

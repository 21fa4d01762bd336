import {
  type Day,
  type PlantedClaim,
  type PlantedLine,
  type PlantedMember,
  visit,
} from "./planted-member.ts";

const PEERS = 36;
const SERVICES: readonly PlantedLine[] = ["96413", "96415", "96372", "85025"].map((hcpcs) => ({ hcpcs }));

/** A visit with one specialty's physician, of a number of services. */
function oncologist(provider: number, day: Day, services: number): PlantedClaim {
  const lines = Array.from({ length: services }, (_, index) => SERVICES[index % SERVICES.length]!);
  return visit(day, { provider, specialty: "90", lines });
}

/**
 * Provider 1401 gives each of five members 12 services, and is far above the others. 1402 gives more than most, but two to each of
 * 26 members; 1403 gives 12 to each of four, which are too few to tell; 1404 five to each of five, which is not far. 36 more give one
 * member two.
 */
export const PROVIDER_OUTLIERS: readonly PlantedMember[] = [
  ...[1, 2, 3, 4, 5, 6].map((member) => ({
    question: 14,
    story: `patient ${member} of the first four`,
    isAnswer: member <= 5,
    claims: [
      ...(member <= 5 ? [oncologist(1401, -100 - member, 12), oncologist(1404, -50 - member, 5)] : []),
      oncologist(1402, -80 - member, 2),
      // The day before the twelve months begin: two services that don't count.
      ...(member === 1 ? [oncologist(1401, [-12, 0], 2)] : []),
      ...(member <= 4 ? [oncologist(1403, -60 - member, 12)] : []),
    ],
  })),
  ...Array.from({ length: 20 }, (_, index) => ({
    question: 14,
    story: `patient ${index + 7} of the second`,
    isAnswer: false,
    claims: [oncologist(1402, -80 - index, 2)],
  })),
  {
    question: 14,
    story: "patient of the others",
    isAnswer: false,
    // Two claims each: V3 names the specialty on one of any two that follow each other, if not on both.
    claims: Array.from({ length: 2 * PEERS }, (_, index) =>
      oncologist(1410 + Math.floor(index / 2), -40 - index, 1),
    ),
  },
];

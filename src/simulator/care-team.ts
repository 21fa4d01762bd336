import type { ClaimType } from "./claim-history.ts";
import { GROUP_NAMES, PERSON_NAMES, SPECIALTIES } from "./code-sets.ts";
import type { Random } from "./random.ts";

export type CareTeamRole = "attending" | "operating" | "other-operating" | "rendering" | "referring";

export interface CareTeamMember {
  readonly role: CareTeamRole;
  /** Absent for an entry that names nobody, which real claims have. */
  readonly npi: string | undefined;
  /** A number of the time before NPIs; V2 calls it an NPI all the same. */
  readonly pin: string | undefined;
  readonly name: string;
  readonly specialty: (typeof SPECIALTIES)[number];
  /** `CARR_LINE_PRVDR_TYPE_CD`. */
  readonly providerType: string;
  readonly isParticipating: boolean;
  /** Who bills for them: name and NPI. */
  readonly group: { readonly npi: string; readonly name: string };
}

export interface CareTeamOptions {
  readonly type: ClaimType;
  readonly patientIndex: number;
}

/** The people of a claim. A patient keeps to a few of them. */
export function careTeam(random: Random, { type, patientIndex }: CareTeamOptions): readonly CareTeamMember[] {
  const roles: CareTeamRole[] = [];
  if (type === "carrier") {
    if (random.chance(0.75)) roles.push("rendering");
    if (random.chance(0.5)) roles.push("referring");
  } else if (type === "dme") {
    if (random.chance(0.5)) roles.push("rendering");
    if (random.chance(0.5)) roles.push("referring");
  } else {
    if (type !== "hha" || random.chance(0.5)) roles.push("attending");
    if (type === "inpatient" || type === "outpatient") roles.push("operating");
    if (type === "inpatient" && random.chance(0.4)) roles.push("other-operating");
    if (type === "outpatient" && random.chance(0.3)) roles.push("rendering");
  }
  return roles.map((role) => {
    const person = (patientIndex * 13 + random.integer(6)) % 400;
    const hasPin = role === "referring" && random.chance(0.4);
    const isNobody = role === "operating" && random.chance(0.3);
    return {
      role,
      npi: hasPin || isNobody ? undefined : `99990${String(person).padStart(5, "0")}`,
      pin: hasPin ? random.pick(["PCP316413", "K25852", "8765676"]) : undefined,
      name: PERSON_NAMES[person % PERSON_NAMES.length]!,
      specialty: SPECIALTIES[person % SPECIALTIES.length]!,
      providerType: random.pick(["0", "1"]),
      isParticipating: random.chance(0.9),
      group: {
        npi: `99988${String(person % 60).padStart(5, "0")}`,
        name: GROUP_NAMES[person % GROUP_NAMES.length]!,
      },
    };
  });
}

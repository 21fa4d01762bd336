import { claimHistory, type FamilyHistory } from "./claim-history.ts";
import { MAX_PATIENTS } from "./identifiers.ts";
import { type Patient, type PopulationKey, patientOf } from "./patient.ts";
import { plantedHistory } from "./planted/planted-history.ts";
import type { PlantedMember } from "./planted/planted-member.ts";
import { PLANTED_MEMBERS } from "./planted/planted-members.ts";
import { plantedPatient } from "./planted/planted-patient.ts";

export interface MembersOptions {
  /** How many are drawn. */
  readonly patients: number;
  /** ISO date: after the drawn ones come those of `planted/`, whose stories are told for this day. Absent: none do. */
  readonly plantedOn?: string | undefined;
}

/** A member of a contract, with all that ever happens to their claims. */
export interface Member {
  readonly patient: Patient;
  readonly families: readonly FamilyHistory[];
  /** Absent for those who are drawn. */
  readonly planted: PlantedMember | undefined;
}

/** Members by their numbers, from 0. */
export interface Members {
  readonly count: number;
  /** The member number `index`, generated anew with each call. */
  member(index: number): Member;
}

/** The members of a contract: first those that are drawn, then those that are planted. */
export function membersOf(key: PopulationKey, { patients, plantedOn }: MembersOptions): Members {
  const stories = plantedOn === undefined ? [] : PLANTED_MEMBERS;
  const drawn = Math.min(patients, MAX_PATIENTS - stories.length);
  return {
    count: drawn + stories.length,
    member(index) {
      const planted = stories[index - drawn];
      if (planted === undefined || plantedOn === undefined) {
        const patient = patientOf(key, index);
        return { patient, families: claimHistory(key, patient), planted: undefined };
      }
      const place = { index, anchor: plantedOn };
      return {
        patient: plantedPatient(key, planted, place),
        families: plantedHistory(key, planted, place),
        planted,
      };
    },
  };
}

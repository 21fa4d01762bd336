import { mbiOf, patientIds } from "../identifiers.ts";
import type { Patient, PopulationKey } from "../patient.ts";
import { plantedDay } from "./planted-day.ts";
import type { PlantedHistoryOptions } from "./planted-history.ts";
import type { PlantedMember } from "./planted-member.ts";

/** A planted member as a patient, whose MBIs are numbered like everybody's. */
export function plantedPatient(
  { contract }: PopulationKey,
  { newMbiOn }: PlantedMember,
  { index, anchor }: PlantedHistoryOptions,
): Patient {
  const ids = patientIds(contract, index);
  const instants = newMbiOn === undefined ? [0] : [0, Date.parse(plantedDay(anchor, newMbiOn))];
  return {
    index,
    ccwId: ids.ccw,
    idrId: ids.idr,
    mbis: instants.map((from, generation) => ({ value: mbiOf(contract, index, generation), from })),
    chronicConditions: [],
  };
}

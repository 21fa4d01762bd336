import type { PatientTruth } from "../population.ts";
import { plantedDay } from "./planted-day.ts";

/** A row of `ab2d.part_d_fill`, but for its contract. */
export interface FillRow {
  readonly mbi: string;
  /** Eleven digits. */
  readonly ndc: string;
  readonly drugClass: string;
  /** `YYYY-MM-DD` */
  readonly fillDate: string;
  readonly daysSupply: number;
}

const NDCS = { statin: "00071015523", biguanide: "00093104801" };

/** The fills of the planted ones among `patients`, whose stories are told for the date `anchor`. */
export function plantedFills(patients: readonly PatientTruth[], anchor: string): readonly FillRow[] {
  return patients.flatMap(({ planted, currentMbi, historicMbis }) =>
    (planted?.fills ?? []).flatMap(({ on, drugClass, mbi = "current" }) => {
      const known = mbi === "current" ? currentMbi : historicMbis[0];
      if (known === undefined) return [];
      return {
        mbi: known,
        ndc: NDCS[drugClass],
        drugClass,
        fillDate: plantedDay(anchor, on),
        daysSupply: 30,
      };
    }),
  );
}

import type { FamilyHistory, VersionHistory } from "../claim-history.ts";
import type { PopulationKey } from "../patient.ts";
import { randomFor } from "../random.ts";
import { loadInstant, weekAfter } from "../upstream-load.ts";
import { plantedContent } from "./planted-content.ts";
import { plantedDay } from "./planted-day.ts";
import type { PlantedMember } from "./planted-member.ts";

export interface PlantedHistoryOptions {
  /** The patient's number. */
  readonly index: number;
  /** The date (`YYYY-MM-DD`) from which the days of claims are counted. */
  readonly anchor: string;
}

/** A planted member's claim families: each comes with the first load after its last day, what befalls it with the next one. */
export function plantedHistory(
  { seed, contract }: PopulationKey,
  { claims }: PlantedMember,
  { index, anchor }: PlantedHistoryOptions,
): readonly FamilyHistory[] {
  const random = randomFor(seed, contract, index, "planted");
  return claims.map((claim, family) => {
    const { type, from, to = from, before, isCancelled } = claim;
    const serviceTo = plantedDay(anchor, to);
    const week = weekAfter(serviceTo);
    const [createdAt, nextAt] = [loadInstant(week, random), loadInstant(week + 1, random)];
    const first: VersionHistory = {
      version: 0,
      createdAt,
      cancelledAt: before || isCancelled ? nextAt : undefined,
      touchedAt: [],
    };
    const replacement: VersionHistory = {
      version: 1,
      createdAt: nextAt,
      cancelledAt: undefined,
      touchedAt: [],
    };
    const content = plantedContent(claim, { anchor, family });
    return {
      family,
      type,
      serviceFrom: plantedDay(anchor, from),
      serviceTo,
      versions: before ? [first, replacement] : [first],
      contents: before ? [plantedContent({ ...claim, ...before }, { anchor, family }), content] : [content],
    };
  });
}

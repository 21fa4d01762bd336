import type { FamilyHistory, VersionHistory } from "./claim-history.ts";

/** A claim version as its source shows it at some instant. */
export interface ClaimState {
  readonly family: FamilyHistory;
  readonly version: VersionHistory;
  /** Epoch milliseconds. */
  readonly lastUpdated: number;
  /** V1 and V2 `status` active, V3 tag FinalAction. A family has at most one active version. */
  readonly isActive: boolean;
}

/** Every claim version that exists at `instant` (epoch milliseconds). */
export function claimsAt(families: readonly FamilyHistory[], instant: number): readonly ClaimState[] {
  const states: ClaimState[] = [];
  for (const family of families) {
    for (const version of family.versions) {
      if (version.createdAt > instant) continue;
      const cancelledAt = version.cancelledAt ?? Number.POSITIVE_INFINITY;
      let lastUpdated = version.createdAt;
      if (cancelledAt <= instant) lastUpdated = Math.max(lastUpdated, cancelledAt);
      for (const touchedAt of version.touchedAt) {
        if (touchedAt <= instant) lastUpdated = Math.max(lastUpdated, touchedAt);
      }
      states.push({ family, version, lastUpdated, isActive: cancelledAt > instant });
    }
  }
  return states;
}

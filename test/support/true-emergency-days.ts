import { firstOfMonths, isBetween } from "./iso-days.ts";
import type { Asked } from "./true-answers.ts";
import { dayOf, distinct } from "./true-claim-sets.ts";
import type { TrueClaim } from "./true-claims.ts";

const EMERGENCY = /^(9928[1-5]|G038[0-4])$/;

/**
 * The days of one person's claims in an emergency room, in twelve months. Of a line without a day it is the claim's first one, unless
 * a day that is known lies within the claim's.
 */
export function daysInEmergency(
  claims: readonly TrueClaim[],
  { asOf, apiVersion }: Pick<Asked, "asOf" | "apiVersion">,
): readonly string[] {
  const visits = claims
    .flatMap((claim) =>
      claim.lines
        .filter(({ hcpcs, placeOfService }) => EMERGENCY.test(hcpcs ?? "") || placeOfService === "23")
        .map((line) => ({
          day: dayOf(line, claim),
          claim,
          // V3 gives every line a day.
          isKnown: line.served !== undefined || apiVersion === "v3" || claim.serviceFrom === claim.serviceTo,
        })),
    )
    .filter(({ day }) => isBetween(day, firstOfMonths(12, asOf), asOf));
  const known = visits.filter(({ isKnown }) => isKnown).map(({ day }) => day);
  const others = visits
    .filter(({ claim }) => !known.some((day) => isBetween(day, claim.serviceFrom, claim.serviceTo)))
    .map(({ day }) => day);
  return distinct([...known, ...others]);
}

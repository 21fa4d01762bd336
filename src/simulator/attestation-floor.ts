import { DateTime } from "luxon";

/** The first day of AB2D's `lastUpdated` filter. An attestation before it sets no lower bound. */
const FIRST_FILTERED = Date.parse("2020-02-13T00:00:00-05:00");

/**
 * The instant (epoch milliseconds) up to which a contract attested on `attestedOn` (ISO date) is sent nothing,
 * whatever it asks for; `undefined` when there is none (`PatientClaimsProcessorImpl.getSinceTime`).
 */
export function attestationFloor(attestedOn: string): number | undefined {
  const attested = DateTime.fromISO(attestedOn, { zone: "America/New_York" }).toMillis();
  return attested < FIRST_FILTERED ? undefined : attested;
}

import type { ApiVersion } from "../domain/api-version.ts";
import type { PlantedMember } from "./planted/planted-member.ts";

/** What a claim version is, at the instant of the population. */
export interface ClaimTruth {
  /** The EOB's id in this version of the API. */
  readonly eobId: string;
  /** `group:` and the claim group's id in V1 and V2; `claim:` and the claim's own id in V3, which has no groups. */
  readonly familyKey: string;
  readonly lastUpdated: Date;
  /** V1, V2: status `active`. V3: tag `FinalAction`. */
  readonly isActive: boolean;
  /** The one version of its family that counts; no version of a cancelled family does. */
  readonly isCurrent: boolean;
  /** The number behind `Patient/` in this version of the API. */
  readonly patientId: string;
}

/** A beneficiary, and the MBIs that every export stamps on their claims from now on. */
export interface PatientTruth {
  /** The number behind `Patient/` in V1 and V2. */
  readonly ccwId: string;
  /** The number behind `Patient/` in V3. */
  readonly idrId: string;
  readonly currentMbi: string | undefined;
  /** Newest first. V3 never sends them. */
  readonly historicMbis: readonly string[];
  /** Their story; absent for those who are drawn. */
  readonly planted?: PlantedMember;
}

/** The truth about a contract, for tests to compare a database with. */
export interface Population {
  readonly claims: Readonly<Record<ApiVersion, readonly ClaimTruth[]>>;
  readonly patients: readonly PatientTruth[];
}

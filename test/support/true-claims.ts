import type { ApiVersion } from "../../src/domain/api-version.ts";
import { type ClaimContent, claimContent } from "../../src/simulator/claim-content.ts";
import { claimsAt } from "../../src/simulator/claims-at.ts";
import { membersOf } from "../../src/simulator/members-of.ts";
import type { Patient, PopulationKey } from "../../src/simulator/patient.ts";
import type { PlantedMember } from "../../src/simulator/planted/planted-member.ts";
import { eobIds } from "../../src/simulator/render-claim.ts";

/** A claim version as it was invented, before a version of the API gave it its shape. */
export interface TrueClaim extends ClaimContent {
  readonly eobId: string;
  readonly person: TruePerson;
  /** The claim's number in all versions of the API. */
  readonly family: string;
  readonly isCurrent: boolean;
  readonly lastUpdated: Date;
}

export interface TruePerson {
  /** As the database names whoever has one patient id. */
  readonly person_id: string;
  readonly patient: Patient;
  readonly planted: PlantedMember | undefined;
}

export interface TrueClaimsOptions {
  readonly patients: number;
  readonly plantedOn: string;
  readonly at: Date;
  readonly apiVersion: ApiVersion;
  /** An earlier version, by whose patient ids the database knows whoever has an MBI. Default: `apiVersion`. */
  readonly personsFrom?: ApiVersion;
}

/** All claim versions that exist at an instant, with the ids that `apiVersion` gives them. */
export function trueClaims(
  key: PopulationKey,
  { at, apiVersion, personsFrom = apiVersion, ...options }: TrueClaimsOptions,
): readonly TrueClaim[] {
  const { count, member } = membersOf(key, options);
  return Array.from({ length: count }, (_, index) => member(index)).flatMap(
    ({ patient, planted, families }) => {
      const person: TruePerson = {
        person_id:
          (patient.mbis.length > 0 ? personsFrom : apiVersion) === "v3"
            ? `idr:${patient.idrId}`
            : `ccw:${patient.ccwId}`,
        patient,
        planted,
      };
      return claimsAt(families, at.getTime()).map((state) => {
        const ids = eobIds(key, patient, state);
        return {
          ...claimContent(key, { patient, ...state }),
          eobId: apiVersion === "v3" ? ids.idr : ids.ccw,
          person,
          family: ids.ids.group,
          isCurrent: state.isActive,
          lastUpdated: new Date(state.lastUpdated),
        };
      });
    },
  );
}

import { isInstitutional } from "../../src/simulator/claim-content.ts";
import { firstOfMonths, latest } from "./iso-days.ts";
import type { Asked, TrueAnswer } from "./true-answers.ts";
import { current, distinct, groups, inWindow } from "./true-claim-sets.ts";

/** Question 3: the current claims of whom `mbi` belongs to or belonged to. */
export function trueHistory({ versions }: Asked, mbi: string): TrueAnswer {
  return current(versions)
    .filter(({ person }) => person.patient.mbis.some(({ value }) => value === mbi))
    .map(({ eobId, type, serviceFrom, serviceTo, drg, lines }) => ({
      eob_id: eobId,
      claim_type: type,
      service_from: serviceFrom,
      service_to: serviceTo,
      drg_code: drg?.padStart(3, "0") ?? null,
      hcpcs_codes: distinct(lines.flatMap(({ hcpcs }) => hcpcs ?? [])).join(", ") || null,
    }));
}

/** Question 7: who treats whom `mbi` belongs to. V1 has no referring ones, and in institutions none who render. */
export function trueProviders({ versions, asOf, apiVersion }: Asked, mbi: string): TrueAnswer {
  const claims = inWindow(current(versions), firstOfMonths(12, asOf), asOf).filter(({ person }) =>
    person.patient.mbis.some(({ value }) => value === mbi),
  );
  const treated = claims.flatMap((claim) =>
    claim.careTeam.flatMap(({ npi, role }) => {
      const isSilent =
        apiVersion === "v1" &&
        (role === "referring" || (role === "rendering") === isInstitutional(claim.type));
      return npi === undefined || isSilent ? [] : { npi, claim };
    }),
  );
  return [...groups(treated, ({ npi }) => npi)].map(([npi, theirs]) => ({
    npi,
    claims: new Set(theirs.map(({ claim }) => claim)).size,
    last_service_date: latest(theirs.map(({ claim }) => claim.serviceTo)),
  }));
}

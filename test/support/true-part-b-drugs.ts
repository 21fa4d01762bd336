import type { ClaimType } from "../../src/simulator/claim-history.ts";
import { firstOfMonths, isBetween } from "./iso-days.ts";
import type { Asked, TrueAnswer } from "./true-answers.ts";
import { current, dayOf } from "./true-claim-sets.ts";

const DRUG = /^([JQ]\d{4}|C9\d{3})$/;
const PLACE_OF_HOSPICE_CARE = /^Q50(0[1-9]|10)$/;
const NDC = /^(?!0{11})\d{11}$/;
const PART_B: readonly ClaimType[] = ["carrier", "outpatient", "dme"];

/** Question 9: the lines with a drug, of claims under Part B. */
export function partBDrugs({ versions, asOf, apiVersion }: Asked): TrueAnswer {
  const yearAgo = firstOfMonths(12, asOf);
  const claims = current(versions).filter(({ type }) => PART_B.includes(type));
  return claims.flatMap((claim) =>
    claim.lines.flatMap((line) => {
      const isNamed = line.hcpcs !== undefined && isDrug(line.hcpcs);
      // V3 carries no NDC.
      const hasNdc = apiVersion !== "v3" && NDC.test(line.ndc ?? line.ideNdcUpc ?? "");
      const service_from = dayOf(line, claim);
      return (isNamed || hasNdc) && isBetween(service_from, yearAgo, asOf)
        ? {
            person_id: claim.person.person_id,
            service_from,
            hcpcs_code: line.hcpcs ?? null,
            eob_id: claim.eobId,
            line_number: line.number,
          }
        : [];
    }),
  );
}

function isDrug(hcpcs: string): boolean {
  const isImmunization = isBetween(hcpcs, "90281", "90756") && !isBetween(hcpcs, "90460", "90474");
  return (DRUG.test(hcpcs) && !PLACE_OF_HOSPICE_CARE.test(hcpcs)) || isImmunization;
}

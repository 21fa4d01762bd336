import type { ApiVersion } from "../domain/api-version.ts";
import type { ClaimContent } from "./claim-content.ts";
import { claimContent } from "./claim-content.ts";
import type { ClaimState } from "./claims-at.ts";
import { ndjsonLine } from "./fhir.ts";
import { claimIds } from "./identifiers.ts";
import type { Patient, PopulationKey, StampedMbis } from "./patient.ts";
import { renderV1 } from "./render-v1.ts";
import { renderV2 } from "./render-v2.ts";
import { renderV3 } from "./render-v3.ts";

/** All that a version of the API puts into an EOB. */
export interface ClaimFacts {
  readonly patient: Patient;
  readonly mbis: StampedMbis;
  readonly content: ClaimContent;
  readonly ids: ReturnType<typeof claimIds>;
  /** Epoch milliseconds. */
  readonly lastUpdated: number;
  readonly isActive: boolean;
  /** The older of two shapes, where the API has changed its own over time. */
  readonly isOlderShape: boolean;
}

export interface RenderClaimOptions {
  readonly apiVersion: ApiVersion;
  readonly patient: Patient;
  readonly mbis: StampedMbis;
  readonly state: ClaimState;
}

/** The claim's NDJSON line, line feed included, in the shape of `apiVersion`. */
export function renderClaim(
  key: PopulationKey,
  { apiVersion, patient, mbis, state }: RenderClaimOptions,
): string {
  const { family, version, lastUpdated, isActive } = state;
  const facts: ClaimFacts = {
    patient,
    mbis,
    content: claimContent(key, { patient, family, version }),
    ids: eobIds(key, patient, state).ids,
    lastUpdated,
    isActive,
    isOlderShape: (patient.index + family.family) % 4 === 0,
  };
  const render = { v1: renderV1, v2: renderV2, v3: renderV3 }[apiVersion];
  return ndjsonLine(render(facts));
}

/** The ids of a claim version: of the claim, and of the EOB in each world. */
export function eobIds(key: PopulationKey, patient: Patient, { family, version }: ClaimState) {
  const ids = claimIds({
    contract: key.contract,
    patient: patient.index,
    family: family.family,
    version: version.version,
  });
  return { ids, ccw: `${family.type}-${ids.ccw}`, idr: ids.idr };
}

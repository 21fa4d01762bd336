import type { ApiVersion } from "../domain/api-version.ts";
import { attestationFloor } from "./attestation-floor.ts";
import type { ClaimOfMember, ClaimSource, ExportWindow } from "./claim-source.ts";
import { type ClaimState, claimsAt } from "./claims-at.ts";
import { contractCode } from "./identifiers.ts";
import { type Member, type MembersOptions, membersOf } from "./members-of.ts";
import { mbisAt, type Patient, type PopulationKey } from "./patient.ts";
import type { ClaimTruth, PatientTruth, Population } from "./population.ts";
import { randomFor } from "./random.ts";
import { eobIds, renderClaim } from "./render-claim.ts";

/** Beneficiaries to a batch. AB2D takes up to 100; fewer let small populations fill several files too. */
const BATCH_SIZE = 10;

export interface GeneratedSourceOptions extends MembersOptions {
  /** ISO date: no claim is shown whose service ended, or that was last updated, before this day. */
  readonly attestedOn: string;
}

/**
 * An invented population: a pure function of `key` and an instant, so that an export at a later instant brings what
 * has happened since. Patients are generated one after the other and not kept.
 *
 * @throws {EtlError} SIMULATOR_CONTRACT_INVALID
 */
export function generatedSource(
  key: PopulationKey,
  { attestedOn, ...options }: GeneratedSourceOptions,
): ClaimSource {
  contractCode(key.contract);
  const { count, member } = membersOf(key, options);
  const floor = attestationFloor(attestedOn) ?? Number.NEGATIVE_INFINITY;

  function visibleClaims({ families }: Member, instant: number): readonly ClaimState[] {
    return claimsAt(families, instant).filter(
      ({ family, lastUpdated }) => family.serviceTo >= attestedOn && lastUpdated > floor,
    );
  }

  function linesOf(owner: Member, window: ExportWindow): string[] {
    const { patient } = owner;
    const chosen = visibleClaims(owner, window.asOf).filter(
      (state) => isInside(state, window) && (window.delivers?.(claimOf(patient, state)) ?? true),
    );
    // The order of lines says nothing of the order of versions.
    const random = randomFor(key.seed, key.contract, patient.index, window.asOf, "order");
    const mbis = mbisAt(patient, window.asOf);
    return random
      .shuffled(chosen)
      .map((state) => renderClaim(key, { apiVersion: window.apiVersion, patient, mbis, state }));
  }

  return {
    async *batches(window) {
      for (let first = 0; first < count; first += BATCH_SIZE) {
        const lines: string[] = [];
        for (let index = first; index < Math.min(count, first + BATCH_SIZE); index++) {
          lines.push(...linesOf(member(index), window));
        }
        if (lines.length > 0) yield Buffer.from(lines.join(""));
        // Let the server answer between batches.
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    population(instant, delivers = () => true) {
      const claims: Record<ApiVersion, ClaimTruth[]> = { v1: [], v2: [], v3: [] };
      const members: PatientTruth[] = [];
      for (let index = 0; index < count; index++) {
        const owner = member(index);
        const { patient } = owner;
        const states = visibleClaims(owner, instant).filter((state) => delivers(claimOf(patient, state)));
        // Nobody learns of a patient without claims.
        if (states.length > 0) members.push(patientTruth(owner, instant));
        for (const state of states) {
          const ids = eobIds(key, patient, state);
          const truth = {
            lastUpdated: new Date(state.lastUpdated),
            isActive: state.isActive,
            isCurrent: state.isActive,
          };
          const ccw = {
            ...truth,
            eobId: ids.ccw,
            familyKey: `group:${ids.ids.group}`,
            patientId: patient.ccwId,
          };
          claims.v1.push(ccw);
          claims.v2.push(ccw);
          claims.v3.push({
            ...truth,
            eobId: ids.idr,
            familyKey: `claim:${ids.idr}`,
            patientId: patient.idrId,
          });
        }
      }
      return { claims, patients: members } satisfies Population;
    },
  };
}

function isInside(
  { lastUpdated, family }: ClaimState,
  { after, until, serviceDates }: ExportWindow,
): boolean {
  if (after !== undefined && lastUpdated <= after) return false;
  if (until !== undefined && lastUpdated > until) return false;
  return serviceDates.every(({ from, to }) => family.serviceTo >= from && family.serviceFrom <= to);
}

function claimOf(patient: Patient, { family }: ClaimState): ClaimOfMember {
  return { member: patient.ccwId, serviceFrom: family.serviceFrom, serviceTo: family.serviceTo };
}

function patientTruth({ patient, planted }: Member, instant: number): PatientTruth {
  const { current, historic } = mbisAt(patient, instant);
  return {
    ccwId: patient.ccwId,
    idrId: patient.idrId,
    currentMbi: current,
    historicMbis: historic,
    ...(planted ? { planted } : {}),
  };
}

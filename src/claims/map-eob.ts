import { type ApiVersion, sourceSystemOf } from "../domain/api-version.ts";
import { readCareTeam } from "./care-team.ts";
import type { ClaimScope } from "./claim-scope.ts";
import { claimFormOf, claimTypeOf } from "./claim-type.ts";
import { detectApiVersion } from "./detect-api-version.ts";
import type { Dialect } from "./dialect.ts";
import { exclusionOf } from "./exclusion.ts";
import { isJsonObject, type JsonObject, objectAt, objectsAt, textAt } from "./json-fields.ts";
import { mapDiagnoses } from "./map-diagnoses.ts";
import { mapHeader } from "./map-header.ts";
import { mapLines } from "./map-lines.ts";
import { mapProcedures } from "./map-procedures.ts";
import { mapProviders } from "./map-providers.ts";
import { Rejection } from "./rejection.ts";
import type { MappedEob } from "./rows.ts";
import { servicePeriod } from "./service-period.ts";
import { stampedMbis } from "./stamped-mbis.ts";
import { isStorable } from "./storable-text.ts";
import { V1 } from "./v1.ts";
import { V2 } from "./v2.ts";
import { V3 } from "./v3.ts";

const DIALECTS: Readonly<Record<ApiVersion, Dialect>> = { v1: V1, v2: V2, v3: V3 };
const PATIENT = "Patient/";

/**
 * Maps one EOB to rows. `eob` comes from `parseEob`, which keeps the digits of its numbers. Never throws: an EOB that can't be
 * loaded comes back as rejected, one that policy keeps out as excluded.
 */
export function mapEob(eob: unknown, { apiVersion }: { apiVersion: ApiVersion }): MappedEob {
  try {
    return mapOrReject(eob, DIALECTS[apiVersion]);
  } catch (error) {
    if (error instanceof Rejection) return { kind: "rejected", reason: error.reason };
    throw error;
  }
}

function mapOrReject(eob: unknown, dialect: Dialect): MappedEob {
  if (!isJsonObject(eob)) throw new Rejection("not_an_object");
  if (eob.resourceType !== "ExplanationOfBenefit") throw new Rejection("not_an_eob");
  const exclusion = exclusionOf(eob, dialect);
  if (exclusion) return { kind: "excluded", reason: exclusion };
  // Read as another version, half of a claim's columns would come out empty, and nothing would say so.
  const version = detectApiVersion(eob);
  if (version !== undefined && version !== dialect.apiVersion) throw new Rejection("api_version_mismatch");
  const eobId = textAt(eob, "id");
  if (eobId === null) throw new Rejection("id_missing");
  if (isPart2Restricted(eob)) throw new Rejection("part2_restricted");
  const patientId = patientIdOf(eob);
  if (patientId === "") throw new Rejection("patient_missing");
  const period = servicePeriod(objectAt(eob, "billablePeriod"));
  if (!period) throw new Rejection("billable_period_missing");

  const claimType = claimTypeOf(dialect.claimTypeCode(eob));
  const claim: ClaimScope = {
    dialect,
    eobId,
    beneficiaryId: `${sourceSystemOf(dialect.apiVersion)}:${patientId}`,
    claimType,
    claimForm: claimFormOf(claimType, dialect.claimForm(eob)),
    serviceFrom: period.from,
    serviceTo: period.to,
  };
  const careTeam = readCareTeam(eob, claim);
  const diagnoses = mapDiagnoses(eob, claim);
  const children = {
    lines: mapLines(eob, { claim, careTeam, diagnoses }),
    diagnoses,
    procedures: mapProcedures(eob, claim),
    providers: mapProviders(eob, { claim, careTeam }),
  };
  const header = mapHeader(eob, { claim, patientId, children, careTeam });
  const mapped = { kind: "claim", header, children, mbis: stampedMbis(eob) } as const;
  if (!isStorable(mapped)) throw new Rejection("text_not_storable");
  if (!fitsIndexes(mapped)) throw new Rejection("key_too_long");
  return mapped;
}

/** FHIR ids have at most 64 characters. A text beyond what an index entry holds would stop the whole file. */
const MAX_KEY_LENGTH = 256;

function fitsIndexes({ header, children, mbis }: Extract<MappedEob, { kind: "claim" }>): boolean {
  return (
    header.eob_id.length <= MAX_KEY_LENGTH &&
    header.claim_family_key.length <= MAX_KEY_LENGTH &&
    header.beneficiary_id.length <= MAX_KEY_LENGTH &&
    mbis.every(({ mbi }) => mbi.length <= MAX_KEY_LENGTH) &&
    children.diagnoses.every(({ code }) => code.length <= MAX_KEY_LENGTH) &&
    children.lines.every(({ hcpcs_code }) => hcpcs_code === null || hcpcs_code.length <= MAX_KEY_LENGTH)
  );
}

function patientIdOf(eob: JsonObject): string {
  const reference = textAt(objectAt(eob, "patient"), "reference") ?? "";
  return reference.startsWith(PATIENT) ? reference.slice(PATIENT.length) : reference;
}

/** 42 CFR Part 2, substance use disorder records: AB2D asks its source to leave them out. */
function isPart2Restricted(eob: JsonObject): boolean {
  return objectsAt(objectAt(eob, "meta"), "security").some((label) => label.code === "42CFRPart2");
}

import { CLAIM_TYPE_CODES } from "../claim-type.ts";
import { URLS } from "../urls.ts";
import type { KnownPaths, UnreadPaths } from "./known-paths.ts";

const STAMPED = `extension[url=${URLS.stampedIdentifier}].valueIdentifier(system=${URLS.mbi})`;
const ICD_OF_DIAGNOSES = [URLS.icd10, URLS.icd10Cm, URLS.icd9Cm];
const ICD_OF_PROCEDURES = [URLS.icd10, URLS.icd10Pcs, URLS.icd9Cm, URLS.icd9Pcs];

/** What the mapper reads in every version alike. */
const CONSUMED: readonly string[] = [
  "{resourceType,id,status}",
  "meta.lastUpdated",
  "patient.reference",
  "billablePeriod.{start,end}",
  `${STAMPED}.value`,
  `${STAMPED}.extension[url=${URLS.identifierCurrency}].valueCoding.code`,
  "careTeam[].sequence",
  "diagnosis[].sequence",
  ...ICD_OF_DIAGNOSES.map(
    (icd) => `diagnosis[].diagnosisCodeableConcept.coding[system=${icd}].{code,display}`,
  ),
  "procedure[].{sequence,date}",
  ...ICD_OF_PROCEDURES.map(
    (icd) => `procedure[].procedureCodeableConcept.coding[system=${icd}].{code,display}`,
  ),
  "item[].{sequence,servicedDate}",
  "item[].servicedPeriod.{start,end}",
  "item[].quantity.value",
];

/** What no version's mapper reads. */
const UNREAD: readonly UnreadPaths[] = [
  { reason: "FHIR's narrative for people has no fact of its own", paths: ["text.{status,div}"] },
  {
    reason: "That a diagnosis has no code is not a diagnosis",
    paths: [`diagnosis[].diagnosisCodeableConcept.coding[system=${URLS.dataAbsentReason}].code`],
  },
];

const VALUES: KnownPaths["values"] = { status: ["active", "cancelled", "draft", "entered-in-error"] };

/** Adds to the paths of a version what all versions have. `claimType` is where a claim's type code stands. */
export function knownPathsWith(claimType: string, { consumed, unread, values }: KnownPaths): KnownPaths {
  return {
    consumed: [...CONSUMED, ...consumed],
    unread: [...UNREAD, ...unread],
    values: { ...VALUES, [claimType]: CLAIM_TYPE_CODES, ...values },
  };
}

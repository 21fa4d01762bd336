/**
 * Names of places in an EOB that may stand in a table, a report and a log. What an EOB calls its fields, extensions and codes
 * comes from AB2D and could be anything, a member's number too; a name that does not look like one of FHIR's becomes `?`.
 */

/** FHIR's elements have names of letters that begin with a small one; `_` is before the extensions of a primitive. */
const FIELD = /^_?[a-z][A-Za-z]{0,39}$/;
/** Who publishes the code systems, identifiers and extensions of claims. */
const PUBLISHER =
  /^(?:[a-z0-9-]+\.)*(?:cms\.gov|hl7\.org|nucc\.org|ama-assn\.org|nubc\.org|x12\.org|loinc\.org|snomed\.info|nih\.gov|cdc\.gov|fda\.gov|unitsofmeasure\.org)$/;
const ADDRESS = /^(https?:\/\/)([a-z0-9.-]{1,60})((?:\/[^/?#]{1,100}){0,8})\/?$/;
const SEGMENT = /^[A-Za-z][A-Za-z0-9._~-]*$/;
const MAX_ADDRESS = 200;
/** Words of a code list, or a code of at most four characters: shorter than any identifier of a person. */
const CODE = /^(?:[A-Za-z][A-Za-z_-]{0,31}|[A-Za-z0-9]{1,4})$/;

/** What stands for a name that can't be shown. */
export const UNSHOWN = "?";

/** The name of a field of an EOB, or `?`. */
export function fieldName(raw: string): string {
  return FIELD.test(raw) ? raw : UNSHOWN;
}

/**
 * The address of an extension, a code system or an identifier, or `?` where it is none or not from who publishes those. Long
 * numbers and numbers at the end of a word become `N`: `…/clm_poa_ind_sw12` and `…/clm_poa_ind_sw13` are one place.
 */
export function addressName(raw: string): string {
  const match = raw.length <= MAX_ADDRESS ? ADDRESS.exec(raw) : null;
  if (!match) return UNSHOWN;
  const [, scheme, host, path] = match;
  if (!PUBLISHER.test(host!)) return UNSHOWN;
  return `${scheme}${host}${path!.split("/").map(segmentName).join("/")}`;
}

/** A code from a code list, or `?`. */
export function codeName(raw: string): string {
  return CODE.test(raw) ? raw : addressName(raw);
}

function segmentName(segment: string): string {
  if (segment === "") return "";
  // An MBI has four runs of digits, whatever its characters that may be either.
  const runs = segment.match(/\d+/g)?.length ?? 0;
  if (!SEGMENT.test(segment) || runs > 3) return UNSHOWN;
  return segment.replace(/\d{3,}|\d+$/g, "N");
}

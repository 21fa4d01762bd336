/** A claim's type: the seven that AB2D delivers, `other` for a code that is none of them. */
export type ClaimType = "carrier" | "dme" | "hha" | "hospice" | "inpatient" | "outpatient" | "snf" | "other";

/** How a claim is billed. */
export type ClaimForm = "institutional" | "professional";

const TYPE_OF_CODE: ReadonlyMap<string, ClaimType> = new Map<string, ClaimType>([
  ["10", "hha"],
  ["20", "snf"],
  ["30", "snf"],
  ["40", "outpatient"],
  ["50", "hospice"],
  ["60", "inpatient"],
  ["61", "inpatient"],
  ["62", "inpatient"],
  ["63", "inpatient"],
  ["64", "inpatient"],
  ["71", "carrier"],
  ["72", "carrier"],
  ["81", "dme"],
  ["82", "dme"],
]);

/** The codes whose type is known. */
export const CLAIM_TYPE_CODES: readonly string[] = [...TYPE_OF_CODE.keys()];

/** The type behind a CCW `NCH_CLM_TYPE_CD` or IDR `CLM_TYPE_CD`. */
export function claimTypeOf(code: string | null): ClaimType {
  return (code !== null && TYPE_OF_CODE.get(code)) || "other";
}

/**
 * The form of a claim. It follows from the type, because the wire is wrong about it: V1 calls outpatient professional, V2 calls
 * HHA professional and DME institutional. Only for `other` does the `wireForm` decide.
 */
export function claimFormOf(type: ClaimType, wireForm: string | null): ClaimForm | null {
  if (type === "carrier" || type === "dme") return "professional";
  if (type !== "other") return "institutional";
  return wireForm === "institutional" || wireForm === "professional" ? wireForm : null;
}

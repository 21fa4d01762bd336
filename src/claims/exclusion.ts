import type { Dialect } from "./dialect.ts";
import { type JsonObject, objectAt, objectsAt, textAt } from "./json-fields.ts";
import type { ExclusionReason } from "./rows.ts";

const PART_D_TYPE_CODE = /^[1-4]$/;

/** Why policy keeps an EOB out of the tables, or `undefined`. AB2D should send neither kind, but V3's own test data has both. */
export function exclusionOf(eob: JsonObject, dialect: Dialect): ExclusionReason | undefined {
  if (isPartD(eob, dialect)) return "part_d";
  if (isPriorAuthorization(eob)) return "prior_authorization";
  return undefined;
}

function isPartD(eob: JsonObject, dialect: Dialect): boolean {
  const typeCode = dialect.claimTypeCode(eob);
  if (typeCode !== null && PART_D_TYPE_CODE.test(typeCode)) return true;
  for (const coding of objectsAt(objectAt(eob, "type"), "coding")) {
    if (coding.code === "PDE" && textAt(coding, "system")?.toLowerCase().endsWith("/eob-type")) return true;
  }
  return false;
}

function isPriorAuthorization(eob: JsonObject): boolean {
  const use = eob.use;
  if (use === "preauthorization" || use === "predetermination") return true;
  if (objectAt(eob, "meta")?.source === "CWF") return true;
  for (const identifier of objectsAt(eob, "identifier")) {
    if (textAt(identifier, "system")?.endsWith("Unique-Tracking-Number")) return true;
  }
  return false;
}

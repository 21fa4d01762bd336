import type { ApiVersion } from "../domain/api-version.ts";
import { type JsonObject, objectAt, objectsAt, textAt } from "./json-fields.ts";
import { URLS } from "./urls.ts";

/**
 * The API version that an EOB's type codings belong to, `undefined` where they don't tell. Right for every line of the
 * published samples (500 V1, 500 V2, 4 V3): V3 alone has CLM-TYPE-CD; V1 has the near-line record code or STU3's claim type
 * among the type's codings, V2 has R4's claim type there.
 */
export function detectApiVersion(eob: JsonObject): ApiVersion | undefined {
  const systems = objectsAt(objectAt(eob, "type"), "coding").map((coding) => textAt(coding, "system"));
  if (systems.includes(URLS.idrClaimType)) return "v3";
  if (systems.includes(URLS.nearLineRecord) || systems.includes(URLS.claimFormV1)) return "v1";
  if (systems.includes(URLS.claimForm) && systems.includes(URLS.claimType)) return "v2";
  return undefined;
}

/** A version of the AB2D API: V1 speaks FHIR STU3, V2 and V3 speak R4. */
export type ApiVersion = "v1" | "v2" | "v3";

/** The system a version's claims come from. `ccw` serves V1 and V2 under the same ids; `idr` serves V3 under ids of its own. */
export type SourceSystem = "ccw" | "idr";

export const API_VERSIONS: readonly ApiVersion[] = ["v1", "v2", "v3"];

/** The source system behind `version`. */
export function sourceSystemOf(version: ApiVersion): SourceSystem {
  return version === "v3" ? "idr" : "ccw";
}

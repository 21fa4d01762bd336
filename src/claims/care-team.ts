import type { ClaimScope } from "./claim-scope.ts";
import type { ProviderIdentifier } from "./dialect.ts";
import { int4At, type JsonObject, objectsAt, textAt } from "./json-fields.ts";
import { npiOf } from "./provider-identifier.ts";

/** One entry of `careTeam[]`. */
export interface CareTeamMember {
  readonly entry: JsonObject;
  readonly sequence: number | null;
  readonly role: string;
  readonly roleRaw: string | null;
  readonly identifier: ProviderIdentifier | undefined;
  readonly npi: string | null;
}

/** Reads `careTeam[]` in document order, entries without an identifier included. */
export function readCareTeam(eob: JsonObject, { dialect, claimForm }: ClaimScope): readonly CareTeamMember[] {
  const entries = objectsAt(eob, "careTeam");
  if (entries.length === 0) return [];
  const contained = containedById(eob);
  return entries.map((entry) => {
    const roleRaw = dialect.careTeamRole(entry);
    const identifier = dialect.careTeamIdentifier(entry, contained);
    return {
      entry,
      sequence: int4At(entry, "sequence"),
      // A role that the version is not known to use keeps its row; `role_raw` says what it was.
      role: (roleRaw === null ? undefined : dialect.roleOf(roleRaw, claimForm)) ?? "other",
      roleRaw,
      identifier,
      npi: identifier ? npiOf(identifier) : null,
    };
  });
}

/** The first resource of each id: AB2D's V3 filter can contain a practitioner twice. */
function containedById(eob: JsonObject): ReadonlyMap<string, JsonObject> {
  const byId = new Map<string, JsonObject>();
  for (const resource of objectsAt(eob, "contained")) {
    const id = textAt(resource, "id");
    if (id !== null && !byId.has(id)) byId.set(id, resource);
  }
  return byId;
}

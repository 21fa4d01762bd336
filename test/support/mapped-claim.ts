import { mapEob } from "../../src/claims/map-eob.ts";
import { parseEob } from "../../src/claims/parse-eob.ts";
import type { MappedEob } from "../../src/claims/rows.ts";
import { type EobOptions, eob } from "./eob.ts";

/** Builds an EOB, writes it as a line, reads that line back and maps it; throws when it is not loaded. */
export function mappedClaim(options: EobOptions = {}): Extract<MappedEob, { kind: "claim" }> {
  const mapped = mapEob(parseEob(JSON.stringify(eob(options))), { apiVersion: options.version ?? "v2" });
  if (mapped.kind !== "claim") throw new Error(`The EOB was ${mapped.kind}: ${mapped.reason}`);
  return mapped;
}

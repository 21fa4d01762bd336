import type { ApiVersion } from "../../domain/api-version.ts";
import { V1_PATHS } from "./known-paths-v1.ts";
import { V2_PATHS } from "./known-paths-v2.ts";
import { V3_PATHS } from "./known-paths-v3.ts";

/** Places that are not read on purpose, and why. */
export interface UnreadPaths {
  readonly reason: string;
  readonly paths: readonly string[];
}

/**
 * What an EOB of a version is known to have; everything else is drift. Arrays are `name[]`; where FHIR tells the elements of
 * an array apart, that stands between: `extension[url=…]`, `coding[system=…]`, `identifier[type=uc]` for one without system,
 * `supportingInfo[category=drg]`, `contained[resourceType=…]`. An object is told apart in the same way between round
 * brackets: `identifier(system=…)`. An address that ends in `N` stands for a family with a number there. `a.{b,c}` is
 * `a.b` and `a.c`.
 *
 * What tells elements apart is known wherever they are, and so are a coding's `display` and system: nobody reads how a code
 * is called where its code is read.
 */
export interface KnownPaths {
  /** What the mapper reads. A test holds this to what it does read. */
  readonly consumed: readonly string[];
  readonly unread: readonly UnreadPaths[];
  /** The codes known at places that decide how a claim is read. */
  readonly values: Readonly<Record<string, readonly string[]>>;
}

/** By API version: from AB2D's data dictionary, its published samples, and AB2D's and BFD's own test data. */
export const KNOWN_PATHS: Readonly<Record<ApiVersion, KnownPaths>> = {
  v1: V1_PATHS,
  v2: V2_PATHS,
  v3: V3_PATHS,
};

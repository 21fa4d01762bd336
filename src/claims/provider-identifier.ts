import type { ProviderIdentifier } from "./dialect.ts";
import { firstCode } from "./fhir-fields.ts";
import { type JsonObject, objectAt, textAt } from "./json-fields.ts";
import { URLS } from "./urls.ts";

const TEN_DIGITS = /^\d{10}$/;

/** Reads a FHIR Identifier of a provider; `undefined` when it has no value. */
export function providerIdentifier(identifier: JsonObject | undefined): ProviderIdentifier | undefined {
  const value = textAt(identifier, "value");
  if (value === null) return undefined;
  if (identifier?.system === URLS.npi) return { value, type: "npi" };
  const type = firstCode(objectAt(identifier, "type"));
  return { value, type: type === null ? "unknown" : type.toLowerCase() };
}

/**
 * The NPI in `identifier`, or `null`. Ten digits and labelled so: V2 labels PINs and UPINs as NPI too, and nine digits may be
 * somebody's tax number.
 */
export function npiOf(identifier: ProviderIdentifier): string | null {
  return identifier.type === "npi" && isNpi(identifier.value) ? identifier.value : null;
}

/** Whether `text` has the form of a National Provider Identifier. Its check digit is not asked for: CMS's test data has none. */
export function isNpi(text: string): boolean {
  return TEN_DIGITS.test(text);
}

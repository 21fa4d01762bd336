import { type JsonObject, objectAt, objectsAt, textAt } from "./json-fields.ts";

/** The code of the first coding of `concept` under `system`. */
export function codeUnder(concept: JsonObject | undefined, system: string): string | null {
  for (const coding of objectsAt(concept, "coding")) {
    if (coding.system !== system) continue;
    const code = textAt(coding, "code");
    if (code !== null) return code;
  }
  return null;
}

/** The code of the first coding of `concept` that has one, whatever its system. */
export function firstCode(concept: JsonObject | undefined): string | null {
  for (const coding of objectsAt(concept, "coding")) {
    const code = textAt(coding, "code");
    if (code !== null) return code;
  }
  return null;
}

/** Whether a coding of `concept` has `code`, whatever its system. */
export function hasCode(concept: JsonObject | undefined, code: string): boolean {
  for (const coding of objectsAt(concept, "coding")) if (coding.code === code) return true;
  return false;
}

/** The object under `valueKey` (`valueCoding`, `valueQuantity`, …) of the first extension with `url` that has one. */
export function extensionValue(
  element: JsonObject | undefined,
  url: string,
  valueKey: string,
): JsonObject | undefined {
  for (const extension of objectsAt(element, "extension")) {
    if (extension.url !== url) continue;
    const value = objectAt(extension, valueKey);
    if (value) return value;
  }
  return undefined;
}

/** `valueCoding.code` of the extension with `url`. */
export function extensionCode(element: JsonObject | undefined, url: string): string | null {
  return textAt(extensionValue(element, url, "valueCoding"), "code");
}

/** The value of the first identifier of `resource` under `system`. */
export function identifierUnder(resource: JsonObject, system: string): string | null {
  for (const identifier of objectsAt(resource, "identifier")) {
    if (identifier.system !== system) continue;
    const value = textAt(identifier, "value");
    if (value !== null) return value;
  }
  return null;
}

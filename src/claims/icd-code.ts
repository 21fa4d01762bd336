import { type JsonObject, objectsAt, textAt } from "./json-fields.ts";
import { URLS } from "./urls.ts";

/** An ICD code as the wire has it and as we compare it. */
export interface IcdCode {
  /** Upper case, no dots, no blanks around: `E119`. */
  readonly code: string;
  readonly codeRaw: string;
  /** `null` when the coding's system is none of ICD's. */
  readonly codeSystem: string | null;
  readonly description: string | null;
}

/** What each address means for a diagnosis, and for a procedure: the position decides, V1 and V2 share one address. */
const DIAGNOSIS_SYSTEMS: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [URLS.icd10, "ICD-10-CM"],
  [URLS.icd10Cm, "ICD-10-CM"],
  [URLS.icd9Cm, "ICD-9-CM"],
]);
const PROCEDURE_SYSTEMS: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [URLS.icd10, "ICD-10-PCS"],
  [URLS.icd10Pcs, "ICD-10-PCS"],
  [URLS.icd9Cm, "ICD-9-PCS"],
  [URLS.icd9Pcs, "ICD-9-PCS"],
]);

/** The ICD code of a diagnosis; `undefined` when it has none. */
export function diagnosisCode(concept: JsonObject | undefined): IcdCode | undefined {
  return icdCode(concept, DIAGNOSIS_SYSTEMS);
}

/** The ICD code of a procedure; `undefined` when it has none. */
export function procedureCode(concept: JsonObject | undefined): IcdCode | undefined {
  return icdCode(concept, PROCEDURE_SYSTEMS);
}

/** The first coding of an ICD system, else the first with a code: V2 writes one diagnosis as two codings. */
function icdCode(
  concept: JsonObject | undefined,
  systems: ReadonlyMap<unknown, string>,
): IcdCode | undefined {
  let other: IcdCode | undefined;
  for (const coding of objectsAt(concept, "coding")) {
    const codeSystem = systems.get(coding.system) ?? null;
    if (codeSystem === null && (other || coding.system === URLS.dataAbsentReason)) continue;
    const codeRaw = textAt(coding, "code");
    const code = codeRaw === null ? "" : normalised(codeRaw);
    if (codeRaw === null || code === "") continue;
    const icd = { code, codeRaw, codeSystem, description: withoutQuotes(textAt(coding, "display")) };
    if (codeSystem !== null) return icd;
    other = icd;
  }
  return other;
}

function normalised(code: string): string {
  return code.trim().toUpperCase().replaceAll(".", "");
}

/** Without one pair of literal quotes around it: about half of the descriptions come as `"HYPERLIPIDEMIA, UNSPECIFIED"`. */
function withoutQuotes(display: string | null): string | null {
  if (display === null) return null;
  const quoted = display.length >= 2 && display.startsWith('"') && display.endsWith('"');
  const text = quoted ? display.slice(1, -1) : display;
  return text === "" ? null : text;
}

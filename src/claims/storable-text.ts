import type { Columns } from "../postgres/columns.ts";
import type { MappedEob } from "./rows.ts";
import { CLAIM_DIAGNOSIS, CLAIM_LINE, CLAIM_PROCEDURE, CLAIM_PROVIDER, CLAIM_VERSION } from "./rows.ts";

declare global {
  interface String {
    /** Whether the string has no lone surrogate. Node 20 has it, the ES2023 library does not list it. */
    isWellFormed(): boolean;
  }
}

const HEADER_TEXTS = textColumns(CLAIM_VERSION);
const LINE_TEXTS = ownTexts(CLAIM_LINE);
const DIAGNOSIS_TEXTS = ownTexts(CLAIM_DIAGNOSIS);
const PROCEDURE_TEXTS = ownTexts(CLAIM_PROCEDURE);
const PROVIDER_TEXTS = ownTexts(CLAIM_PROVIDER);

/** Whether PostgreSQL can hold every text of a mapped claim: its UTF-8 has neither lone surrogates nor U+0000. */
export function isStorable({ header, children, mbis }: Extract<MappedEob, { kind: "claim" }>): boolean {
  return (
    areStorable([header], HEADER_TEXTS) &&
    areStorable(children.lines, LINE_TEXTS) &&
    areStorable(children.diagnoses, DIAGNOSIS_TEXTS) &&
    areStorable(children.procedures, PROCEDURE_TEXTS) &&
    areStorable(children.providers, PROVIDER_TEXTS) &&
    areStorable(mbis, ["mbi"])
  );
}

function textColumns(columns: Columns): readonly string[] {
  return Object.keys(columns).filter((name) => columns[name]!.startsWith("text"));
}

/** Without the columns that a child row repeats from its header. */
function ownTexts(columns: Columns): readonly string[] {
  return textColumns(columns).filter((name) => !(name in CLAIM_VERSION));
}

function areStorable(rows: readonly object[], texts: readonly string[]): boolean {
  for (const row of rows as readonly Readonly<Record<string, unknown>>[]) {
    for (const name of texts) {
      const value = row[name];
      if (typeof value === "string") {
        if (!isStorableText(value)) return false;
      } else if (Array.isArray(value)) {
        if (!value.every(isStorableText)) return false;
      }
    }
  }
  return true;
}

function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

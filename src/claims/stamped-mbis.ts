import { extensionCode } from "./fhir-fields.ts";
import { type JsonObject, objectAt, objectsAt, textAt } from "./json-fields.ts";
import type { StampedMbi } from "./rows.ts";
import { URLS } from "./urls.ts";

type Currency = StampedMbi["currency"];

const RANK: Readonly<Record<Currency, number>> = { current: 2, historic: 1, unknown: 0 };

/**
 * The MBIs that AB2D stamped on an EOB, each once: current wins over historic, historic over unknown. Blanks around one, dashes as on
 * a card and small letters are mended. What still does not look like an MBI is kept.
 */
export function stampedMbis(eob: JsonObject): readonly StampedMbi[] {
  const mbis: StampedMbi[] = [];
  for (const extension of objectsAt(eob, "extension")) {
    if (extension.url !== URLS.stampedIdentifier) continue;
    const identifier = objectAt(extension, "valueIdentifier");
    if (identifier?.system !== URLS.mbi) continue;
    const mbi = (textAt(identifier, "value") ?? "").trim().replaceAll("-", "").toUpperCase();
    if (mbi === "") continue;
    const currency = currencyOf(identifier);
    const known = mbis.findIndex((other) => other.mbi === mbi);
    if (known === -1) mbis.push({ mbi, currency });
    else if (RANK[currency] > RANK[mbis[known]!.currency]) mbis[known] = { mbi, currency };
  }
  return mbis;
}

function currencyOf(identifier: JsonObject): Currency {
  const code = extensionCode(identifier, URLS.identifierCurrency);
  return code === "current" || code === "historic" ? code : "unknown";
}

/** Days of service: first and last, `YYYY-MM-DD`, both included. */
export interface ServiceDateRange {
  readonly from: string;
  readonly to: string;
}

const DAY = 86_400_000;
const FIRST_DAY = "0000-01-01";
const LAST_DAY = "9999-12-31";
const SERVICE_DATE =
  /^(eq|gt|ge|lt|le|sa|eb)?(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)?)?)?$/;

/**
 * Reads V3's `_typeFilter`: `ExplanationOfBenefit?service-date=ge2025-01&service-date=lt2026`, decoded once.
 * Precision is the day. Returns the text of the server's refusal when it does not understand.
 */
export function parseTypeFilter(text: string): readonly ServiceDateRange[] | { readonly refusal: string } {
  const [resource, query, ...others] = text.split("?");
  if (!query || others.length > 0) return { refusal: "Invalid _typeFilter parameter" };
  if (resource !== "ExplanationOfBenefit") {
    return { refusal: "_typeFilter must be for the ExplanationOfBenefit resource" };
  }
  const ranges: ServiceDateRange[] = [];
  for (const [name, value] of new URLSearchParams(query)) {
    if (name !== "service-date") return { refusal: "_typeFilter must be for the service-date parameter" };
    const range = parseServiceDate(value);
    if (!range) return { refusal: `invalid service-date parameter: ${value}` };
    ranges.push(range);
  }
  return ranges;
}

function parseServiceDate(value: string): ServiceDateRange | undefined {
  const match = SERVICE_DATE.exec(value);
  if (!match) return undefined;
  const [, prefix = "eq", year, month, day] = match;
  const from = Date.UTC(Number(year), Number(month ?? 1) - 1, Number(day ?? 1));
  const to = day ? from : month ? Date.UTC(Number(year), Number(month), 0) : Date.UTC(Number(year), 11, 31);
  if (month && new Date(from).getUTCMonth() !== Number(month) - 1) return undefined;
  switch (prefix) {
    case "gt":
    case "sa":
      return { from: isoDay(to + DAY), to: LAST_DAY };
    case "ge":
      return { from: isoDay(from), to: LAST_DAY };
    case "lt":
    case "eb":
      return { from: FIRST_DAY, to: isoDay(from - DAY) };
    case "le":
      return { from: FIRST_DAY, to: isoDay(to) };
    default:
      return { from: isoDay(from), to: isoDay(to) };
  }
}

function isoDay(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}

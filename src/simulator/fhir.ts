/** A JSON object on its way to the wire; members that are `undefined` are left out. */
export type Json = Readonly<Record<string, unknown>>;

/** CMS's code systems, which the API also uses as extension URLs. */
export const BLUE_BUTTON = "https://bluebutton.cms.gov/resources/variables/";
export const BLUE_BUTTON_FHIR = "https://bluebutton.cms.gov/fhir/";
export const CARIN = "http://hl7.org/fhir/us/carin-bb/";
export const NPI = "http://hl7.org/fhir/sid/us-npi";

/** A FHIR Coding. */
export function coding(system: string, code: string, display?: string): Json {
  return { system, code, display };
}

/** A FHIR CodeableConcept of one Coding. */
export function concept(system: string, code: string, display?: string): Json {
  return { coding: [coding(system, code, display)] };
}

/** An extension whose value is a code of a CMS variable: its URL is the code's system. */
export function variable(name: string, code: string, display?: string): Json {
  const url = `${BLUE_BUTTON}${name}`;
  return { url, valueCoding: coding(url, code, display) };
}

/** `list`, or nothing when it is empty: FHIR has no empty arrays. */
export function filled<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length > 0 ? list : undefined;
}

/** A number whose text stays as it is (`3.0`), which `JSON.stringify` alone can't do. See {@link ndjsonLine}. */
export function decimal(text: string): string {
  return `~#${text}#~`;
}

/** One NDJSON line, with its line feed. */
export function ndjsonLine(resource: Json): string {
  return `${JSON.stringify(resource).replace(/"~#([^#"]*)#~"/g, "$1")}\n`;
}

/** The MBIs that AB2D appends to a resource's other extensions: the current one first. */
export function mbiExtensions({
  current,
  historic,
}: {
  readonly current: string | undefined;
  readonly historic: readonly string[];
}): readonly Json[] {
  if (current === undefined) return [];
  return [current, ...historic].map((value, index) => ({
    url: "http://hl7.org/fhir/StructureDefinition/elementdefinition-identifier",
    valueIdentifier: {
      extension: [
        {
          url: "https://bluebutton.cms.gov/resources/codesystem/identifier-currency",
          valueCoding: { code: index === 0 ? "current" : "historic" },
        },
      ],
      system: "http://hl7.org/fhir/sid/us-mbi",
      value,
    },
  }));
}

/** An instant as the API prints it: with milliseconds, at an offset of `offsetMinutes` from UTC. */
export function instantText(milliseconds: number, offsetMinutes: number): string {
  const local = new Date(milliseconds + offsetMinutes * 60_000).toISOString().slice(0, -1);
  const offset = new Date(Math.abs(offsetMinutes) * 60_000).toISOString().slice(11, 16);
  return `${local}${offsetMinutes < 0 ? "-" : "+"}${offset}`;
}

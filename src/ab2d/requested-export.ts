import type { ApiVersion } from "../domain/api-version.ts";
import type { ExportWindow } from "../domain/export-window.ts";

/** What a manifest's `request` says was asked for. */
export interface RequestedExport extends ExportWindow {
  /** The version in its path; `undefined` unless the path is that of an export of all members. */
  readonly apiVersion: ApiVersion | undefined;
  /** Whether it asked for anything else: a `_typeFilter`, another resource or format, a parameter that we never send. */
  readonly asksForMore: boolean;
}

const OUR_PARAMETERS: Readonly<Record<string, readonly string[] | undefined>> = {
  _type: ["ExplanationOfBenefit"],
  _outputFormat: ["application/fhir+ndjson", "application/ndjson", "ndjson"],
};

/**
 * Reads a manifest's `request`. AB2D percent-encodes the query twice (`%253A`), so each value is decoded twice; a plus sign stays
 * one, because a date-time holds no space. A value that can't be decoded counts as absent, and as something else.
 */
export function requestedExport(request: string): RequestedExport {
  const [path = "", query = ""] = request.split(/\?([^#]*)/);
  const values = new Map<string, string | undefined>();
  for (const pair of query.split("&")) {
    const equals = pair.indexOf("=");
    const name = equals > 0 ? pair.slice(0, equals) : pair;
    if (name !== "" && !values.has(name)) values.set(name, decodeTwice(pair.slice(equals + 1)));
  }
  const version = /\/api\/(v[123])\/fhir\/Patient\/(?:\$|%24)export$/.exec(path)?.[1];
  const asksForMore = [...values].some(([name, value]) => {
    if (name === "_since" || name === "_until") return value === undefined;
    return value === undefined || !(OUR_PARAMETERS[name]?.includes(value) ?? false);
  });
  return {
    apiVersion: version as ApiVersion | undefined,
    since: values.get("_since"),
    until: values.get("_until"),
    asksForMore,
  };
}

function decodeTwice(value: string): string | undefined {
  try {
    return decodeURIComponent(decodeURIComponent(value));
  } catch {
    return undefined;
  }
}

import { DateTime } from "luxon";
import type { ApiVersion } from "../domain/api-version.ts";
import { outcomeReply, problemReply, type Reply } from "./reply.ts";
import { parseTypeFilter, type ServiceDateRange } from "./type-filter.ts";

/** The earliest `_since`, and its text in the refusal (`Constants.SINCE_EARLIEST_DATE`). */
const EARLIEST = "2020-02-13T00:00:00-05:00";
const EARLIEST_V3 = "2026-04-01T00:00:00-05:00";
const OUTPUT_FORMATS = ["application/fhir+ndjson", "application/ndjson", "ndjson"];
const ISO_DATE_TIME =
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}(?::\d{2})?)$/;

/** The parameters of a start request once its dates are parsed: the framework does that before any other check. */
export interface BoundParameters {
  readonly type: string | null;
  readonly outputFormat: string | null;
  /** In the request's own offset. */
  readonly since: DateTime | undefined;
  readonly until: DateTime | undefined;
  readonly serviceDates: readonly ServiceDateRange[];
}

/** Parses the parameters that have to parse; others are ignored, as are unknown ones. */
export function bindParameters(
  query: URLSearchParams,
  apiVersion: ApiVersion,
): { readonly parameters: BoundParameters } | { readonly refusal: Reply } {
  const dates: { since?: DateTime; until?: DateTime } = {};
  for (const name of ["since", "until"] as const) {
    const text = query.get(`_${name}`);
    if (!text) continue;
    const date = ISO_DATE_TIME.test(text) ? DateTime.fromISO(text, { setZone: true }) : undefined;
    if (!date?.isValid) {
      return {
        refusal: problemReply(400, "Bad Request", `Failed to convert '_${name}' with value: '${text}'`),
      };
    }
    dates[name] = date;
  }
  const typeFilter = apiVersion === "v3" ? query.get("_typeFilter") : null;
  const serviceDates = typeFilter ? parseTypeFilter(typeFilter) : [];
  if ("refusal" in serviceDates) return { refusal: outcomeReply(400, serviceDates.refusal) };
  return {
    parameters: {
      type: query.get("_type"),
      outputFormat: query.get("_outputFormat"),
      since: dates.since,
      until: dates.until,
      serviceDates,
    },
  };
}

/** Checks what AB2D checks once a job may start, in its order. `undefined`: all is well. */
export function checkParameters(
  { type, outputFormat, since, until }: BoundParameters,
  { apiVersion, now }: { readonly apiVersion: ApiVersion; readonly now: Date },
): Reply | undefined {
  if (type !== null && type !== "ExplanationOfBenefit") {
    return outcomeReply(400, "_type must be ExplanationOfBenefit");
  }
  if (outputFormat !== null && !OUTPUT_FORMATS.includes(outputFormat)) {
    return outcomeReply(400, `An _outputFormat of ${outputFormat} is not valid`);
  }
  return checkSince(since, apiVersion, now) ?? checkUntil(until, since, apiVersion);
}

function checkSince(since: DateTime | undefined, apiVersion: ApiVersion, now: Date): Reply | undefined {
  if (!since) return undefined;
  if (since.toMillis() > now.getTime()) {
    return outcomeReply(400, "You can not use a time after the current time for _since");
  }
  const earliest = apiVersion === "v3" ? EARLIEST_V3 : EARLIEST;
  if (since.toMillis() < Date.parse(earliest)) {
    return outcomeReply(400, `_since must be after ${earliest}${apiVersion === "v3" ? " for V3" : ""}`);
  }
  return undefined;
}

function checkUntil(
  until: DateTime | undefined,
  since: DateTime | undefined,
  apiVersion: ApiVersion,
): Reply | undefined {
  if (!until) return undefined;
  if (apiVersion === "v1") {
    return outcomeReply(
      400,
      "The _until parameter is only available with version 2 and version 3 of the API",
    );
  }
  if (since && until.toMillis() < since.toMillis()) {
    return outcomeReply(400, `_until must be after _since ${since.toISO({ suppressMilliseconds: true })}`);
  }
  if (until.toMillis() < Date.parse(EARLIEST)) return outcomeReply(400, `_until must be after ${EARLIEST}`);
  // An _until in the future is taken as it is.
  return undefined;
}

import { checkHealth, type Health } from "../../ab2d/check-health.ts";
import { checkMaintenance } from "../../ab2d/check-maintenance.ts";
import { checkMetadata, type Metadata } from "../../ab2d/check-metadata.ts";
import type { ExchangeOptions } from "../../ab2d/exchange.ts";
import { isLoopback } from "../../ab2d/secure-url.ts";
import type { Clock } from "../../clock.ts";
import { ENVIRONMENTS } from "../../config.ts";
import type { ApiVersion } from "../../domain/api-version.ts";
import { ExitCode } from "../../errors.ts";
import { type Check, failure, failureOf, ok, skipped, warning } from "./check.ts";

export interface CheckServerOptions extends ExchangeOptions {
  readonly clock: Clock;
  /** Those that the contracts use. */
  readonly apiVersions: readonly ApiVersion[];
}

/** Seconds: tokens live 1,800 or 3,600, and are renewed at four fifths of that. */
const SKEW = { warning: 60, failure: 600 };

/** Checks what an AB2D server says without a token: its health, maintenance, clock and API versions. */
export async function checkServer(
  apiUrl: URL | undefined,
  { apiVersions, clock, ...options }: CheckServerOptions,
): Promise<readonly Check[]> {
  const dependents = ["maintenance", "clock", ...apiVersions.map(versionName)];
  if (apiUrl === undefined) return ["health", ...dependents].map((name) => skipped(name, "API address"));
  let health: Health;
  try {
    health = await checkHealth(apiUrl, { clock, ...options });
  } catch (error) {
    options.signal.throwIfAborted();
    return [failureOf("health", error), ...dependents.map((name) => skipped(name, "health"))];
  }
  const [maintenance, ...versions] = await Promise.all([
    maintenanceCheck(apiUrl, options),
    ...apiVersions.map((apiVersion) => versionCheck(apiUrl, { apiVersion, ...options })),
  ]);
  return [
    healthCheck(apiUrl, health),
    maintenance,
    clockCheck(health.clockSkew, { isLocal: isLoopback(apiUrl.hostname) }),
    ...versions,
  ];
}

function healthCheck({ origin }: URL, { status, milliseconds }: Health): Check {
  const found = `/health answered ${status} in ${milliseconds.toLocaleString("en-US")} ms`;
  if (status === 200) return ok("health", found);
  if (status === 401 || status === 403) {
    const isProduction = origin === ENVIRONMENTS.production.apiUrl;
    return failure(
      "health",
      isProduction ? `${found}: this machine's public address is not on AB2D's allow-list` : found,
      {
        cure: isProduction
          ? "Ask the AB2D team to put the address on it (up to eight are allowed), or send the traffic through one that is."
          : "It needs no token: something before AB2D refuses this machine, a proxy, a firewall or an allow-list of addresses.",
        exitCode: ExitCode.refused,
      },
    );
  }
  if (status === 429 || status >= 500) {
    return failure("health", `${found}: AB2D itself is not well`, {
      cure: "Wait and run doctor again. A run that is under way bears it for 15 minutes, and the next one goes on from there.",
      exitCode: ExitCode.unavailable,
    });
  }
  return failure("health", `${found}, wanted 200`, {
    cure: "Check that the API address is AB2D's, without /api/v2, and that no proxy answers in its place.",
    exitCode: ExitCode.protocol,
  });
}

async function maintenanceCheck(apiUrl: URL, options: ExchangeOptions): Promise<Check> {
  try {
    const isOn = await checkMaintenance(apiUrl, options);
    if (isOn) {
      return warning(
        "maintenance",
        "AB2D is in maintenance and starts no export",
        "Wait: a run now exits 75 and the scheduler's next one tries again. Jobs and downloads under way go on.",
      );
    }
    if (isOn === false) return ok("maintenance", "none");
    return warning(
      "maintenance",
      "/status does not say",
      "Nothing depends on it, but check that the address is AB2D's.",
    );
  } catch (error) {
    options.signal.throwIfAborted();
    return failureOf("maintenance", error);
  }
}

/** Judges the seconds by which the server's clock is ahead. */
export function clockCheck(skew: number | undefined, { isLocal }: { readonly isLocal: boolean }): Check {
  if (skew === undefined) {
    return warning(
      "clock",
      "AB2D's answer has no Date",
      "Check this machine's clock by other means, such as NTP.",
    );
  }
  if (skew === 0) return ok("clock", "agrees with AB2D's to the second");
  const found = `AB2D's clock is ${duration(Math.abs(skew))} ${skew > 0 ? "ahead of" : "behind"} this machine's`;
  if (Math.abs(skew) <= SKEW.warning) return ok("clock", found);
  // A server on this machine has this machine's clock, unless it is a simulator.
  if (isLocal) return ok("clock", `${found}: a simulator on this machine, which keeps its own time`);
  const cure =
    "Set this machine's clock (NTP). No claim is lost, a window starts at the earlier of both clocks, but tokens may be renewed too late and times in reports are wrong.";
  return Math.abs(skew) > SKEW.failure
    ? failure("clock", found, { cure, exitCode: ExitCode.configuration })
    : warning("clock", found, cure);
}

function duration(seconds: number): string {
  const [size, unit] =
    seconds >= 172_800
      ? [86_400, "days"]
      : seconds >= 7_200
        ? [3_600, "hours"]
        : seconds >= 120
          ? [60, "minutes"]
          : [1, "s"];
  return `${Math.round(seconds / size).toLocaleString("en-US")} ${unit}`;
}

function versionName(apiVersion: ApiVersion): string {
  return `API ${apiVersion}`;
}

async function versionCheck(
  apiUrl: URL,
  { apiVersion, ...options }: ExchangeOptions & { readonly apiVersion: ApiVersion },
): Promise<Check> {
  const name = versionName(apiVersion);
  try {
    return judgeVersion(name, {
      apiVersion,
      metadata: await checkMetadata(apiUrl, { apiVersion, ...options }),
    });
  } catch (error) {
    options.signal.throwIfAborted();
    return failureOf(name, error);
  }
}

function judgeVersion(
  name: string,
  { apiVersion, metadata }: { readonly apiVersion: ApiVersion; readonly metadata: Metadata },
): Check {
  const { status, fhirVersion } = metadata;
  if (status === 429 || status >= 500) {
    return failure(name, `its metadata answered ${status}`, {
      cure: "Wait and run doctor again.",
      exitCode: ExitCode.unavailable,
    });
  }
  const wanted = apiVersion === "v1" ? "3" : "4";
  if (status === 200 && fhirVersion?.startsWith(`${wanted}.`)) return ok(name, `FHIR ${fhirVersion}`);
  const found = fhirVersion
    ? `it speaks FHIR ${fhirVersion}, wanted ${wanted}`
    : `its metadata answered ${status}, and no CapabilityStatement`;
  return failure(name, found, {
    cure: "Check the API address and AB2D_API_VERSION: this server does not serve that version, or something answers in its place.",
    exitCode: ExitCode.protocol,
  });
}

import { asEtlError } from "../as-etl-error.ts";
import type { ContractSettings, Settings } from "../config.ts";
import { planRun, type RunRequest } from "../control/plan-run.ts";
import type { ContractNumber } from "../domain/contract-number.ts";
import { parseInstant } from "../domain/instant.ts";
import { type EtlError, ExitCode } from "../errors.ts";
import { sync } from "../pipeline.ts";
import { transaction } from "../postgres/transaction.ts";
import { chooseContracts } from "./choose-contracts.ts";
import {
  type CommandResult,
  type CommandSpec,
  type OptionValues,
  prepareWorkingFolder,
  usageError,
  withDatabase,
} from "./command.ts";
import { contractAccess } from "./contract-access.ts";
import { runReport } from "./run-report.ts";

const EXAMPLE = "sync Z0001";

export const syncCommand: CommandSpec = {
  name: "sync",
  summary: "Bring the claims of one or more contracts up to date: the first time all, then what changed.",
  args: [{ name: "[contract...]", help: "Contract numbers; without any, those of ab2d.yaml." }],
  options: [
    {
      flags: "--since <time>",
      help: "Export what changed after this instant (ISO 8601 with an offset) instead.",
    },
    { flags: "--until <time>", help: "Export only what changed up to this instant. Not in V1." },
    {
      flags: "--full",
      help: "Export everything again, from the attestation date or the earliest that AB2D allows.",
    },
    { flags: "--dry-run", help: "Say what would be asked for, and ask for nothing." },
  ],
  settings: [
    "environment",
    "apiUrl",
    "tokenUrl",
    "credentialsFile",
    "apiVersion",
    "landingDir",
    "pollInterval",
    "overlapDays",
    "sincePolicy",
    "downloads",
    "loaders",
    "keepLanded",
    "logLevel",
  ],
  examples: [
    EXAMPLE,
    "sync Z0001 Z0002 --loaders 4",
    "sync Z0001 --since 2026-10-01T00:00:00-04:00",
    "sync Z0001 --dry-run",
  ],
  async run([numbers], options, door) {
    const contracts = chooseContracts(numbers as readonly string[], door.settings, {
      doing: "sync",
      example: EXAMPLE,
    });
    const window = chooseWindow(options);
    if (door.settings.landingDir.startsWith(".ab2d")) prepareWorkingFolder();
    return withDatabase(door, { schema: options["dryRun"] === true ? "have" : "make" }, async ({ pool }) => {
      const results: CommandResult[] = [];
      for (const contract of contracts) {
        const request = runRequest(contract, window, door.settings);
        if (options["dryRun"] === true) {
          const plan = await transaction(pool, (tx) => planRun(request, tx));
          results.push(planReport(request, plan, door.settings));
          continue;
        }
        const bring = () =>
          sync({ ...request, ...contractAccess(contract, door.settings) }, { ...door, pool });
        try {
          const summary = await bring();
          results.push(runReport(summary));
          // What was asked for explicitly waits until the unfinished run is done.
          if (summary.isResumed && isExplicit(window)) {
            const { since, until } = await transaction(pool, (tx) => planRun(request, tx));
            const isDone = since === summary.run.requestedSince && until === summary.run.requestedUntil;
            if (!isDone) results.push(runReport(await bring()));
          }
        } catch (error) {
          // One contract's trouble must not keep the others from their claims.
          if ((contracts.length === 1 && results.length === 0) || door.signal.aborted) throw error;
          results.push(failureReport(contract.number, asEtlError(error)));
        }
      }
      return joined(results);
    });
  },
};

interface Window {
  readonly since: string | undefined;
  readonly until: string | undefined;
  readonly full: boolean;
}

function chooseWindow(options: OptionValues): Window {
  const since = options["since"] as string | undefined;
  const until = options["until"] as string | undefined;
  for (const [flag, time] of [
    ["--since", since],
    ["--until", until],
  ] as const) {
    if (time !== undefined && parseInstant(time) === undefined) {
      throw usageError(
        `Cannot export: ${flag} is no date-time with an offset`,
        "sync Z0001 --since 2026-10-01T00:00:00-04:00",
      );
    }
  }
  const full = options["full"] === true;
  if (full && since !== undefined)
    throw usageError("Cannot export: --full and --since exclude each other", EXAMPLE);
  return { since, until, full };
}

function runRequest(contract: ContractSettings, window: Window, settings: Settings): RunRequest {
  const apiVersion = contract.apiVersion ?? settings.apiVersion;
  if (apiVersion === "v1" && window.until !== undefined) {
    throw usageError(
      "Cannot export: V1 of the API has no --until",
      "sync Z0001 --api-version v2 --until 2026-10-01T00:00:00Z",
    );
  }
  return {
    contract: contract.number,
    apiVersion,
    attestedOn: contract.attestedOn,
    ...window,
    overlapDays: settings.overlapDays,
    sincePolicy: settings.sincePolicy,
  };
}

function planReport(
  request: RunRequest,
  plan: Awaited<ReturnType<typeof planRun>>,
  settings: Settings,
): CommandResult {
  const what = plan.resumes
    ? `would go on with run ${plan.resumes.runId}${plan.job ? `, export job ${plan.job.jobId}` : ""}`
    : `would start an export${plan.watermark ? "" : ", the first"}`;
  const lines = [
    `${request.contract}  ${request.apiVersion}  ${what}`,
    `  since      ${plan.since ?? "not sent: V3 then exports everything"}`,
    `  until      ${plan.until ?? "open"}`,
    `  watermark  ${plan.watermark?.exportedAt.toISOString() ?? "none yet"}`,
    `  landing    ${settings.landingDir}`,
    ...plan.notes.map((note) => `  note: ${note}`),
  ];
  return {
    text: lines.join("\n"),
    json: {
      contract: request.contract,
      api_version: request.apiVersion,
      dry_run: true,
      resumes_run: plan.resumes?.runId ?? null,
      job_id: plan.job?.jobId ?? null,
      since: plan.since ?? null,
      until: plan.until ?? null,
      watermark: plan.watermark?.exportedAt.toISOString() ?? null,
      notes: plan.notes,
    },
    exitCode: ExitCode.ok,
  };
}

function isExplicit({ since, until, full }: Window): boolean {
  return full || since !== undefined || until !== undefined;
}

function failureReport(contract: ContractNumber, error: EtlError): CommandResult {
  return {
    text: `${contract}  failed: ${error.message}${error.hint ? `\n  ${error.hint}` : ""}\n  (${error.code}, exit ${error.exitCode})`,
    json: {
      contract,
      error: {
        code: error.code,
        message: error.message,
        hint: error.hint ?? null,
        exit_code: error.exitCode,
      },
    },
    exitCode: error.exitCode,
  };
}

function joined(results: readonly CommandResult[]): CommandResult {
  const [first] = results;
  if (results.length === 1 && first) return first;
  // A failure says more than a gap.
  const worst = [...results].sort((a, b) => b.exitCode - a.exitCode)[0];
  return {
    text: results.map(({ text }) => text).join("\n\n"),
    json: results.map(({ json }) => json),
    exitCode: worst?.exitCode ?? ExitCode.ok,
  };
}

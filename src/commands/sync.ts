import type { ContractSettings, Settings } from "../config.ts";
import { planRun, type RunRequest } from "../control/plan-run.ts";
import { parseInstant } from "../domain/instant.ts";
import { ExitCode } from "../errors.ts";
import type { Context } from "../pipeline/land-and-load.ts";
import { type SyncRequest, sync } from "../pipeline.ts";
import { transaction } from "../postgres/transaction.ts";
import { chooseContracts } from "./choose-contracts.ts";
import {
  type CommandResult,
  type CommandSpec,
  type Door,
  type OptionValues,
  prepareWorkingFolder,
  usageError,
  withDatabase,
} from "./command.ts";
import { apiVersionOf, contractAccess, EXPORT_SETTINGS } from "./contract-access.ts";
import { runReport } from "./run-report.ts";
import { joined, sideBySide } from "./side-by-side.ts";

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
  settings: [...EXPORT_SETTINGS, "apiVersion", "sincePolicy", "contractsAtOnce"],
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
      return sideBySide(contracts, door, async (contract) => {
        const request = runRequest(contract, window, door);
        if (options["dryRun"] === true) {
          const plan = await transaction(pool, (tx) => planRun(request, { now: door.clock.now() }, tx));
          return planReport(request, plan, door.settings);
        }
        return bring({ ...request, ...contractAccess(contract, door) }, { ...door, pool });
      });
    });
  },
};

/** One run, and another if the first only finished what an earlier process had begun and more was asked for explicitly. */
async function bring(request: SyncRequest, context: Context): Promise<CommandResult> {
  const first = await sync(request, context);
  if (!first.isResumed || !isExplicit(request)) return runReport(first);
  const { since, until } = await transaction(context.pool, (tx) =>
    planRun(request, { now: context.clock.now() }, tx),
  );
  if (since === first.run.requestedSince && until === first.run.requestedUntil) return runReport(first);
  return joined([runReport(first), runReport(await sync(request, context))]);
}

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

function runRequest(contract: ContractSettings, window: Window, door: Door): RunRequest {
  const { settings } = door;
  const apiVersion = apiVersionOf(contract, door);
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

function isExplicit({ since, until, full }: RunRequest): boolean {
  return full === true || since !== undefined || until !== undefined;
}

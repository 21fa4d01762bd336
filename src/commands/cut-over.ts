import { API_VERSIONS, type ApiVersion, type SourceSystem, sourceSystemOf } from "../domain/api-version.ts";
import { ExitCode } from "../errors.ts";
import { type CutOver, cutOver } from "../pipeline/cut-over.ts";
import { chooseContracts } from "./choose-contracts.ts";
import {
  type CommandResult,
  type CommandSpec,
  prepareWorkingFolder,
  usageError,
  withDatabase,
} from "./command.ts";
import { comparisonText } from "./comparison-text.ts";
import { apiVersionOf, contractAccess, EXPORT_SETTINGS } from "./contract-access.ts";
import { runReport } from "./run-report.ts";

const EXAMPLE = "cut-over Z0001";

export const cutOverCommand: CommandSpec = {
  name: "cut-over",
  summary:
    "Move a contract to another version of the API: bring all its claims of that version, then let analysts see those.",
  args: [{ name: "<contract>", help: "The contract's number." }],
  options: [
    { flags: "--to <version>", help: "v3, or v2 or v1 to go back. Default: v3." },
    {
      flags: "--compare-only",
      help: "Bring the claims and set the two sources side by side, but switch nothing.",
    },
  ],
  settings: EXPORT_SETTINGS,
  examples: [EXAMPLE, "cut-over Z0001 --compare-only", "cut-over Z0001 --to v2"],
  async run([number], options, door) {
    const [contract] = chooseContracts([String(number)], door.settings, {
      doing: "cut over",
      example: EXAMPLE,
    });
    if (contract === undefined) throw usageError("Cannot cut over: no contract is named", EXAMPLE);
    const wanted = options["to"] ?? "v3";
    const apiVersion = API_VERSIONS.find((version) => version === wanted);
    if (apiVersion === undefined)
      throw usageError("Cannot cut over: --to is none of v1, v2, v3", "cut-over Z0001 --to v3");
    if (door.settings.landingDir.startsWith(".ab2d")) prepareWorkingFolder();
    return withDatabase(door, { schema: "make" }, async ({ pool }) => {
      const done = await cutOver(
        {
          contract: contract.number,
          apiVersion,
          attestedOn: contract.attestedOn,
          overlapDays: door.settings.overlapDays,
          sincePolicy: "run-start",
          ...contractAccess(contract, door),
          comparesOnly: options["compareOnly"] === true,
        },
        { ...door, pool },
      );
      return report(done, apiVersion, apiVersionOf(contract, door));
    });
  },
};

const NAMES: Readonly<Record<SourceSystem, string>> = { ccw: "V1 and V2", idr: "V3" };

function report(done: CutOver, apiVersion: ApiVersion, nightly: ApiVersion): CommandResult {
  const { outcome, from, to, runs, before, after, changed } = done;
  const brought = runs.map(runReport);
  const { contractNumber: contract } = runs.at(-1)!.run;
  const active = outcome === "switched" ? to : from;
  const advice = adviceFor({ contract, active, nightly, wanted: active === to ? apiVersion : undefined });
  return {
    text: [
      ...brought.map(({ text }) => text),
      [`${contract}  ${verdict(done)}`, ...advice.map((line) => `  Note: ${line}`)].join("\n"),
      comparisonText({ before, after, hasSwitched: outcome === "switched" }),
    ].join("\n\n"),
    json: {
      contract,
      outcome,
      from,
      to,
      active_source_system: active,
      changed: changed ?? null,
      before,
      after,
      notes: advice,
      runs: brought.map(({ json }) => json),
    },
    exitCode: brought.at(-1)?.exitCode ?? ExitCode.ok,
  };
}

function verdict({ outcome, from, to, runs, changed }: CutOver): string {
  const { runId, gaps } = runs.at(-1)!.run;
  switch (outcome) {
    case "switched":
      return `switched from ${NAMES[from]} to ${NAMES[to]} in ${changed?.seconds.toFixed(1)} s. The claims of ${NAMES[from]} are kept, not current.`;
    case "already_active":
      return `analysts see ${NAMES[to]} already: nothing to switch. ${gaps.length > 0 ? `Run ${runId} may lack claims (${gaps.join(", ")}).` : "Its claims were brought up to date."}`;
    case "compared":
      return `nothing switched: ${stays(from)} active. To switch, run the same command without --compare-only.`;
    case "has_gaps":
      return `not switched: run ${runId} of ${NAMES[to]} may lack claims (${gaps.join(", ")}). ${stays(from)} active; run the same command again.`;
  }
}

function stays(source: SourceSystem): string {
  return `${NAMES[source]} ${source === "ccw" ? "stay" : "stays"}`;
}

interface Nightly {
  readonly contract: string;
  /** What analysts see from now on. */
  readonly active: SourceSystem;
  /** The version that `sync` asks for, as it is set. */
  readonly nightly: ApiVersion;
  /** The version that the contract was moved to; absent where it was not moved. */
  readonly wanted: ApiVersion | undefined;
}

function adviceFor({ contract, active, nightly, wanted }: Nightly): readonly string[] {
  if (wanted === undefined || sourceSystemOf(nightly) === active) return [];
  return [
    `\`ab2d sync\` still asks for ${nightly}, which analysts no longer see: set apiVersion: ${wanted} for contract ${contract} in ab2d.yaml before it runs again.`,
  ];
}

import { parseContractNumber } from "../domain/contract-number.ts";
import { ExitCode } from "../errors.ts";
import { transaction } from "../postgres/transaction.ts";
import { type CommandSpec, usageError, withDatabase } from "./command.ts";
import { table } from "./table.ts";

interface RunHistory {
  readonly run_id: number;
  readonly contract_number: string;
  readonly command: string;
  readonly api_version: string;
  readonly state: string;
  readonly error_code: string | null;
  readonly exit_code: number | null;
  readonly gaps: readonly string[];
  readonly requested_since: string | null;
  readonly requested_until: string | null;
  readonly opened_at: Date;
  readonly completed_at: Date | null;
  readonly since_datetime: string | null;
  readonly job_id: string | null;
  readonly file_count: number;
  readonly byte_count: number;
  readonly line_count: number;
  readonly new_count: number;
  readonly newer_count: number;
  readonly unchanged_count: number;
  readonly rejected_count: number;
}

const EXAMPLE = "history Z0001 --limit 10";

export const historyCommand: CommandSpec = {
  name: "history",
  summary: "List the newest runs with their windows and what they brought.",
  args: [{ name: "[contract]", help: "Only this contract's runs." }],
  options: [{ flags: "--limit <n>", help: "How many runs. Default: 20." }],
  settings: [],
  examples: ["history", EXAMPLE],
  async run([number], options, door) {
    const contract = number === undefined ? null : parseContractNumber(String(number));
    if (contract === undefined)
      throw usageError("Cannot list runs: the argument is no contract number", EXAMPLE);
    const limit = Number(options["limit"] ?? 20);
    if (!Number.isInteger(limit) || limit < 1)
      throw usageError("Cannot list runs: --limit is no positive number", EXAMPLE);
    return withDatabase(door, { schema: "have" }, async ({ pool }) => {
      const runs = await transaction(pool, (tx) =>
        tx.run<RunHistory>("control/run_history", { contract_number: contract, at_most: limit }),
      );
      const text = runs.length === 0 ? "No runs yet." : table(COLUMNS, runs.map(cells));
      return { text, json: runs, exitCode: ExitCode.ok };
    });
  },
};

const COLUMNS = [
  { heading: "run", align: "right" },
  { heading: "contract" },
  { heading: "command" },
  { heading: "api" },
  { heading: "opened" },
  { heading: "since" },
  { heading: "state" },
  { heading: "files", align: "right" },
  { heading: "lines", align: "right" },
  { heading: "new", align: "right" },
  { heading: "newer", align: "right" },
  { heading: "unchanged", align: "right" },
  { heading: "rejected", align: "right" },
] as const;

function cells(run: RunHistory): string[] {
  const counts = [
    run.file_count,
    run.line_count,
    run.new_count,
    run.newer_count,
    run.unchanged_count,
    run.rejected_count,
  ];
  return [
    String(run.run_id),
    run.contract_number,
    run.command,
    run.api_version,
    run.opened_at.toISOString().slice(0, 19).replace("T", " "),
    run.requested_since ?? "",
    stateOf(run),
    ...counts.map((count) => count.toLocaleString("en-US")),
  ];
}

function stateOf({ state, gaps, error_code }: RunHistory): string {
  const why = gaps.length > 0 ? gaps.join(", ") : error_code;
  return why === null ? state : `${state}: ${why}`;
}

import { ExitCode } from "../errors.ts";
import { transaction } from "../postgres/transaction.ts";
import { type CommandSpec, withDatabase } from "./command.ts";

interface ContractStatus {
  readonly contract_number: string;
  readonly active_source_system: string;
  readonly versions: number;
  readonly current_claims: number;
  readonly beneficiaries: number;
  readonly newest_update: Date | null;
  readonly watermark: Date | null;
  readonly since_datetime: string | null;
  readonly run_id: number | null;
  readonly command: string | null;
  readonly state: string | null;
  readonly error_code: string | null;
  readonly exit_code: number | null;
  readonly gaps: readonly string[] | null;
  readonly opened_at: Date | null;
  readonly completed_at: Date | null;
  readonly files_listed: number | null;
  readonly files_landed: number | null;
  readonly files_loaded: number | null;
  readonly open_lines: number;
  readonly job_id: string | null;
  readonly job_state: string | null;
  readonly job_percent: number | null;
  readonly polled_at: Date | null;
  readonly series_command: string | null;
  readonly series_opened_at: Date | null;
  readonly series_windows_complete: number | null;
  /** `ab2d CONTRACT HOST PID` */
  readonly holder: string | null;
  readonly drift: Drift | null;
}

/** Of the version of the last run. */
interface Drift {
  readonly api_version: string;
  readonly places: number;
  /** First seen by the last run, or by its series. */
  readonly new_places: number;
  /** Ten of those at most. */
  readonly new_paths: readonly string[];
}

export const statusCommand: CommandSpec = {
  name: "status",
  summary: "Show how each contract stands: claims held, watermark, last run, what waits for somebody.",
  args: [],
  options: [],
  settings: [],
  examples: ["status", "status --json"],
  async run(_args, _options, door) {
    return withDatabase(door, { schema: "have" }, async ({ pool, place }) => {
      const contracts = await transaction(pool, (tx) => tx.run<ContractStatus>("control/contract_status"));
      const text =
        contracts.length === 0
          ? `No contract yet in ${place}. Start with: ab2d sync CONTRACT`
          : [`Database: ${place}`, ...contracts.map(describe)].join("\n\n");
      return { text, json: contracts, exitCode: ExitCode.ok };
    });
  },
};

function describe(status: ContractStatus): string {
  const lines = [
    `${status.contract_number}  (${status.active_source_system === "idr" ? "V3" : "V1, V2"})`,
    `  claims        ${number(status.current_claims)} current, ${number(status.versions)} versions, ${number(status.beneficiaries)} beneficiaries`,
    `  newest update ${status.newest_update?.toISOString() ?? "none"}`,
    `  watermark     ${status.watermark?.toISOString() ?? "none yet"}${status.since_datetime ? `, Since-Datetime ${status.since_datetime}` : ""}`,
  ];
  if (status.run_id !== null) {
    const ended = status.completed_at
      ? `ended ${status.completed_at.toISOString()}`
      : `begun ${status.opened_at?.toISOString()}`;
    const why = status.error_code ? `, stopped by ${status.error_code} (exit ${status.exit_code})` : "";
    const gaps = status.gaps && status.gaps.length > 0 ? `, gaps: ${status.gaps.join(", ")}` : "";
    lines.push(`  last run      ${status.run_id} ${status.command}, ${status.state}${gaps}${why}, ${ended}`);
    lines.push(
      `  its files     ${number(status.files_loaded ?? 0)} loaded, ${number(status.files_landed ?? 0)} landed, ${number(status.files_listed ?? 0)} to download`,
    );
  }
  if (status.state === "open" && status.job_id !== null) lines.push(`  export job    ${jobText(status)}`);
  if (status.series_command !== null) {
    const windows = `${number(status.series_windows_complete ?? 0)} windows complete`;
    lines.push(
      `  unfinished    ${status.series_command} opened ${status.series_opened_at?.toISOString()}, ${windows}; \`ab2d ${status.series_command} ${status.contract_number}\` goes on`,
    );
  }
  const [, , host, pid] = status.holder?.split(" ") ?? [];
  if (host !== undefined && pid !== undefined) lines.push(`  at work       process ${pid} on ${host}`);
  if (status.open_lines > 0)
    lines.push(`  rejected      ${number(status.open_lines)} lines wait in ab2d_etl.rejected_line`);
  if (status.drift && status.drift.places > 0) lines.push(...driftLines(status.drift));
  return lines.join("\n");
}

function driftLines({ api_version, places, new_places, new_paths }: Drift): string[] {
  const all = `${number(places)} ${places === 1 ? "place" : "places"} in ${api_version} claims that the mapper does not know`;
  if (new_places === 0) return [`  drift         ${all}, none of them new with the last run`];
  const more = new_places > new_paths.length ? [`and ${number(new_places - new_paths.length)} more`] : [];
  return [
    `  drift         ${all}, ${number(new_places)} new with the last run:`,
    ...[...new_paths, ...more].map((line) => `                  ${line}`),
    `                ab2d query "select * from ab2d_etl.schema_drift where api_version = '${api_version}' order by first_seen_at desc"`,
  ];
}

function jobText({ job_id, job_state, job_percent, polled_at }: ContractStatus): string {
  if (job_state === "failed" || job_state === "expired") return `${job_id}, given up`;
  if (job_state !== "started") return `${job_id}, ${job_state}`;
  const percent = job_percent === null ? "" : `, ${job_percent}%`;
  return `${job_id}, AB2D is at work${percent}${polled_at ? `, asked ${polled_at.toISOString()}` : ""}`;
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}

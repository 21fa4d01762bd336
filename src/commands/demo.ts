import { acceleratedClock } from "../clock.ts";
import type { RunSummary } from "../control/summarize-run.ts";
import { type ContractNumber, parseContractNumber } from "../domain/contract-number.ts";
import { EtlError, ExitCode } from "../errors.ts";
import { sync } from "../pipeline.ts";
import type { OpenDatabase } from "../postgres/open-database.ts";
import { transaction } from "../postgres/transaction.ts";
import { type FillRow, plantedFills } from "../simulator/planted/planted-fills.ts";
import { startSimulator } from "../simulator/start-simulator.ts";
import { type CommandSpec, type Door, withDatabase } from "./command.ts";
import { DEMO_QUESTIONS } from "./demo-questions.ts";
import { runReport } from "./run-report.ts";
import { table } from "./table.ts";

/** A contract number that CMS gives to nobody: the demo forgets it and starts anew every time. */
const CONTRACT = parseContractNumber("Z9001") as ContractNumber;
const PATIENTS = 100;
const DAY = 86_400_000;
const FORTNIGHT = 14 * DAY;
/** In so many days all that happens to the planted members has come; by then `query --question` finds each of its answers. */
const DAYS_SINCE_STORIES = 11;
/** Seconds of the demo's time in a real one: the job's minutes pass in a moment. */
const SPEED = 60;

export const demoCommand: CommandSpec = {
  name: "demo",
  summary:
    "See it work: embedded PostgreSQL, a simulated AB2D, a first export, a fortnight later an incremental one, answers.",
  args: [],
  options: [],
  settings: [],
  examples: ["demo"],
  async run(_args, _options, door) {
    return withDatabase(door, { schema: "make" }, async (database) => {
      const runs = await show(database, door);
      return {
        text: closingLines(database.place),
        json: { runs: runs.map((run) => runReport(run).json) },
        exitCode: ExitCode.ok,
      };
    });
  },
};

async function show(database: OpenDatabase, door: Door): Promise<readonly RunSummary[]> {
  const { pool, place } = database;
  await startAnew(database);
  const clock = acceleratedClock({ startsAt: new Date(Date.now() - FORTNIGHT - 600_000), speed: SPEED });
  const plantedOn = day(new Date(clock.now().getTime() + FORTNIGHT - DAYS_SINCE_STORIES * DAY));
  const simulator = await startSimulator({
    contracts: [{ number: CONTRACT, patients: PATIENTS, plantedOn }],
    clock,
    jobSeconds: 60,
    rollOverBytes: 8 * 1024 * 1024,
  });
  try {
    const { clientId, clientSecret } = simulator.credentials(CONTRACT);
    const bring = (): Promise<RunSummary> =>
      sync(
        {
          contract: CONTRACT,
          apiVersion: "v2",
          attestedOn: undefined,
          overlapDays: door.settings.overlapDays,
          sincePolicy: "run-start",
          apiUrl: simulator.apiUrl,
          tokenUrl: simulator.tokenUrl,
          credentials: { clientId, clientSecret },
          pollInterval: 30,
          landingDir: door.settings.landingDir,
          downloads: door.settings.downloads,
          loaders: door.settings.loaders,
          keepLanded: false,
        },
        { ...door, pool, clock },
      );
    door.say(
      `${PATIENTS} synthetic members of contract ${CONTRACT}, an AB2D of our own at ${simulator.apiUrl},\n${place}.\n`,
    );
    door.say(`── ${day(clock.now())}: the first export brings everything ──\n`);
    const first = await bring();
    door.say(`${runReport(first).text}\n`);
    clock.advance(FORTNIGHT);
    door.say(`── ${day(clock.now())}: a fortnight later, the incremental export brings what changed ──\n`);
    const second = await bring();
    door.say(`${runReport(second).text}\n`);
    await fillPartD(plantedFills(simulator.population(CONTRACT).patients, plantedOn), database);
    door.say("── Three questions to the claims ──\n");
    for (const { question, sql } of DEMO_QUESTIONS) {
      const { fields, rows } = await pool.query<unknown[]>({ text: sql, rowMode: "array" });
      const columns = fields.map(({ name }, index) => ({
        heading: name,
        align: rows.every((row) => typeof row[index] === "number") ? ("right" as const) : ("left" as const),
      }));
      const cells = rows.map((row) =>
        row.map((value) => (typeof value === "number" ? value.toLocaleString("en-US") : String(value ?? ""))),
      );
      door.say(`${question}\n\n${table(columns, cells, { indent: "  " })}\n`);
    }
    return [first, second];
  } finally {
    await simulator.stop();
  }
}

/** The sponsor's own fills, which one of the fifteen questions joins to the claims. */
async function fillPartD(fills: readonly FillRow[], { pool }: OpenDatabase): Promise<void> {
  await transaction(pool, (tx) =>
    tx.db
      .insertInto("ab2d.part_d_fill")
      .values(
        fills.map(({ mbi, ndc, drugClass, fillDate, daysSupply }) => ({
          contract_number: CONTRACT,
          mbi,
          ndc,
          drug_class: drugClass,
          fill_date: fillDate,
          days_supply: daysSupply,
        })),
      )
      .execute(),
  );
}

/** Forgets the demo's own contract, and keeps away from databases that hold another. */
async function startAnew({ pool }: OpenDatabase): Promise<void> {
  await transaction(pool, async (tx) => {
    const others = await tx.db
      .selectFrom("ab2d.contract")
      .select("contract_number")
      .where("contract_number", "!=", CONTRACT)
      .execute();
    if (others.length > 0) {
      throw new EtlError("Cannot run the demo in this database: it holds other contracts", {
        code: "DEMO_REFUSED",
        exitCode: ExitCode.configuration,
        hint: "Run it in another folder without DATABASE_URL, so that synthetic claims don't mix with yours.",
      });
    }
    await tx.db.deleteFrom("ab2d.part_d_fill").where("contract_number", "=", CONTRACT).execute();
    await tx.run("control/forget_contract", { contract_number: CONTRACT });
  });
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function closingLines(place: string): string {
  return [
    `The claims are yours to query, in ${place}:`,
    "",
    `  npm run -s ab2d -- query "select claim_type, count(*) as claims from ab2d.claim group by 1 order by 2 desc"`,
    "  npm run -s ab2d -- query --question 4        # readmissions within 30 days; --questions lists all fifteen",
    "",
    'To load real claims: README.md, "Point it at AB2D".',
  ].join("\n");
}

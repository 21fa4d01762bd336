import { describe, expect, it } from "vitest";
import { systemClock } from "../src/clock.ts";
import type { Door } from "../src/commands/command.ts";
import { runReport } from "../src/commands/run-report.ts";
import { statusCommand } from "../src/commands/status.ts";
import { settle } from "../src/config.ts";
import { silentLog } from "../src/log.ts";
import { silentProgress } from "../src/progress.ts";
import { faultNamed } from "../src/simulator/faults/fault-named.ts";
import { eob } from "./support/eob.ts";
import { type FreshDatabase, freshDatabase } from "./support/fresh-database.ts";
import { loadContents, loadLines } from "./support/load-lines.ts";
import { days, syncBench } from "./support/sync-bench.ts";

const MOVED =
  "billablePeriod.extension[url=https://bluebutton.cms.gov/fhir/StructureDefinition/CLM-QRY-CD].valueCoding";

interface DriftRow {
  readonly json_path: string;
  readonly occurrence_count: number;
  readonly first_run_id: number | null;
  readonly last_run_id: number | null;
}

function driftIn(database: FreshDatabase): Promise<DriftRow[]> {
  return database.rows<DriftRow>(
    `select json_path, occurrence_count, first_run_id, last_run_id
    from ab2d_etl.schema_drift order by api_version, json_path`,
  );
}

interface StatusJson {
  readonly contract_number: string;
  readonly drift: {
    readonly api_version: string;
    readonly places: number;
    readonly new_places: number;
    readonly new_paths: readonly string[];
  } | null;
}

async function status({ url }: FreshDatabase): Promise<{ text: string; json: readonly StatusJson[] }> {
  const env = { DATABASE_URL: url };
  const door: Door = {
    settings: settle({ flags: {}, env, yaml: undefined }),
    flags: {},
    env,
    clock: systemClock,
    log: silentLog,
    progress: silentProgress,
    signal: new AbortController().signal,
    isTerminal: false,
    say: () => {},
  };
  const { text, json } = await statusCommand.run([], {}, door);
  return { text, json: json as readonly StatusJson[] };
}

describe("schema drift", () => {
  it("shows in status and in the run's report when CMS changes a V3 mapping, and is not new for ever", async () => {
    const bench = await syncBench({ patients: 3, startsAt: "2026-11-06T09:00:00Z" });
    const { database, simulator, clock } = bench;
    const first = await bench.sync({ apiVersion: "v3" });
    expect(await driftIn(database)).toEqual([]);
    expect(runReport(first).text).not.toContain("Drift");
    expect((await status(database)).text).not.toContain("drift");

    clock.advance(days(14));
    simulator.setFaults([faultNamed("mapping-changed")!]);
    const second = await bench.sync({ apiVersion: "v3", full: true });
    const { runId } = second.run;
    const [moved, priority] = await driftIn(database);
    expect([moved!.json_path, priority!.json_path]).toEqual([MOVED, "priority"]);
    expect(priority).toMatchObject({ first_run_id: runId, last_run_id: runId });
    expect(priority!.occurrence_count).toBe(simulator.population(bench.contract).claims.v3.length);
    const report = runReport(second);
    expect(report.text).toContain("Drift: 2 new places in the claims of v3");
    expect(report.text).toContain(`    ${MOVED}\n`);
    expect((report.json as { new_drift: unknown }).new_drift).toEqual({
      places: 2,
      paths: [MOVED, "priority"],
    });
    const shown = await status(database);
    expect(shown.text).toContain(
      "2 places in v3 claims that the mapper does not know, 2 new with the last run:",
    );
    expect(shown.text).toContain(`                  ${MOVED}\n                  priority\n`);
    expect(shown.text).toContain("ab2d query");
    expect(shown.json.map(({ drift }) => drift)).toEqual([
      { api_version: "v3", places: 2, new_places: 2, new_paths: [MOVED, "priority"] },
    ]);

    clock.advance(days(14));
    const third = await bench.sync({ apiVersion: "v3" });
    expect(runReport(third).text).not.toContain("Drift");
    expect((await driftIn(database)).map(({ first_run_id }) => first_run_id)).toEqual([runId, runId]);
    const later = await status(database);
    expect(later.text).toContain("2 places in v3 claims that the mapper does not know, none of them new");
    expect(later.json[0]!.drift).toMatchObject({ places: 2, new_places: 0, new_paths: [] });
  });

  it("counts claims by API version, over files and runs, and a line that is not parsed again not at all", async () => {
    const database = await freshDatabase();
    const odd = (claimId: string) => eob({ claimId, claimGroup: null, fields: { priority: {}, net: 1 } });
    const { run } = await loadContents(database, {
      "a.ndjson": [odd("-1"), odd("-2"), eob({ claimId: "-3", claimGroup: null })],
      "b.ndjson": [odd("-4"), "not json", { resourceType: "Patient", id: "x", strange: 1 }],
    });
    await loadLines(database, [odd("-1"), odd("-5")]);
    expect(await driftIn(database)).toMatchObject([
      { json_path: "net", occurrence_count: 4, first_run_id: run.runId, last_run_id: run.runId + 1 },
      { json_path: "priority", occurrence_count: 4, first_run_id: run.runId },
    ]);
  });

  it("finds in a claim that is rejected what made it unreadable, and looks at no other version's and no Part D claim", async () => {
    const database = await freshDatabase();
    const partD = {
      coding: [{ system: "https://bluebutton.cms.gov/resources/codesystem/eob-type", code: "PDE" }],
    };
    await loadLines(
      database,
      [
        eob({ version: "v3", claimId: "-1", finalAction: "Superseded" }),
        eob({
          version: "v3",
          claimId: "-2",
          fields: { billablePeriod: undefined, serviced: { start: "2024" } },
        }),
        eob({ version: "v2", claimId: "-3" }),
        eob({ version: "v3", claimId: "-4", fields: { type: partD, daysSupply: 30 } }),
      ],
      { apiVersion: "v3" },
    );
    expect((await driftIn(database)).map(({ json_path }) => json_path)).toEqual([
      "meta.tag[system=https://bluebutton.cms.gov/fhir/CodeSystem/Final-Action].code=Superseded",
      "serviced",
    ]);
  });

  it("is bounded for a file of any strangeness, and told in ten lines", async () => {
    const database = await freshDatabase();
    const names = Array.from(
      { length: 300 },
      (_, index) => `new${[...String(index)].map((digit) => "abcdefghij"[Number(digit)]).join("")}`,
    );
    const strange = eob({ fields: Object.fromEntries(names.map((name) => [name, 1])) });
    const summary = await loadLines(database, [strange]);
    const rows = await driftIn(database);
    expect(rows).toHaveLength(201);
    expect(rows[0]).toMatchObject({ json_path: "(more)", occurrence_count: 1 });
    expect(summary.newDrift).toMatchObject({ places: 201 });
    expect(summary.newDrift.paths).toHaveLength(10);
    const { text, json } = await status(database);
    expect(text).toContain("                  and 191 more\n");
    expect(json[0]!.drift!.new_paths).toHaveLength(10);
  });

  it("is counted right by loaders side by side", async () => {
    const database = await freshDatabase();
    const files = Object.fromEntries(
      Array.from({ length: 8 }, (_, file) => [
        `f${file}.ndjson`,
        Array.from({ length: 20 }, (_, line) => {
          const fields = file % 2 === 0 ? { alpha: 1, omega: 1 } : { omega: 1, alpha: 1 };
          return eob({ claimId: `-${file}${line}1`, claimGroup: null, fields });
        }),
      ]),
    );
    await loadContents(database, files, { loaders: 4 });
    expect(await driftIn(database)).toMatchObject([
      { json_path: "alpha", occurrence_count: 160 },
      { json_path: "omega", occurrence_count: 160 },
    ]);
  });

  it("stays when a run is forgotten", async () => {
    const database = await freshDatabase();
    const { run } = await loadLines(database, [eob({ fields: { priority: {}, net: 1 } })]);
    await database.rows("delete from ab2d_etl.output_file where run_id = $1", [run.runId]);
    await database.rows("delete from ab2d_etl.run where run_id = $1", [run.runId]);
    expect(await driftIn(database)).toMatchObject([
      { json_path: "net", first_run_id: null, last_run_id: null },
      { json_path: "priority", first_run_id: null },
    ]);
  });
});

import pg from "pg";
import { describe, expect, it } from "vitest";
import type { ApiVersion } from "../../src/domain/api-version.ts";
import { claimsTables } from "../support/claims-tables.ts";
import { type FreshDatabase, freshDatabase } from "../support/fresh-database.ts";
import { loadLines } from "../support/load-lines.ts";
import { inZone } from "../traps/zones.ts";
import { inEveryVersion } from "./in-versions.ts";
import { diagnosesOf, linkTo, memberOf, procedureOf, VARIABLES } from "./shapes.ts";

const TYPES = ["carrier", "dme", "hha", "hospice", "inpatient", "outpatient", "snf"] as const;
const LINES = `select line_number, service_from::text as first, service_to::text as last, service_date_source as source
  from ab2d.claim_line order by eob_id, line_number`;

describe("tricky cases: lines and dates", () => {
  it("42 gives a line without a date the claim's, and says so, in all seven types", async () => {
    await inEveryVersion(async ({ eob, load, rows }) => {
      await load(TYPES.map((type, index) => eob({ type, claimId: `-${index}`, claimGroup: `g${index}` })));
      expect(await rows(LINES)).toEqual(
        TYPES.map(() => ({ line_number: 1, first: "2024-02-01", last: "2024-02-03", source: "claim" })),
      );
    });
  });

  it("43 reads days and periods side by side in one claim", async () => {
    await inEveryVersion(async ({ eob, load, rows }) => {
      const items = [
        { sequence: 1, servicedDate: "2024-02-02" },
        { sequence: 2, servicedPeriod: { start: "2024-02-01", end: "2024-02-02" } },
        { sequence: 3 },
      ];
      await load([eob({ items })]);
      expect(await rows(LINES)).toEqual([
        { line_number: 1, first: "2024-02-02", last: "2024-02-02", source: "line" },
        { line_number: 2, first: "2024-02-01", last: "2024-02-02", source: "line" },
        { line_number: 3, first: "2024-02-01", last: "2024-02-03", source: "claim" },
      ]);
    });
  });

  it("44 ends a period without an end on the day it starts", async () => {
    await inEveryVersion(async ({ eob, load, rows }) => {
      const items = [{ sequence: 1, servicedPeriod: { start: "2024-02-02" } }];
      await load([eob({ items, fields: { billablePeriod: { start: "2024-02-01" } } })]);
      expect(await rows(LINES)).toEqual([
        { line_number: 1, first: "2024-02-02", last: "2024-02-02", source: "line" },
      ]);
      expect(await rows("select service_from::text, service_to::text from ab2d.claim")).toEqual([
        { service_from: "2024-02-01", service_to: "2024-02-01" },
      ]);
    });
  });

  it("45 keeps the day of a procedure, wherever the server and the program are", async () => {
    const sent: Readonly<Record<ApiVersion, readonly string[]>> = {
      v1: ["2016-11-11T00:00:00-05:00", "2016-07-01T00:00:00-04:00"],
      v2: ["2016-11-11T00:00:00-05:00", "2016-07-01T00:00:00+00:00"],
      v3: ["2016-11-11", "2016-07-01"],
    };
    const zones = ["Asia/Tokyo", "Etc/GMT+8"];
    await inEveryVersion(async ({ version, eob, load, database }) => {
      const procedure = sent[version].map((date, index) =>
        procedureOf(version, { sequence: index + 1, date }),
      );
      const line = eob({
        type: "inpatient",
        from: "2016-11-01",
        to: "2016-11-30",
        lastUpdated: "2016-12-31T23:30:00.000-05:00",
        items: [{ sequence: 1, servicedDate: "2016-11-11" }],
        fields: { procedure },
      });
      await load([line]);
      const atHome = await claimsTables(database);
      for (const server of zones) {
        for (const program of zones) {
          const away = await freshDatabase();
          await setServerZone(away, server);
          await inZone(program, () => loadLines(away, [line], { apiVersion: version }));
          // An analyst's own session has the server's zone, not our pool's.
          expect(await daysSeenIn(away)).toEqual({
            zone: server,
            procedures: ["2016-11-11", "2016-07-01"],
            lines: ["2016-11-11"],
            claims: ["2016-11-01", "2016-11-30"],
            last_updated: "2017-01-01 04:30:00",
          });
          expect(withoutZones(await claimsTables(away))).toEqual(withoutZones(atHome));
        }
      }
    });
  });

  it("46 keeps the date of a procedure that lies outside the claim", async () => {
    await inEveryVersion(async ({ version, eob, load, rows }) => {
      const procedure = ["2023-12-31", "2024-02-02", "2024-03-01"].map((date, index) =>
        procedureOf(version, { sequence: index + 1, date }),
      );
      const { counts } = await load([eob({ type: "inpatient", fields: { procedure } })]);
      expect(counts).toMatchObject({ new: 1, rejected: 0 });
      expect(
        await rows(
          `select procedure_date::text as date, procedure_date between service_from and service_to as inside
          from ab2d.claim_procedure join ab2d.claim using (eob_id) order by procedure_number`,
        ),
      ).toEqual([
        { date: "2023-12-31", inside: false },
        { date: "2024-02-02", inside: true },
        { date: "2024-03-01", inside: false },
      ]);
    });
  });

  it("47 keeps sequence 6 on the only line, and rejects a claim whose sequences are missing or repeated", async () => {
    await inEveryVersion(async ({ version, eob, load, rows }) => {
      const [diagnosis] = diagnosesOf(version, [{ code: "I10" }]);
      const procedure = procedureOf(version, {});
      const wrong: readonly (readonly [string, Parameters<typeof eob>[0]])[] = [
        ["sequence_missing", { items: [{ quantity: { value: 1 } }] }],
        ["sequence_duplicate", { items: [{ sequence: 1 }, { sequence: 1 }] }],
        ["sequence_missing", { fields: { diagnosis: [{ ...diagnosis, sequence: undefined }] } }],
        ["sequence_duplicate", { fields: { diagnosis: [diagnosis, diagnosis] } }],
        ["sequence_duplicate", { fields: { procedure: [procedure, procedure] } }],
      ];
      const lines = wrong.map(([, options], index) =>
        JSON.stringify(eob({ ...options, claimId: `-9${index}` })),
      );
      const { counts, run } = await load([eob({ items: [{ sequence: 6 }] }), ...lines]);
      expect(counts).toMatchObject({ new: 1, rejected: wrong.length });
      expect(run).toMatchObject({ state: "complete_with_gaps", gaps: ["rejected_line"] });
      expect(await rows("select line_number from ab2d.claim_line")).toEqual([{ line_number: 6 }]);
      const kept = await rows(
        "select reason, convert_from(line, 'UTF8') as line from ab2d_etl.rejected_line order by line_number",
      );
      expect(kept).toEqual(wrong.map(([reason], index) => ({ reason, line: lines[index] })));
    });
  });
});

describe("tricky cases: numbers, links and instants", () => {
  it("48 keeps every digit of a quantity", async () => {
    const sent = [
      "0",
      "234.567",
      "3.0",
      "4.750",
      "-1",
      "-0.5",
      "9007199254740993",
      "12345678901234567890.10",
      "1e2",
    ];
    const kept = sent.map((digits) => (digits === "1e2" ? "100" : digits));
    await inEveryVersion(async ({ version, eob, load, rows }) => {
      const items = sent.map((_, index) => ({
        sequence: index + 1,
        quantity: { value: `#${index}#` },
        ...otherNumbers(version, `#${index}#`),
      }));
      // As text, since JSON.stringify would write 3.0 as 3.
      const line = JSON.stringify(eob({ type: "carrier", items })).replaceAll(
        /"#(\d)#"/g,
        (_, index) => sent[Number(index)]!,
      );
      await load([line]);
      const columns =
        version === "v1"
          ? ["quantity", "anesthesia_units", "ndc_quantity"]
          : ["quantity", "anesthesia_units"];
      for (const column of columns) {
        expect(
          await rows(`select ${column}::text as digits from ab2d.claim_line order by line_number`),
        ).toEqual(kept.map((digits) => ({ digits })));
      }
      expect(await rows("select resource::text as line from ab2d_etl.eob")).toEqual([{ line }]);
      // Exact arithmetic, which a floating-point column would fail.
      expect(await rows("select sum(quantity)::text as total from ab2d.claim_line")).toEqual([
        { total: "12354686100489309223.917" },
      ]);
    });
  });

  it("49 loads a line whose links point nowhere", async () => {
    await inEveryVersion(async ({ version, eob, load, rows }) => {
      const links = { [version === "v1" ? "diagnosisLinkId" : "diagnosisSequence"]: [98] };
      const items = [{ sequence: 1, ...linkTo(version, 99), ...links }];
      await load([
        eob({ type: "carrier", items, fields: { careTeam: [memberOf(version, { sequence: 1 })] } }),
      ]);
      expect(
        await rows(
          "select rendering_npi, line_diagnosis_code, care_team_sequences, diagnosis_sequences from ab2d.claim_line",
        ),
      ).toEqual([
        {
          rendering_npi: null,
          line_diagnosis_code: null,
          care_team_sequences: [99],
          diagnosis_sequences: [98],
        },
      ]);
    });
  });

  it("50 reads lastUpdated in every form that has been seen", async () => {
    const forms = [
      ["2021-08-17T13:47:58.887-04:00", "2021-08-17 17:47:58.887000"],
      ["2022-01-05T13:47:58-05:00", "2022-01-05 18:47:58.000000"],
      ["2026-03-05T21:08:59.219+00:00", "2026-03-05 21:08:59.219000"],
      ["2026-03-05T21:08:59.123456Z", "2026-03-05 21:08:59.123456"],
      ["2026-03-05T21:08:59.123456789Z", "2026-03-05 21:08:59.123456"],
      ["9999-12-31T00:00:00.000+00:00", "9999-12-31 00:00:00.000000"],
    ] as const;
    await inEveryVersion(async ({ eob, load, rows, idOf }) => {
      const claim = (index: number, options: Parameters<typeof eob>[0]) =>
        eob({ claimId: `-1${index}`, claimGroup: `g${index}`, ...options });
      const { counts } = await load(
        forms.map(([lastUpdated], index) => claim(index, { lastUpdated })),
        { exportedAt: new Date("2026-04-01T00:00:00Z") },
      );
      expect(counts).toMatchObject({ new: forms.length, rejected: 0 });
      expect(
        await rows(
          `select to_char(last_updated at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as utc
          from ab2d.claim_version order by claim_id`,
        ),
      ).toEqual(forms.map(([, utc]) => ({ utc })));
      // An end of time does not pin the claim: the next export that brings it wins.
      const last = forms.length - 1;
      await load([claim(last, { lastUpdated: "2026-04-02T00:00:00Z", diagnoses: ["I10"] })], {
        exportedAt: new Date("2026-05-01T00:00:00Z"),
      });
      expect(
        await rows("select code from ab2d.claim_diagnosis where eob_id = $1", [idOf(`-1${last}`)]),
      ).toEqual([{ code: "I10" }]);
    });
  });
});

/** The other numbers of a line that each version has. */
function otherNumbers(version: ApiVersion, value: string): Record<string, unknown> {
  const anesthesia = { url: `${VARIABLES}carr_line_ansthsa_unit_cnt`, valueQuantity: { value } };
  if (version === "v1") {
    return {
      service: { extension: [anesthesia] },
      extension: [{ url: `${VARIABLES}rev_cntr_ndc_qty`, valueQuantity: { value, unit: "ML" } }],
    };
  }
  if (version === "v2") return { extension: [anesthesia] };
  const url = "https://bluebutton.cms.gov/fhir/StructureDefinition/CLM-LINE-ANSTHSA-UNIT-CNT";
  return { extension: [{ url, valueDecimal: value }] };
}

async function asAnalyst<Row>({ url }: FreshDatabase, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end();
  }
}

async function setServerZone(database: FreshDatabase, zone: string): Promise<void> {
  await asAnalyst(
    database,
    `do $$ begin execute format('alter database %I set timezone = %L', current_database(), '${zone}'); end $$`,
  );
}

async function daysSeenIn(database: FreshDatabase): Promise<unknown> {
  const [row] = await asAnalyst(
    database,
    `select
      current_setting('timezone') as zone,
      (select array_agg(procedure_date::text order by procedure_number) from ab2d.claim_procedure) as procedures,
      (select array_agg(service_from::text) from ab2d.claim_line) as lines,
      (select array[service_from::text, service_to::text] from ab2d.claim) as claims,
      (select (last_updated at time zone 'UTC')::text from ab2d.claim) as last_updated`,
  );
  return row;
}

/** JSON shows an instant in the session's zone: compared as instants. */
function withoutZones(tables: Awaited<ReturnType<typeof claimsTables>>): unknown {
  const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d$/;
  return JSON.parse(JSON.stringify(tables), (_key, value: unknown) =>
    typeof value === "string" && instant.test(value) ? new Date(value).toISOString() : value,
  );
}

import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { URLS } from "../src/claims/urls.ts";
import { type ContractNumber, parseContractNumber } from "../src/domain/contract-number.ts";
import { claimsTables } from "./support/claims-tables.ts";
import { type EobOptions, eob } from "./support/eob.ts";
import { freshDatabase } from "./support/fresh-database.ts";
import { loadContents, loadLines, ndjson } from "./support/load-lines.ts";

const EARLY = "2024-03-01T10:00:00.000-05:00";
const LATE = "2024-03-02T10:00:00.000-05:00";

describe("load() chooses the newest text of an EOB", () => {
  it.each([
    [
      "the later lastUpdated, compared as instants",
      { lastUpdated: "2024-03-01T23:00:00.000-05:00" },
      { lastUpdated: "2024-03-02T03:30:00.000+00:00" },
    ],
    ["a lastUpdated over none", { lastUpdated: "2020-03-01T00:00:00Z" }, { lastUpdated: null }],
    [
      "the microsecond",
      { lastUpdated: "2024-03-01T10:00:00.000002Z" },
      { lastUpdated: "2024-03-01T10:00:00.000001Z" },
    ],
  ] as const)("%s, in either order", async (_name, winner: EobOptions, loser: EobOptions) => {
    const [w, l] = [eob({ ...winner, diagnoses: ["I10"] }), eob({ ...loser, diagnoses: ["E119"] })];
    for (const order of [
      [w, l],
      [l, w],
    ]) {
      const database = await freshDatabase();
      for (const line of order) await loadLines(database, [line]);
      const together = await freshDatabase();
      await loadLines(together, order);
      for (const each of [database, together]) {
        expect(await each.rows("select code from ab2d.claim_diagnosis")).toEqual([{ code: "I10" }]);
      }
    }
  });

  it("the newest export, for texts of one lastUpdated", async () => {
    const [first, second] = [eob({ diagnoses: ["E119"] }), eob({ diagnoses: ["I10"] })];
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const database = await freshDatabase();
      const exports = [
        { line: first, exportedAt: new Date("2024-04-01T00:00:00Z") },
        { line: second, exportedAt: new Date("2024-05-01T00:00:00Z") },
      ];
      for (const index of order) await loadLines(database, [exports[index]!.line], exports[index]!);
      expect(await database.rows("select code from ab2d.claim_diagnosis")).toEqual([{ code: "I10" }]);
    }
  });

  it("the same whether a text came as a stray file before or after its export", async () => {
    const late = eob({ lastUpdated: "2024-03-10T00:00:00.000Z", diagnoses: ["A01"] });
    const between = eob({ lastUpdated: "2024-03-07T00:00:00.000Z", diagnoses: ["B01"] });
    const exported = { exportedAt: new Date("2024-03-05T00:00:00Z") };
    for (const order of [
      [exported, {}],
      [{}, exported],
    ]) {
      const database = await freshDatabase();
      for (const options of order) await loadLines(database, [late], options);
      await loadLines(database, [between]);
      expect(await database.rows("select principal_diagnosis_code from ab2d.claim")).toEqual([
        { principal_diagnosis_code: "A01" },
      ]);
    }
  });

  it("not one that calls itself newer than its export, and counts it", async () => {
    const database = await freshDatabase();
    const exportedAt = new Date("2024-04-01T00:00:00Z");
    await loadLines(database, [eob({ lastUpdated: "2999-01-01T00:00:00Z", diagnoses: ["E119"] })], {
      exportedAt,
    });
    await loadLines(database, [eob({ lastUpdated: "2024-04-15T00:00:00Z", diagnoses: ["I10"] })], {
      exportedAt: new Date("2024-05-01T00:00:00Z"),
    });
    expect(await database.rows("select code from ab2d.claim_diagnosis")).toEqual([{ code: "I10" }]);
    expect(await database.rows("select json_path, occurrence_count from ab2d_etl.schema_drift")).toEqual([
      { json_path: "meta.lastUpdated after the export", occurrence_count: 1 },
    ]);
  });
});

describe("load() counts every line once", () => {
  it("as new, newer, unchanged, stale, duplicate, excluded, rejected or blank", async () => {
    const database = await freshDatabase();
    const claim = (claimId: string, lastUpdated = EARLY) =>
      eob({ claimId, claimGroup: `g${claimId}`, lastUpdated });
    await loadLines(database, [claim("-1"), claim("-2", LATE), claim("-3")]);
    const partD = eob({
      claimId: "-9",
      fields: {
        type: {
          coding: [{ system: "https://bluebutton.cms.gov/resources/codesystem/eob-type", code: "PDE" }],
        },
      },
    });
    const { counts, run, files } = await loadLines(database, [
      claim("-1"),
      claim("-2", EARLY),
      claim("-3", LATE),
      claim("-4"),
      claim("-4"),
      "",
      "   ",
      "{not json",
      partD,
    ]);
    expect(counts).toEqual({
      new: 1,
      newer: 1,
      unchanged: 1,
      stale: 1,
      duplicate: 1,
      excluded: 1,
      rejected: 1,
      blank: 2,
    });
    expect(run).toMatchObject({ state: "complete_with_gaps", gaps: ["rejected_line"] });
    expect(files).toHaveLength(1);
  });

  it("and keeps the fingerprint of what is held", async () => {
    const database = await freshDatabase();
    await loadLines(database, [
      eob({ claimId: "-1", claimGroup: "a" }),
      eob({ claimId: "-2", claimGroup: "b" }),
    ]);
    await loadLines(database, [eob({ claimId: "-1", claimGroup: "a", lastUpdated: "2024-06-01T00:00:00Z" })]);
    const [sums] = await database.rows<{ ledger: string; held: string }>(`
      select
        (select mod(sum(fingerprint_delta), 18446744073709551616)::text from ab2d_etl.output_file) as ledger,
        (
          select mod(sum(('x' || encode(substr(line_sha256, 1, 4), 'hex'))::bit(32)::bigint::numeric * 4294967296
            + ('x' || encode(substr(line_sha256, 5, 4), 'hex'))::bit(32)::bigint), 18446744073709551616)::text
          from ab2d_etl.eob
        ) as held`);
    expect(sums!.ledger).toBe(sums!.held);
  });
});

describe("load() keeps aside what it can't load", () => {
  const deep = `{"resourceType":"ExplanationOfBenefit","id":"x","a":${"[".repeat(300)}${"]".repeat(300)}}`;
  it.each([
    ["not_json", "{oops"],
    ["not_json", '{"a":1} {"b":2}'],
    ["not_json", '{"a":01}'],
    ["not_an_object", "[1]"],
    ["not_an_eob", '{"resourceType":"OperationOutcome","issue":[]}'],
    ["nested_too_deeply", deep],
    ["not_utf8", Buffer.from([0x7b, 0xff, 0x7d])],
    ["text_not_storable", JSON.stringify(eob({ patientId: "a\u0000b" }))],
    ["text_not_storable", JSON.stringify(eob({ diagnoses: ["E11\ud800"] }))],
    [
      "key_ambiguous",
      JSON.stringify(eob({ id: "outpatient--1" })).replace('"status":', '"id":"other","status":'),
    ],
    ["key_too_long", JSON.stringify(eob({ id: `carrier-${"9".repeat(300)}` }))],
    ["too_many_values", JSON.stringify(eob({ fields: { x: Array(250_000).fill(0) } }))],
    ["key_too_long", JSON.stringify(eob({ mbis: ["1".repeat(5000)] }))],
    [
      "key_too_long",
      JSON.stringify(
        eob({
          items: [
            { sequence: 1, productOrService: { coding: [{ system: URLS.hcpcs, code: "J".repeat(257) }] } },
          ],
        }),
      ),
    ],
    ["billable_period_missing", JSON.stringify(eob({ fields: { billablePeriod: undefined } }))],
  ])("%s", async (reason, line) => {
    const database = await freshDatabase();
    const good = JSON.stringify(eob({ claimId: "-5" }));
    const bytes = Buffer.concat([Buffer.from(`${good}\n`), Buffer.from(line), Buffer.from("\n")]);
    const { counts } = await loadContents(database, { "lines.ndjson": bytes });
    expect(counts).toMatchObject({ new: 1, rejected: 1 });
    const [row] = await database.rows(
      "select reason, line_number, byte_offset, line from ab2d_etl.rejected_line",
    );
    expect(row).toEqual({ reason, line_number: 2, byte_offset: good.length + 1, line: Buffer.from(line) });
  });

  it("stores what is odd but sound as it was received", async () => {
    const database = await freshDatabase();
    const line = JSON.stringify(eob()).replace(
      '"status":"active"',
      '"status":"active", "odd":"\\ud800 \\u0000 \u2028 é", "big":1e400, "precise":12345678901234567890.10',
    );
    const { counts } = await loadContents(database, { "lines.ndjson": `\ufeff${line}` });
    expect(counts).toMatchObject({ new: 1, rejected: 0 });
    const [row] = await database.rows<{ resource: string }>(
      "select resource::text as resource from ab2d_etl.eob",
    );
    expect(row!.resource).toBe(line);
  });

  it("keeps every digit of a quantity", async () => {
    const database = await freshDatabase();
    const line = JSON.stringify(eob()).replace(
      '"quantity":{"value":1}',
      '"quantity":{"value":12345678901234567890.10}',
    );
    await loadContents(database, { "lines.ndjson": line });
    expect(await database.rows("select quantity::text as quantity from ab2d.claim_line")).toEqual([
      { quantity: "12345678901234567890.10" },
    ]);
  });

  it("loads nothing of a gzip that breaks off", async () => {
    const database = await freshDatabase();
    const gzip = gzipSync(ndjson([eob({ claimId: "-1" }), eob({ claimId: "-2" })]));
    const loading = loadContents(database, { "cut.ndjson.gz": gzip.subarray(0, gzip.length - 12) });
    await expect(loading).rejects.toMatchObject({ code: "FILE_TRUNCATED", exitCode: 76 });
    expect(await database.rows("select 1 from ab2d_etl.eob")).toEqual([]);
    expect(await database.rows("select state from ab2d_etl.run")).toEqual([{ state: "failed" }]);
  });

  it("takes an empty file for no lines", async () => {
    const database = await freshDatabase();
    const { run, counts } = await loadContents(database, { "empty.ndjson": "" });
    expect(run.state).toBe("complete");
    expect(Object.values(counts).every((count) => count === 0)).toBe(true);
  });

  it("loads nothing at all when one of the files can't be opened", async () => {
    const database = await freshDatabase();
    const { load } = await import("../src/pipeline/load.ts");
    const { context } = await import("./support/context.ts");
    const request = {
      contract: parseContractNumber("Z0001") as ContractNumber,
      apiVersion: "v2" as const,
      files: ["/nowhere/Z0001_0001.ndjson"],
      exportedAt: undefined,
      loaders: 1,
    };
    await expect(load(request, context(database.pool))).rejects.toMatchObject({
      code: "FILE_NOT_READABLE",
      exitCode: 74,
    });
    expect(await database.rows("select 1 from ab2d_etl.run")).toEqual([]);
  });
});

describe("load() resolves current claims", () => {
  it("by the newest active version, and gives rows to it alone", async () => {
    const database = await freshDatabase();
    await loadLines(database, [
      eob({ claimId: "-1", claimGroup: "g", lastUpdated: EARLY, diagnoses: ["E119"] }),
      eob({ claimId: "-2", claimGroup: "g", lastUpdated: LATE, diagnoses: ["I10", "I509"] }),
      eob({ claimId: "-3", claimGroup: "g", lastUpdated: "2024-04-01T00:00:00Z", status: "cancelled" }),
    ]);
    expect(await database.rows("select eob_id from ab2d.claim")).toEqual([{ eob_id: "outpatient--2" }]);
    expect(await database.rows("select distinct eob_id from ab2d.claim_diagnosis")).toEqual([
      { eob_id: "outpatient--2" },
    ]);
  });

  it("brings an older version back, mapped again from its EOB, when the newer one is cancelled", async () => {
    const database = await freshDatabase();
    const older = eob({ claimId: "-1", claimGroup: "g", lastUpdated: EARLY, diagnoses: ["E119"] });
    await loadLines(database, [older]);
    await loadLines(database, [
      eob({ claimId: "-2", claimGroup: "g", lastUpdated: LATE, diagnoses: ["I10"] }),
    ]);
    expect(await database.rows("select code from ab2d.claim_diagnosis")).toEqual([{ code: "I10" }]);
    await loadLines(database, [
      eob({ claimId: "-2", claimGroup: "g", lastUpdated: "2024-05-01T00:00:00Z", status: "cancelled" }),
    ]);
    expect(await database.rows("select eob_id, code from ab2d.claim_diagnosis")).toEqual([
      { eob_id: "outpatient--1", code: "E119" },
    ]);
  });

  it("merges families when a claim gets its group later", async () => {
    const database = await freshDatabase();
    await loadLines(database, [
      eob({ claimId: "-1", claimGroup: null, lastUpdated: EARLY }),
      eob({ claimId: "-2", claimGroup: "g", lastUpdated: EARLY }),
    ]);
    expect(await database.rows("select eob_id from ab2d.claim")).toHaveLength(2);
    await loadLines(database, [eob({ claimId: "-1", claimGroup: "g", lastUpdated: LATE })]);
    expect(await database.rows("select eob_id from ab2d.claim")).toEqual([{ eob_id: "outpatient--1" }]);
    expect(await database.rows("select distinct eob_id from ab2d.claim_line")).toEqual([
      { eob_id: "outpatient--1" },
    ]);
  });

  it("shows one source of a contract only, and a second contract's own", async () => {
    const database = await freshDatabase();
    await loadLines(database, [eob({ claimId: "-1" })]);
    const v3 = [eob({ version: "v3", claimId: "-3" })];
    await loadLines(database, v3, { apiVersion: "v3" });
    expect(await database.rows("select source_system from ab2d.claim")).toEqual([{ source_system: "ccw" }]);
    await loadLines(database, v3, {
      apiVersion: "v3",
      contract: parseContractNumber("S1111") as ContractNumber,
    });
    expect(await database.rows("select source_system from ab2d.claim order by 1")).toEqual([
      { source_system: "ccw" },
      { source_system: "idr" },
    ]);
  });

  it("holds a claim of two contracts once", async () => {
    const database = await freshDatabase();
    await loadLines(database, [eob()]);
    await loadLines(database, [eob()], { contract: parseContractNumber("S1111") as ContractNumber });
    expect(await database.rows("select eob_id from ab2d.claim")).toHaveLength(1);
    expect(await database.rows("select contract_number from ab2d.claim_contract order by 1")).toEqual([
      { contract_number: "S1111" },
      { contract_number: "Z9999" },
    ]);
  });
});

describe("load() with loaders side by side", () => {
  it("leaves no rows of claims that another loader's file cancelled", { timeout: 120_000 }, async () => {
    const database = await freshDatabase();
    const family = (index: number, version: number, status: string, lastUpdated: string) =>
      eob({ claimId: `-${version}${index}`, claimGroup: `g${index}`, status, lastUpdated });
    const families = Array.from({ length: 300 }, (_, index) => index);
    await loadLines(
      database,
      families.flatMap((index) => [family(index, 1, "active", EARLY), family(index, 2, "active", LATE)]),
    );
    const cancelling = "2024-06-01T00:00:00Z";
    await loadContents(
      database,
      {
        "a.ndjson": families.map((index) => family(index, 2, "cancelled", cancelling)),
        "b.ndjson": families.map((index) => family(index, 1, "cancelled", cancelling)),
      },
      { loaders: 2 },
    );
    const [left] = await database.rows(`select
      (select count(*) from ab2d.claim) as claims,
      (select count(*) from ab2d.claim_line) as lines,
      (select count(*) from ab2d.claim_diagnosis) as diagnoses`);
    expect(left).toEqual({ claims: 0, lines: 0, diagnoses: 0 });
  });
});

describe("load() merges identifiers", () => {
  const A = new Date("2024-04-01T00:00:00Z");
  const B = new Date("2024-05-01T00:00:00Z");

  it("from stale lines too: the newest export says which MBI is current, whatever the order", async () => {
    const exports = [
      { exportedAt: A, lines: [eob({ lastUpdated: LATE, mbis: ["1AA0AA0AA00"] })] },
      {
        exportedAt: B,
        lines: [
          eob({ lastUpdated: EARLY, mbis: ["2BB0BB0BB00", { mbi: "1AA0AA0AA00", currency: "historic" }] }),
        ],
      },
    ];
    for (const order of [exports, [...exports].reverse()]) {
      const database = await freshDatabase();
      for (const { lines, exportedAt } of order) await loadLines(database, lines, { exportedAt });
      expect(
        await database.rows("select mbi, is_current from ab2d.beneficiary_identifier order by mbi"),
      ).toEqual([
        { mbi: "1AA0AA0AA00", is_current: false },
        { mbi: "2BB0BB0BB00", is_current: true },
      ]);
      expect(await database.rows("select current_mbi from ab2d.beneficiary")).toEqual([
        { current_mbi: "2BB0BB0BB00" },
      ]);
    }
  });

  it("from lines that are held byte for byte, when a newer export confirms them", async () => {
    const line = eob({ mbis: ["1AA0AA0AA00"] });
    const other = eob({ claimId: "-2", claimGroup: "h", mbis: ["2BB0BB0BB00"] });
    const between = new Date("2024-04-15T00:00:00Z");
    const exports = [
      { exportedAt: A, lines: [line] },
      { exportedAt: B, lines: [line] },
      { exportedAt: between, lines: [other] },
    ];
    const tables = [];
    for (const order of [
      [0, 1, 2],
      [0, 2, 1],
      [1, 2, 0],
      [2, 1, 0],
    ]) {
      const database = await freshDatabase();
      for (const index of order) await loadLines(database, exports[index]!.lines, exports[index]!);
      tables.push(await claimsTables(database));
    }
    expect(tables[0]!["ab2d.beneficiary"]).toMatchObject([{ current_mbi: "1AA0AA0AA00" }]);
    for (const each of tables) expect(each).toEqual(tables[0]);
  });

  it("and moves a claim to another patient without leaving its dates behind", async () => {
    const database = await freshDatabase();
    await loadLines(database, [eob({ patientId: "-1", lastUpdated: EARLY })]);
    await loadLines(database, [eob({ patientId: "-2", lastUpdated: LATE })]);
    expect(
      await database.rows(
        "select patient_id, first_service_date::text from ab2d.beneficiary order by patient_id",
      ),
    ).toEqual([
      { patient_id: "-1", first_service_date: null },
      { patient_id: "-2", first_service_date: "2024-02-01" },
    ]);
  });
});

describe("load() is a function of the set of lines received", () => {
  const line = fc
    .record({
      claim: fc.integer({ min: 1, max: 4 }),
      group: fc.constantFrom<string | null>("g1", "g2", null),
      status: fc.constantFrom("active", "active", "cancelled"),
      lastUpdated: fc.constantFrom(
        null,
        EARLY,
        EARLY,
        LATE,
        "2024-03-02T15:00:00.000Z",
        "2999-01-01T00:00:00Z",
      ),
      patient: fc.integer({ min: 1, max: 2 }),
      mbi: fc.constantFrom("1AA0AA0AA00", "2BB0BB0BB00"),
      code: fc.constantFrom("E119", "I10"),
    })
    .map(({ claim, group, status, lastUpdated, patient, mbi, code }) =>
      JSON.stringify(
        eob({
          claimId: `-${claim}`,
          claimGroup: group,
          status,
          lastUpdated,
          patientId: `-${patient}`,
          mbis: [mbi],
          diagnoses: [code],
        }),
      ),
    );
  const exported = fc.record({
    exportedAt: fc.constantFrom(
      undefined,
      "2024-03-01T20:00:00Z",
      "2024-04-01T00:00:00Z",
      "2024-05-01T00:00:00Z",
    ),
    lines: fc.array(line, { minLength: 1, maxLength: 6 }),
  });

  /** Without a time: a stray file. */
  const at = (exportedAt: string | undefined) => (exportedAt ? { exportedAt: new Date(exportedAt) } : {});

  it("in any order, split and repetition", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(exported, { minLength: 1, maxLength: 4 }),
        fc.infiniteStream(fc.nat()),
        async (exports, numbers) => {
          const inTurn = await freshDatabase();
          for (const { exportedAt, lines } of exports) {
            await loadLines(inTurn, lines, at(exportedAt));
          }
          const shuffled = await freshDatabase();
          const pieces = exports.flatMap(({ exportedAt, lines }) => [
            ...lines.map((each) => ({ exportedAt, lines: [each] })),
            { exportedAt, lines: [...lines].reverse() },
          ]);
          const order = pieces
            .map((piece) => ({ piece, place: numbers.next().value as number }))
            .sort((a, b) => a.place - b.place);
          for (const { piece } of order) {
            await loadLines(shuffled, piece.lines, at(piece.exportedAt));
          }
          expect(await claimsTables(shuffled)).toEqual(await claimsTables(inTurn));
        },
      ),
      { numRuns: 12 },
    );
  });
});

import { describe, expect, it } from "vitest";
import { claimsTables, rowCounts } from "../support/claims-tables.ts";
import { freshDatabase } from "../support/fresh-database.ts";
import { loadLines } from "../support/load-lines.ts";
import { claimsWithRows, currentIds } from "./current-claims.ts";
import { CCW_VERSIONS, inEveryVersion, inVersions } from "./in-versions.ts";

const EARLY = "2024-03-01T10:00:00.000-05:00";
const LATE = "2024-03-02T10:00:00.000-05:00";
const LATER = "2024-03-03T10:00:00.000-05:00";
const APRIL = { exportedAt: new Date("2024-04-01T00:00:00Z") };
const MAY = { exportedAt: new Date("2024-05-01T00:00:00Z") };

describe("tricky cases: identity and versions", () => {
  it("1 holds a line once that comes twice in a file and in two files of a run", async () => {
    // The page counts times_seen; design.md decision 12 gives every line one outcome instead.
    await inEveryVersion(async ({ eob, loadFiles, rows }) => {
      const line = eob();
      const { counts } = await loadFiles({ "a.ndjson": [line, line], "b.ndjson": [line] });
      expect(counts).toMatchObject({ new: 1, duplicate: 1, unchanged: 1, stale: 0, rejected: 0 });
      expect(await rows("select line_count from ab2d.claim_version")).toEqual([{ line_count: 1 }]);
      expect(await rows("select eob_id from ab2d_etl.eob")).toHaveLength(1);
      expect(await rows("select sum(line_count)::integer as lines from ab2d_etl.output_file")).toEqual([
        { lines: 3 },
      ]);
    });
  });

  it("2 makes no new version of a claim whose MBI alone has changed, and learns the MBI", async () => {
    await inEveryVersion(async ({ eob, load, rows }) => {
      const content = "select eob_id, content_sha256, last_updated, first_seen_at from ab2d.claim_version";
      await load([eob({ mbis: ["1AA0AA0AA00"] })], APRIL);
      const before = await rows(content);
      await load([eob({ mbis: ["2BB0BB0BB00", { mbi: "1AA0AA0AA00", currency: "historic" }] })], MAY);
      expect(await rows(content)).toEqual(before);
      expect(await rows("select mbi, is_current from ab2d.beneficiary_identifier order by mbi")).toEqual([
        { mbi: "1AA0AA0AA00", is_current: false },
        { mbi: "2BB0BB0BB00", is_current: true },
      ]);
      expect(await rows("select current_mbi from ab2d.beneficiary")).toEqual([
        { current_mbi: "2BB0BB0BB00" },
      ]);
    });
  });

  it("3 takes the text of the later export when two of one lastUpdated differ", async () => {
    // "Later job wins": the later start of an export, whatever the order of loading (design.md, decision 9).
    await inEveryVersion(async ({ version, eob }) => {
      const exports = [
        { line: eob({ diagnoses: ["E119"] }), ...APRIL },
        { line: eob({ diagnoses: ["I10"] }), ...MAY },
      ];
      for (const order of [exports, [...exports].reverse()]) {
        const database = await freshDatabase();
        for (const { line, exportedAt } of order) {
          await loadLines(database, [line], { apiVersion: version, exportedAt });
        }
        expect(await database.rows("select code from ab2d.claim_diagnosis")).toEqual([{ code: "I10" }]);
        expect(
          await database.rows("select newer_count, stale_count from ab2d_etl.output_file"),
        ).toContainEqual(
          order === exports ? { newer_count: 1, stale_count: 0 } : { newer_count: 0, stale_count: 1 },
        );
      }
    });
  });

  it("4 passes over an older lastUpdated that comes after a newer one", async () => {
    // The page counts it as unchanged; design.md has an outcome of its own for it, stale.
    await inEveryVersion(async ({ eob, load, database }) => {
      await load([eob({ lastUpdated: LATE, diagnoses: ["I10"] })]);
      const before = await claimsTables(database);
      const { counts } = await load([eob({ lastUpdated: EARLY, diagnoses: ["E119"] })]);
      expect(counts).toMatchObject({ stale: 1, newer: 0 });
      expect(await claimsTables(database)).toEqual(before);
    });
  });

  it("6 shows no claim of a family that is cancelled, and keeps its versions", async () => {
    await inEveryVersion(async (bench) => {
      await bench.load([bench.eob({ claimId: "-1" }), bench.eob({ claimId: "-2", lastUpdated: LATE })]);
      const current = await currentIds(bench);
      expect(current).toHaveLength(bench.version === "v3" ? 2 : 1);
      // V3 has no status that says so: each of its versions is tagged.
      const cancelled = { status: bench.version === "v3" ? "active" : "cancelled", lastUpdated: LATER };
      await bench.load(
        ["-1", "-2"].map((claimId) => bench.eob({ claimId, finalAction: "NotFinalAction", ...cancelled })),
      );
      expect(await rowCounts(bench.database)).toEqual({
        claim: 0,
        claim_version: 2,
        claim_line: 0,
        claim_diagnosis: 0,
        claim_procedure: 0,
        claim_provider: 0,
        beneficiary: 1,
      });
      // What was current before says since when it no longer is.
      expect(
        await bench.rows("select eob_id from ab2d.claim_version where superseded_at is not null order by 1"),
      ).toEqual(current.map((eob_id) => ({ eob_id })));
    });
  });

  it("7 keeps an active version current though a cancelled one was updated later", async () => {
    await inVersions(CCW_VERSIONS, async (bench) => {
      await bench.load([bench.eob({ claimId: "-1", lastUpdated: EARLY })]);
      await bench.load([bench.eob({ claimId: "-2", lastUpdated: LATE, status: "cancelled" })]);
      expect(await currentIds(bench)).toEqual([bench.idOf("-1")]);
      expect(await claimsWithRows(bench)).toEqual([bench.idOf("-1")]);
    });
    await inVersions(["v3"], async (bench) => {
      await bench.load([bench.eob({ claimId: "-1", lastUpdated: EARLY })]);
      await bench.load([bench.eob({ claimId: "-2", lastUpdated: LATE, finalAction: "NotFinalAction" })]);
      expect(await currentIds(bench)).toEqual(["-1"]);
    });
  });

  it("8 shows the newest of two active versions of a group, and lets both be found", async () => {
    // No counter: claim_version tells which families have several (design.md has no data-quality table).
    await inVersions(CCW_VERSIONS, async (bench) => {
      await bench.load([
        bench.eob({ claimId: "-1", lastUpdated: EARLY }),
        bench.eob({ claimId: "-2", lastUpdated: LATE }),
      ]);
      expect(await currentIds(bench)).toEqual([bench.idOf("-2")]);
      const doubtful = await bench.rows(
        "select claim_family_key, count(*) from ab2d.claim_version where is_final group by 1 having count(*) > 1",
      );
      expect(doubtful).toEqual([{ claim_family_key: "group:-77", count: 2 }]);
    });
  });

  it("9 joins the families of a claim whose group comes only later", async () => {
    await inVersions(CCW_VERSIONS, async (bench) => {
      const claim = { claimId: "-1", claimGroup: null };
      await bench.load([
        bench.eob({ ...claim, lastUpdated: EARLY }),
        bench.eob({ claimId: "-2", lastUpdated: EARLY }),
      ]);
      expect(await bench.rows("select claim_family_key from ab2d.claim order by 1")).toEqual([
        { claim_family_key: "claim:-1" },
        { claim_family_key: "group:-77" },
      ]);
      await bench.load([bench.eob({ ...claim, claimGroup: "-77", lastUpdated: LATE })]);
      expect(await currentIds(bench)).toEqual([bench.idOf("-1")]);
      expect(await claimsWithRows(bench)).toEqual([bench.idOf("-1")]);
      expect(await bench.rows("select distinct claim_family_key from ab2d.claim_version")).toEqual([
        { claim_family_key: "group:-77" },
      ]);
    });
  });

  it("10 takes a V3 claim out of sight when it comes again as NotFinalAction", async () => {
    await inVersions(["v3"], async (bench) => {
      const deliver = (lastUpdated: string, finalAction: string) =>
        bench.load([bench.eob({ claimId: "-1", lastUpdated, finalAction })]);
      const version = async () => {
        const [row] = await bench.rows<{
          final_action: string;
          is_final: boolean;
          superseded_at: Date | null;
        }>("select final_action, is_final, superseded_at from ab2d.claim_version");
        return row!;
      };
      await deliver(EARLY, "FinalAction");
      expect(await currentIds(bench)).toEqual(["-1"]);
      await deliver(LATE, "NotFinalAction");
      expect(await currentIds(bench)).toEqual([]);
      expect(await claimsWithRows(bench)).toEqual([]);
      const superseded = await version();
      expect(superseded).toMatchObject({ final_action: "NotFinalAction", is_final: false });
      expect(superseded.superseded_at).toBeInstanceOf(Date);
      // The day it went out of sight stays, until it is back.
      await deliver(LATER, "NotFinalAction");
      expect((await version()).superseded_at).toEqual(superseded.superseded_at);
      await deliver("2024-03-04T10:00:00.000-05:00", "FinalAction");
      expect(await currentIds(bench)).toEqual(["-1"]);
      expect((await version()).superseded_at).toBeNull();
    });
  });

  it("11 takes a V3 claim without the tag Final-Action for final", async () => {
    await inVersions(["v3"], async (bench) => {
      const adjudication = "https://bluebutton.cms.gov/fhir/CodeSystem/Adjudication-Status";
      const meta = { lastUpdated: LATE, source: "NCH", tag: [{ system: adjudication, code: "Adjudicated" }] };
      await bench.load([
        bench.eob({ claimId: "-1", finalAction: null }),
        bench.eob({ claimId: "-2", fields: { meta } }),
      ]);
      expect(await bench.rows("select eob_id, final_action from ab2d.claim order by 1")).toEqual([
        { eob_id: "-1", final_action: null },
        { eob_id: "-2", final_action: null },
      ]);
    });
  });

  it("12 takes no V3 claim with an unknown Final-Action for final", async () => {
    await inVersions(["v3"], async (bench) => {
      const { run, counts } = await bench.load([
        bench.eob({ claimId: "-1" }),
        bench.eob({ claimId: "-2", finalAction: "MaybeFinalAction" }),
      ]);
      expect(counts).toMatchObject({ new: 1, rejected: 1 });
      expect(run).toMatchObject({ state: "complete_with_gaps", gaps: ["rejected_line"] });
      expect(await bench.rows("select reason from ab2d_etl.rejected_line")).toEqual([
        { reason: "final_action_unknown" },
      ]);
      expect(await currentIds(bench)).toEqual(["-1"]);
    });
  });
});

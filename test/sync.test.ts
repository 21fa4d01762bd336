import { existsSync } from "node:fs";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ContractNumber, parseContractNumber } from "../src/domain/contract-number.ts";
import { silentLog } from "../src/log.ts";
import type { ProgressState } from "../src/progress.ts";
import { corruptDownload, truncatedGzip } from "../src/simulator/faults/download-faults.ts";
import type { Fault } from "../src/simulator/faults/fault.ts";
import { dropConnection, failNext } from "../src/simulator/faults/request-faults.ts";
import { cutWindow } from "../src/simulator/faults/start-faults.ts";
import { tokenExpiresEarly } from "../src/simulator/faults/token-faults.ts";
import { claimsTables } from "./support/claims-tables.ts";
import { eob } from "./support/eob.ts";
import { ndjson, temporaryFolder } from "./support/load-lines.ts";
import { stoppedWhen } from "./support/stopped-when.ts";
import { days, type SyncBench, syncBench } from "./support/sync-bench.ts";

describe("sync()", () => {
  it("brings everything first, then what changed, then says that nothing is new", async () => {
    const bench = await syncBench();
    const first = await bench.sync();
    expect(first.run).toMatchObject({ state: "complete", gaps: [] });
    expect(first.counts.new).toBeGreaterThan(200);
    const { held, truth } = await bench.compare();
    expect(held).toEqual(truth);

    bench.clock.advance(days(14));
    const second = await bench.sync();
    expect(second.run.requestedSince).toBe("2026-11-03T00:00:00.000-05:00");
    expect(second.counts.new + second.counts.newer).toBeGreaterThan(0);
    expect(second.counts.new + second.counts.newer).toBeLessThan(first.counts.new / 4);
    const after = await bench.compare();
    expect(after.held).toEqual(after.truth);

    const third = await bench.sync();
    expect(third.run).toMatchObject({ state: "complete", gaps: [] });
    expect({ new: third.counts.new, newer: third.counts.newer }).toEqual({ new: 0, newer: 0 });
  });

  it.each(["v1", "v3"] as const)("brings %s as the simulator has it", async (apiVersion) => {
    const bench = await syncBench({ patients: 8 });
    await bench.sync({ apiVersion });
    bench.clock.advance(days(21));
    const second = await bench.sync({ apiVersion });
    expect(second.run.state).toBe("complete");
    const { held, truth } = await bench.compare(apiVersion);
    expect(held).toEqual(truth);
  });

  it("holds every MBI that the simulator stamped, the newest one as current", async () => {
    const bench = await syncBench({ patients: 40, startsAt: "2025-01-07T09:00:00Z" });
    await bench.sync();
    bench.clock.advance(days(600));
    await bench.sync({ full: true });
    const truth = bench.simulator.population(bench.contract).patients;
    const changed = truth.filter(({ historicMbis }) => historicMbis.length > 0);
    expect(changed.length).toBeGreaterThan(0);
    for (const { ccwId, currentMbi, historicMbis } of truth) {
      const rows = await bench.database.rows<{ mbi: string; is_current: boolean }>(
        "select mbi, is_current from ab2d.beneficiary_identifier where beneficiary_id = $1",
        [`ccw:${ccwId}`],
      );
      expect(rows.filter((row) => row.is_current).map((row) => row.mbi)).toEqual(
        currentMbi ? [currentMbi] : [],
      );
      expect(new Set(rows.map((row) => row.mbi))).toEqual(
        new Set([...(currentMbi ? [currentMbi] : []), ...historicMbis]),
      );
    }
  });

  it("advances the watermark to the start of the run, not before it is complete", async () => {
    const bench = await syncBench();
    const before = bench.clock.now();
    const { watermark } = await bench.sync();
    const after = bench.clock.now();
    expect(watermark!.getTime()).toBeGreaterThanOrEqual(before.getTime() - 1000);
    expect(watermark!.getTime()).toBeLessThan(after.getTime() - 20_000 + 1000);
  });

  it("leaves no downloaded file behind", async () => {
    const bench = await syncBench();
    await bench.sync();
    const left = await readdir(bench.landingDir, { recursive: true, withFileTypes: true });
    expect(left.filter((entry) => entry.isFile())).toEqual([]);
  });

  it("keeps downloaded files on disk, those of earlier runs too, where it is told to", async () => {
    const bench = await syncBench();
    await bench.sync({ keepLanded: true });
    bench.clock.advance(days(14));
    await bench.sync({ keepLanded: true });
    const files = await bench.database.rows<{ landed_path: string }>(
      "select landed_path from ab2d_etl.output_file",
    );
    expect(files.length).toBeGreaterThan(1);
    expect(files.filter(({ landed_path }) => !existsSync(landed_path))).toEqual([]);
    bench.clock.advance(days(1));
    await bench.sync();
    expect(files.filter(({ landed_path }) => existsSync(landed_path))).toEqual([]);
  });

  it("does not advance the watermark for a window that leaves something out", async () => {
    const bench = await syncBench();
    const { watermark } = await bench.sync();
    bench.clock.advance(days(30));
    const narrow = await bench.sync({ since: "2026-12-01T00:00:00-05:00" });
    expect(narrow.run).toMatchObject({ state: "complete", gaps: [] });
    expect(narrow.watermark).toEqual(watermark);
    const closed = await bench.sync({
      since: "2026-10-01T00:00:00-04:00",
      until: "2026-11-20T00:00:00-05:00",
    });
    expect(closed.watermark).toEqual(watermark);
    const open = await bench.sync();
    expect(open.watermark!.getTime()).toBeGreaterThan(watermark!.getTime());
    const { held, truth } = await bench.compare();
    expect(held).toEqual(truth);
  });

  it("runs once per contract at a time, and names the holder", async () => {
    const bench = await syncBench();
    const results = await Promise.allSettled([bench.sync(), bench.sync()]);
    const refused = results.find((result) => result.status === "rejected");
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
    expect(refused?.reason).toMatchObject({ code: "RUN_LOCKED", exitCode: 75 });
    expect(refused?.reason.message).toContain(`process ${process.pid}`);
  });
});

describe("sync() and Since-Datetime", () => {
  it("stores the returned header verbatim, with its offset, and finds the next window continuous", async () => {
    const bench = await syncBench({ sinceDatetime: true });
    const first = await bench.sync();
    expect(first.sinceDatetime).toMatch(/^2020-02-11T00:00:00\.000-05:00$/);
    bench.clock.advance(days(14));
    const second = await bench.sync();
    expect(second.run).toMatchObject({ state: "complete", gaps: [] });
    expect(second.sinceDatetime).toBe("2026-11-03T00:00:00.000-05:00");
    expect(await bench.database.rows("select since_datetime from ab2d_etl.watermark")).toEqual([
      { since_datetime: "2026-11-03T00:00:00.000-05:00" },
    ]);
    const { held, truth } = await bench.compare();
    expect(held).toEqual(truth);
  });

  it("holds the watermark when the server cut the window short, and heals with the next run", async () => {
    const bench = await syncBench({ sinceDatetime: true });
    const { watermark } = await bench.sync();
    bench.clock.advance(days(14));
    bench.simulator.setFaults([cutWindow({ to: "2026-11-17T00:00:00-05:00" })]);
    const cut = await bench.sync();
    expect(cut.run).toMatchObject({ state: "complete_with_gaps", gaps: ["window_cut_short"] });
    expect(cut.watermark).toEqual(watermark);
    bench.simulator.setFaults([]);
    const healed = await bench.sync();
    expect(healed.run).toMatchObject({ state: "complete", gaps: [] });
    const { held, truth } = await bench.compare();
    expect(held).toEqual(truth);
  });

  it("brings the same claims with the header and without it", async () => {
    const tables = [];
    for (const sinceDatetime of [true, false]) {
      const bench = await syncBench({ sinceDatetime });
      await bench.sync();
      bench.clock.advance(days(14));
      await bench.sync();
      tables.push((await bench.compare()).held);
    }
    expect(tables[0]).toEqual(tables[1]);
  });

  it("asks with the stored header under the policy since-datetime, and with the run's start where there is none", async () => {
    const withHeader = await syncBench({ sinceDatetime: true });
    await withHeader.sync({ sincePolicy: "since-datetime" });
    withHeader.clock.advance(days(14));
    const second = await withHeader.sync({ sincePolicy: "since-datetime" });
    expect(second.run.requestedSince).toBe("2020-02-13T00:00:00.000-05:00");
    const without = await syncBench();
    await without.sync({ sincePolicy: "since-datetime" });
    without.clock.advance(days(14));
    expect((await without.sync({ sincePolicy: "since-datetime" })).run.requestedSince).toBe(
      "2026-11-03T00:00:00.000-05:00",
    );
  });
});

describe("sync() with gaps", () => {
  it("holds the watermark for an error file", async () => {
    const bench = await syncBench({ faults: ["error-file"] });
    const summary = await bench.sync();
    expect(summary.run).toMatchObject({ state: "complete_with_gaps", gaps: ["error_file"] });
    const error = summary.files.find(({ kind }) => kind === "error")!;
    expect(error.lineCount).toBeGreaterThan(0);
    await bench.sync();
    expect(existsSync(error.landedPath!)).toBe(true);
    expect(summary.watermark).toBeUndefined();
  });

  it("holds the watermark for an empty manifest although claims of the window are held", async () => {
    const bench = await syncBench();
    const { watermark } = await bench.sync();
    bench.simulator.setFaults(["empty-manifest"]);
    const empty = await bench.sync({ since: "2026-06-01T00:00:00-04:00" });
    expect(empty.run).toMatchObject({ state: "complete_with_gaps", gaps: ["empty_manifest"] });
    expect(empty.watermark).toEqual(watermark);
  });

  it("takes an empty manifest for nothing new when no claim of the window is held, and asks from the same point again", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "old.ndjson");
    await writeFile(
      path,
      ndjson([eob({ lastUpdated: "2021-05-01T00:00:00.000-04:00", from: "2021-04-01", to: "2021-04-02" })]),
    );
    const bench = await syncBench({ files: [path] });
    const first = await bench.sync();
    const second = await bench.sync();
    expect(second.files).toEqual([]);
    expect(second.run).toMatchObject({ state: "complete", gaps: [] });
    expect(second.watermark).toEqual(first.watermark);
  });

  it("keeps lines that can't be loaded and holds the watermark", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "lines.ndjson");
    await writeFile(
      path,
      ndjson([
        eob({ claimId: "-1", from: "2021-04-01", to: "2021-04-02" }),
        eob({ claimId: "-2", from: "2021-04-01", to: "2021-04-02", items: [{ quantity: { value: 1 } }] }),
      ]),
    );
    const bench = await syncBench({ files: [path] });
    const summary = await bench.sync();
    expect(summary.run).toMatchObject({ state: "complete_with_gaps", gaps: ["rejected_line"] });
    expect(summary.counts).toMatchObject({ new: 1, rejected: 1 });
    expect(summary.watermark).toBeUndefined();
    expect(
      await bench.database.rows("select reason, line is not null as is_kept from ab2d_etl.rejected_line"),
    ).toEqual([{ reason: "sequence_missing", is_kept: true }]);
  });
});

describe("sync() against a server in trouble", () => {
  it.each([
    ["a truncated gzip", truncatedGzip({ times: 1 })],
    ["a corrupted body", corruptDownload({ times: 1 })],
    ["lost connections", dropConnection({ path: /\/file\//, afterBytes: 2000, times: 2 })],
    ["server errors", failNext({ path: /\/api\//, status: 503, body: "x", times: 2 })],
    ["tokens that expire early", tokenExpiresEarly({ afterRequests: 2 })],
    ["lines that come twice", "duplicate-lines"],
  ] as const)("brings everything in spite of %s", async (_name, fault) => {
    const bench = await syncBench({ faults: [fault] });
    const summary = await bench.sync();
    expect(summary.run).toMatchObject({ state: "complete", gaps: [] });
    const { held, truth } = await bench.compare();
    expect(held).toEqual(truth);
  });

  it("loads nothing of a file whose checksum is wrong in job after job, and starts anew with the next run", async () => {
    const bench = await syncBench({ faults: ["wrong-checksum"] });
    await expect(bench.sync()).rejects.toMatchObject({ code: "CHECKSUM_MISMATCH", exitCode: 76 });
    expect(await bench.database.rows("select 1 from ab2d.claim_version")).toEqual([]);
    expect(await bench.database.rows("select state from ab2d_etl.export_job")).toEqual([
      { state: "failed" },
      { state: "failed" },
    ]);
    const transfers = bench.simulator.requests.filter(({ path }) => path.includes("/file/"));
    expect(transfers).toHaveLength(6);
    bench.simulator.setFaults([]);
    expect((await bench.sync()).run.state).toBe("complete");
  });

  it("starts a new job with the same window when files can't be had any more", async () => {
    const bench = await syncBench({ maxDownloads: 6 });
    const stop = new AbortController();
    const stopped = bench.sync(
      {},
      {
        signal: stop.signal,
        progress: {
          report: ({ phase }) => {
            if (phase === "downloading") stop.abort(new Error("stopped by the test"));
          },
          end: () => {},
        },
      },
    );
    await expect(stopped).rejects.toThrow("stopped by the test");
    bench.clock.advance(days(4));
    const summary = await bench.sync();
    expect(summary.run.state).toBe("complete");
    const { held, truth } = await bench.compare();
    expect(held).toEqual(truth);
    expect(await bench.database.rows("select state from ab2d_etl.export_job order by asked_at")).toEqual([
      { state: "expired" },
      { state: "complete" },
    ]);
  });

  it("goes on with the job of a run that was stopped while waiting", async () => {
    const bench = await syncBench();
    const stop = new AbortController();
    const progress = {
      report: ({ phase }: { phase: string }) => {
        if (phase === "waiting for AB2D") stop.abort(new Error("stopped by the test"));
      },
      end: () => {},
    };
    await expect(bench.sync({}, { signal: stop.signal, progress })).rejects.toThrow("stopped by the test");
    const summary = await bench.sync();
    expect(summary.run).toMatchObject({ runId: 1, state: "complete" });
    expect(await bench.database.rows("select count(*) as jobs from ab2d_etl.export_job")).toEqual([
      { jobs: 1 },
    ]);
    const undisturbed = await syncBench();
    await undisturbed.sync();
    expect((await bench.compare()).held).toEqual((await undisturbed.compare()).held);
  });

  it("takes over the job whose start was answered into the void", async () => {
    const bench = await syncBench({
      faults: [dropConnection({ path: /\$export/, afterBytes: 0, times: 1 })],
    });
    const summary = await bench.sync();
    expect(summary.run.state).toBe("complete");
    const { held, truth } = await bench.compare();
    expect(held).toEqual(truth);
  });

  it("refuses with exit 77 what AB2D refuses, and leaves no open run", async () => {
    const bench = await syncBench();
    await expect(bench.sync({ credentials: { clientId: "x", clientSecret: "y" } })).rejects.toMatchObject({
      exitCode: 77,
    });
    bench.simulator.setFaults([failNext({ path: /\$export/, status: 403, times: 10 })]);
    await expect(bench.sync()).rejects.toMatchObject({ code: "ACCESS_REFUSED", exitCode: 77 });
    expect(await bench.database.rows("select run_id from ab2d_etl.run where state = 'open'")).toEqual([]);
  });

  it("throws what stopped it where the ledger does not take that, and logs that it did not", async () => {
    const bench = await syncBench();
    await bench.database.rows(
      "alter table ab2d_etl.run add constraint takes_no_error check (error_code is null)",
    );
    bench.simulator.setFaults([failNext({ path: /\$export/, status: 403, times: 10 })]);
    const logged: unknown[] = [];
    const log = { ...silentLog, warn: (event: string, fields?: object) => logged.push({ event, ...fields }) };
    await expect(bench.sync({}, { log })).rejects.toMatchObject({ code: "ACCESS_REFUSED", exitCode: 77 });
    expect(logged).toEqual([
      {
        event: "failure_not_recorded",
        contract: "Z0001",
        run_id: 1,
        code: "ACCESS_REFUSED",
        because: "INVARIANT_BROKEN",
      },
    ]);
  });

  it("writes only below the landing folder", async () => {
    const bench = await syncBench();
    await bench.sync({ keepLanded: true });
    expect(existsSync(join(bench.landingDir, bench.contract))).toBe(true);
    const tables = await claimsTables(bench.database);
    expect(tables["ab2d_etl.eob"]!.length).toBeGreaterThan(0);
  });
});

const isAllLanded = ({ filesLanded, filesTotal }: ProgressState): boolean =>
  filesLanded !== undefined && filesLanded > 0 && filesLanded === filesTotal;

describe("sync() after a run that was stopped", () => {
  it("downloads a landed file again that is gone, before a loader looks for it", async () => {
    const bench = await syncBench();
    await expect(bench.sync({}, stoppedWhen(isAllLanded))).rejects.toThrow("stopped by the test");
    for (const entry of await readdir(bench.landingDir, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) await rm(join(entry.parentPath, entry.name));
    }
    expect((await bench.sync()).run.state).toBe("complete");
    const { held, truth } = await bench.compare();
    expect(held).toEqual(truth);
  });

  it("gives up the landed files of a job that AB2D no longer knows, with the job", async () => {
    const bench = await syncBench();
    await expect(bench.sync({}, stoppedWhen(isAllLanded))).rejects.toThrow("stopped by the test");
    bench.simulator.setFaults([
      failNext({ path: /\$status/, status: 404, times: 1 }),
      failNext({ path: /\$export/, status: 403, times: 2 }),
    ]);
    await expect(bench.sync()).rejects.toMatchObject({ exitCode: 77 });
    bench.simulator.setFaults([]);
    expect((await bench.sync()).run.state).toBe("complete");
    const { held, truth } = await bench.compare();
    expect(held).toEqual(truth);
  });

  it("takes up a job again that a passing 404 had made it give up", async () => {
    const bench = await syncBench({ jobSeconds: 200 });
    const waiting = stoppedWhen(({ phase }) => phase === "waiting for AB2D");
    await expect(bench.sync({}, waiting)).rejects.toThrow("stopped by the test");
    bench.simulator.setFaults([failNext({ path: /\$status/, status: 404, times: 1 })]);
    expect((await bench.sync()).run.state).toBe("complete");
    expect(await bench.database.rows("select count(*) as jobs from ab2d_etl.export_job")).toEqual([
      { jobs: 1 },
    ]);
  });

  it("sees a gap when the files of its first job are gone and the second job is empty", async () => {
    const bench = await syncBench();
    const { watermark } = await bench.sync();
    bench.clock.advance(days(14));
    const downloading = stoppedWhen(({ phase }) => phase === "downloading");
    await expect(bench.sync({}, downloading)).rejects.toThrow("stopped by the test");
    bench.clock.advance(days(4));
    const now = bench.clock.now().getTime();
    const emptyFromNow: Fault = {
      name: "empty-from-now",
      summary: "Jobs that start from now on list nothing",
      client: "gaps",
      arm: () => ({ manifest: (draft, job) => (job.createdAt < now ? draft : { ...draft, output: [] }) }),
    };
    bench.simulator.setFaults([emptyFromNow]);
    const summary = await bench.sync();
    expect(summary.run.gaps).toEqual(["empty_manifest"]);
    expect(summary.watermark).toEqual(watermark);
  });

  it("waits for a file that a dying session still holds, and never calls an unfinished run done", async () => {
    const bench = await syncBench();
    await expect(bench.sync({}, stoppedWhen(isAllLanded))).rejects.toThrow("stopped by the test");
    const holder = await bench.database.pool.connect();
    await holder.query("begin");
    await holder.query("select from ab2d_etl.output_file for update");
    const again = bench.sync();
    const [{ isWaiting }] = (await waitForRows<{ isWaiting: boolean }>(
      bench,
      `select true as "isWaiting" from pg_locks where not granted`,
    )) as [{ isWaiting: boolean }];
    expect(isWaiting).toBe(true);
    await holder.query("rollback");
    holder.release();
    expect((await again).run.state).toBe("complete");
    const { held, truth } = await bench.compare();
    expect(held).toEqual(truth);
  });
});

/** Asks until there is a row. */
async function waitForRows<Row extends object>(bench: SyncBench, sql: string): Promise<Row[]> {
  for (;;) {
    const rows = await bench.database.rows<Row>(sql);
    if (rows.length > 0) return rows;
  }
}

describe("sync() and what is not its own", () => {
  async function startForeignJob(bench: SyncBench, path: string): Promise<void> {
    const { base64 } = bench.simulator.credentials(bench.contract);
    const token = await fetch(`${bench.simulator.tokenUrl}?grant_type=client_credentials&scope=clientCreds`, {
      method: "POST",
      headers: { authorization: `Basic ${base64}`, "content-type": "application/x-www-form-urlencoded" },
    });
    const { access_token } = (await token.json()) as { access_token: string };
    const started = await fetch(bench.simulator.apiUrl + path, {
      headers: { authorization: `Bearer ${access_token}` },
    });
    expect(started.status).toBe(202);
  }

  it.each([
    [
      "narrowed by a _typeFilter",
      "v3",
      "/api/v3/fhir/Patient/$export?_typeFilter=ExplanationOfBenefit%3Fservice-date%3Dge2026-10-01",
    ],
    ["of another window", "v2", "/api/v2/fhir/Patient/$export?_since=2026-10-01T00:00:00Z"],
    ["of another version", "v2", "/api/v1/fhir/Patient/$export?_since=2020-02-13T00%3A00%3A00.000-05%3A00"],
  ] as const)("does not take over a job %s", async (_name, apiVersion, path) => {
    const bench = await syncBench({ jobSeconds: 60 });
    await startForeignJob(bench, path);
    await expect(bench.sync({ apiVersion })).rejects.toMatchObject({ code: "FOREIGN_JOB", exitCode: 75 });
    expect(await bench.database.rows("select from ab2d_etl.watermark")).toEqual([]);
    expect((await bench.sync({ apiVersion })).run.state).toBe("complete");
  });

  it("takes over a job of the same window, with its creation as the watermark", async () => {
    const bench = await syncBench({ jobSeconds: 1200 });
    await startForeignJob(bench, "/api/v2/fhir/Patient/$export?_since=2020-02-13T00%3A00%3A00.000-05%3A00");
    bench.clock.advance(600_000);
    const asked = bench.clock.now();
    const summary = await bench.sync();
    expect(summary.run.state).toBe("complete");
    expect(summary.watermark!.getTime()).toBeLessThan(asked.getTime() - 300_000);
    const { held, truth } = await bench.compare();
    expect(held).toEqual(truth);
  });

  it("refuses files of another contract: exit 77, nothing loaded, no open run", async () => {
    const bench = await syncBench();
    const contract = parseContractNumber("Z0002") as ContractNumber;
    await expect(bench.sync({ contract })).rejects.toMatchObject({ code: "CONTRACT_MISMATCH", exitCode: 77 });
    expect(await bench.database.rows("select from ab2d_etl.eob")).toEqual([]);
    expect(await bench.database.rows("select from ab2d_etl.run where state = 'open'")).toEqual([]);
    expect((await bench.sync()).run.state).toBe("complete");
  });

  it("sees a gap when AB2D says that an export without _since has a lower bound", async () => {
    const bench = await syncBench({ faults: [cutWindow({ to: "2026-11-01T00:00:00-05:00" })] });
    const summary = await bench.sync({ apiVersion: "v3" });
    expect(summary.run).toMatchObject({ state: "complete_with_gaps", gaps: ["window_cut_short"] });
    expect(summary.watermark).toBeUndefined();
  });

  it("keeps the landed file of a line that is too long for the database", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "big.ndjson");
    const text = "x".repeat(17 * 1024 * 1024);
    await writeFile(path, ndjson([eob({ from: "2021-04-01", to: "2021-04-02", fields: { text } })]));
    const bench = await syncBench({ files: [path] });
    const { run, rejections } = await bench.sync();
    expect({ gaps: run.gaps, rejections }).toEqual({
      gaps: ["rejected_line"],
      rejections: { line_too_long: 1 },
    });
    const [row] = await bench.database.rows<{ landed_path: string }>(
      "select landed_path from ab2d_etl.output_file",
    );
    expect(existsSync(row!.landed_path)).toBe(true);
    await bench.sync();
    expect(existsSync(row!.landed_path)).toBe(true);
  });
});

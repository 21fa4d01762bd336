import { readdir } from "node:fs/promises";
import { expect, onTestFinished } from "vitest";
import { corruptDownload, truncatedGzip } from "../../src/simulator/faults/download-faults.ts";
import { dropConnection } from "../../src/simulator/faults/request-faults.ts";
import { eob } from "../support/eob.ts";
import { ndjson } from "../support/load-lines.ts";
import { attempt, expectHealed, expectOutcome, expectStop, WELL } from "../support/outcome.ts";
import { scriptedServer } from "../support/scripted-server.ts";
import { days, type SyncBench, syncBench } from "../support/sync-bench.ts";
import { delivers, faultOf } from "../support/test-faults.ts";
import { stopped } from "./job-traps.ts";
import type { Rows } from "./row.ts";
import { askedSinces, expectWell, FILE, requestsTo, setFaults, settled, small } from "./shared.ts";

/** 23 to 36: files, on the wire and on disk. */
export const FILE_TRAPS: Rows = {
  23: {
    words: "downloading again and again until AB2D gives the file no more",
    async run() {
      const bench = await settled();
      const before = requestsTo(bench, FILE).length;
      setFaults(bench, [corruptDownload({ times: Number.POSITIVE_INFINITY })]);
      await expectStop(bench, stopped(76, "CHECKSUM_MISMATCH", { jobs: ["failed", "failed"] }));
      const paths = requestsTo(bench, FILE)
        .slice(before)
        .map(({ path }) => path);
      for (const path of new Set(paths))
        expect(paths.filter((other) => other === path).length).toBeLessThanOrEqual(3);
    },
  },
  24: {
    words: "asking for a file's size in a way that uses up a download",
    async run() {
      const bench = await small({ maxDownloads: 1 });
      await expectWell(bench);
      expect(new Set(bench.simulator.requests.map(({ method }) => method))).toEqual(new Set(["GET", "POST"]));
    },
    heldBy: ["fault single-download"],
  },
  25: {
    words: "going on in the middle of a file, which the server does not do",
    async run() {
      const bench = await small({ faults: [dropConnection({ path: FILE, afterBytes: 500, times: 3 })] });
      await expectWell(bench);
      expect(bench.simulator.requests.filter(({ headerNames }) => headerNames.includes("range"))).toEqual([]);
    },
  },
  26: {
    words: "taking a clean end for the whole file",
    async run() {
      for (const unproven of [[], ["checksums-missing"]]) {
        const bench = await settled();
        setFaults(bench, [...unproven, truncatedGzip({ times: 1 })]);
        await expectWell(bench);
        bench.clock.advance(days(14));
        setFaults(bench, [...unproven, truncatedGzip({ times: Number.POSITIVE_INFINITY })]);
        const run = await attempt(bench, () => bench.sync({ full: true }));
        await expectOutcome(bench, run, stopped(76, "TRUNCATED", { jobs: ["complete"] }));
        // The same job goes on, and its manifest has to say the same.
        setFaults(bench, unproven);
        await expectWell(bench);
        bench.clock.advance(days(14));
        await expectHealed(bench);
      }
    },
    heldBy: ["fault truncated-identity", "fault server-error-inside-download"],
  },
  27: {
    words: "comparing the checksum with that of compressed bytes",
    async run() {
      for (const fault of ["many-member-gzip", "plain-despite-gzip"]) {
        const bench = await small({ faults: [fault] });
        const run = await attempt(bench);
        await expectOutcome(bench, run, WELL);
        const rows = await bench.database.rows(
          "select from ab2d_etl.output_file where landed_sha256 is distinct from expected_sha256 or byte_count <> expected_byte_count",
        );
        expect(rows).toEqual([]);
      }
    },
  },
  28: {
    words: "letting the database slow the download down until it is cut",
    async run() {
      const bench = await settled();
      const holder = await bench.database.pool.connect();
      await holder.query("begin");
      await holder.query("lock table ab2d_etl.eob in exclusive mode");
      const running = attempt(bench, () => bench.sync({ full: true }));
      await untilAllLanded(bench);
      const [row] = await bench.database.rows<{ loaded: number }>(
        `select count(*) filter (where state = 'loaded') as loaded from ab2d_etl.output_file
        where run_id = (select max(run_id) from ab2d_etl.run)`,
      );
      expect(row).toEqual({ loaded: 0 });
      await holder.query("rollback");
      holder.release();
      await expectOutcome(bench, await running, WELL);
    },
  },
  29: {
    words: "coming for the files after they have expired",
    async run() {
      const bench = await settled();
      setFaults(bench, ["download-redirect"]);
      await expectOutcome(
        bench,
        await attempt(bench),
        stopped(76, "REDIRECT_REFUSED", { jobs: ["complete"] }),
      );
      setFaults(bench, []);
      bench.clock.advance(days(4));
      await expectWell(bench, { jobs: ["expired", "complete"] });
      const [first, ...others] = askedSinces(bench).slice(1);
      expect(others).toEqual([first]);
      await expectHealed(bench);
    },
    heldBy: ["fault expired-files", "fault download-limit", "fault file-lost"],
  },
  30: {
    words: "counting on a Content-Length",
    async run() {
      const bench = await small();
      const totals = new Set<number>();
      const progress = {
        report: ({ bytesTotal }: { readonly bytesTotal?: number }) => {
          if (bytesTotal !== undefined) totals.add(bytesTotal);
        },
        end: () => {},
      };
      await expectWell(bench, {}, () => bench.sync({}, { progress }));
      const [row] = await bench.database.rows<{ bytes: number }>(
        "select sum(byte_count)::integer as bytes from ab2d_etl.output_file",
      );
      expect([...totals]).toEqual([row!.bytes]);
    },
    heldBy: ["fault lengths-missing"],
  },
  31: {
    words: "an export of nothing taken for an error, or an error file for data",
    async run() {
      const bench = await syncBench({ faults: ["empty-manifest"] });
      await expectWell(bench, { tables: "empty", watermark: "none" });
      const other = await settled();
      setFaults(other, ["error-file"]);
      const run = await attempt(other);
      await expectOutcome(other, run, GAP);
      expect(await other.database.rows("select from ab2d_etl.rejected_line")).toEqual([]);
      await expectHealed(other);
    },
    heldBy: ["fault empty-manifest"],
  },
  32: {
    words: "an error file that nobody looks at",
    async run() {
      const bench = await settled();
      setFaults(bench, ["error-file"]);
      await expectOutcome(bench, await attempt(bench), GAP);
      const kept = await readdir(bench.landingDir, { recursive: true });
      expect(kept.filter((name) => name.endsWith("_error.ndjson.gz"))).toHaveLength(1);
      expect(
        await bench.database.rows("select line_count from ab2d_etl.output_file where kind = 'error'"),
      ).toEqual([{ line_count: 2 }]);
      await expectHealed(bench);
    },
    heldBy: ["fault empty-error-file"],
  },
  33: {
    words: "going where an answer's address points",
    async run() {
      const other = await scriptedServer();
      onTestFinished(() => other.close());
      const bench = await settled();
      const moved = (url: string) => url.replace(/^https?:\/\/[^/]+/, other.url);
      setFaults(bench, [
        faultOf(() => ({
          manifest: (manifest) => ({
            ...manifest,
            output: manifest.output.map((entry) => ({ ...entry, url: moved(entry.url) })),
          }),
          after(reply, { kind }) {
            const location = reply.headers?.["Content-Location"];
            if (kind !== "start" || location === undefined) return reply;
            return { ...reply, headers: { ...reply.headers, "Content-Location": moved(location) } };
          },
        })),
      ]);
      await expectWell(bench);
      expect(other.requests).toEqual([]);
    },
    heldBy: ["fault urls-on-another-host", "fault urls-over-http", "fault location-on-another-host"],
  },
  34: {
    words: "files of two jobs that have the same names",
    async run() {
      const bench = await small({ faults: [damagedInFirstJob()] });
      await expectWell(bench, { jobs: ["failed", "complete"] });
      const rows = await bench.database.rows<{ names: number }>(
        "select count(distinct landed_sha256) as names from ab2d_etl.output_file group by file_name order by file_name",
      );
      // The lines of a job come in an order of their own: nothing of the first one's first file was taken for the second's.
      expect(rows[0]).toEqual({ names: 2 });
    },
  },
  35: {
    words: "taking the order of files or lines for that of versions",
    async run() {
      const bench = await settled();
      setFaults(bench, ["older-after-newer", "shuffled-files"]);
      await expectWell(bench, {}, () => bench.sync({ full: true }));
    },
    heldBy: ["fault older-after-newer", "fault shuffled-files"],
  },
  36: {
    words: "a file read as one string, or cut at what is no line feed",
    async run() {
      const odd = ["\u2028", "\u2029", "\u0085"].map((mark, index) =>
        JSON.stringify(
          eob({ claimId: `-${index}`, claimGroup: `-${index}`, fields: { disposition: `a${mark}b` } }),
        ),
      );
      const bench = await syncBench({ patients: 1, faults: [delivers([Buffer.from(ndjson(odd))])] });
      await expectWell(bench, {
        tables: { "outpatient--0": true, "outpatient--1": true, "outpatient--2": true },
      });
      expect(await bench.database.rows("select line_count, new_count from ab2d_etl.output_file")).toEqual([
        { line_count: 3, new_count: 3 },
      ]);
    },
    heldBy: [
      "fault crlf",
      "test/staging/read-ndjson.test.ts > finds the same lines in any bytes, however they are cut into chunks and batches",
    ],
  },
};

/** A run with an error file: what came is in. */
const GAP = {
  exit: 3,
  state: "complete_with_gaps",
  gaps: ["error_file"],
  tables: "truth",
  watermark: "held",
  jobs: ["complete"],
} as const;

/** One file of the first job never comes whole, while its others do. */
function damagedInFirstJob() {
  const { arm } = corruptDownload({ times: Number.POSITIVE_INFINITY });
  return faultOf((random, clock) => {
    const { download } = arm(random, clock);
    let first: string | undefined;
    return {
      download(plan, request) {
        first ??= request.jobId;
        return request.jobId === first && request.url.includes("_0003") ? download!(plan, request) : plan;
      },
    };
  });
}

async function untilAllLanded({ database }: SyncBench): Promise<void> {
  for (;;) {
    const [row] = await database.rows<{ all: boolean }>(
      `select count(*) > 3 and bool_and(state = 'landed') as all from ab2d_etl.output_file
      where run_id = (select max(run_id) from ab2d_etl.run)`,
    );
    if (row!.all) return;
  }
}

import type { Edit } from "./program-copy.ts";

/** A fault of the protocol, made by changing a copy of the program: the source itself has no switch for it. */
export interface SeededBug {
  /** In kebab case. */
  readonly name: string;
  /** What the program does wrong, and what that costs. */
  readonly breaks: string;
  readonly edits: readonly Edit[];
}

const WATERMARK_MOVES = `  if (gaps.length === 0) await advanceFrom(run, { job, previous, files }, tx);`;

/** Bugs that a loader like this one could well have. A campaign that does not find them all finds nothing. */
export const SEEDED_BUGS: readonly SeededBug[] = [
  {
    name: "loaded-before-merge",
    breaks: "A file counts as loaded before its claims are merged: a kill between the two loses them.",
    edits: [
      {
        file: "src/pipeline/land-and-load.ts",
        find: `        const file = await takeLandedFile(run.runId, { waits }, tx);`,
        replace: `        const file = await transaction(pool, async (earlier) => {
          const taken = await takeLandedFile(run.runId, { waits }, earlier);
          if (taken === undefined) return undefined;
          const { outputFileId, counts, expectedByteLength: byteLength = 0 } = taken;
          await recordLoaded({ outputFileId, counts, byteLength, lineCount: 0, fingerprintDelta: 0n, seconds: 0 }, earlier);
          return taken;
        });`,
      },
    ],
  },
  {
    name: "loaded-before-current",
    breaks:
      "A file is loaded before its current claims are chosen: a kill between the two leaves claims of which none is current.",
    edits: [
      {
        file: "src/pipeline/load-file.ts",
        find: `  const changes = addChanges(loaded.changes, changesIn(noted), await resolveCurrent(file.outputFileId, tx));`,
        replace: `  const changes = addChanges(loaded.changes, changesIn(noted));`,
      },
      {
        file: "src/pipeline/load-file.ts",
        find: `  await tx.run("staging/clear", { output_file_id: file.outputFileId });
`,
        replace: "",
      },
      {
        file: "src/pipeline/land-and-load.ts",
        find: `        await recordLoaded(result, tx);`,
        replace: `        await recordLoaded(result, tx);
        await tx.execute("commit");
        await tx.execute("begin");
        await addToFingerprints(await resolveCurrent(file.outputFileId, tx), tx);
        await tx.run("staging/clear", { output_file_id: file.outputFileId });`,
      },
      {
        file: "src/pipeline/land-and-load.ts",
        find: `import { completeRun } from "../control/complete-run.ts";`,
        replace: `import { resolveCurrent } from "../claims/resolve-current.ts";
import { completeRun } from "../control/complete-run.ts";
import { addToFingerprints } from "../control/fingerprints.ts";`,
      },
    ],
  },
  {
    name: "watermark-at-manifest",
    breaks:
      "The watermark moves when the manifest is read: what the run then fails to bring is never asked for again.",
    edits: [
      {
        file: "src/pipeline/bring-window.ts",
        find: `  await listFiles(files, tx);`,
        replace: `  await listFiles(files, tx);
  const { exportedAt, sinceDatetime } = completed;
  await advanceWatermark(
    { contract: run.contractNumber, source: run.sourceSystem },
    { exportedAt, sinceDatetime, runId: run.runId },
    tx,
  );`,
      },
      {
        file: "src/pipeline/bring-window.ts",
        find: `import { adoptJob } from "./adopt-job.ts";`,
        replace: `import { adoptJob } from "./adopt-job.ts";
import { advanceWatermark } from "../control/watermark.ts";`,
      },
    ],
  },
  {
    name: "watermark-despite-gaps",
    breaks: "The watermark moves although the run has gaps: what is missing is never asked for again.",
    edits: [
      {
        file: "src/control/complete-run.ts",
        find: WATERMARK_MOVES,
        replace: `  await advanceFrom(run, { job, previous, files }, tx);`,
      },
    ],
  },
  {
    name: "watermark-at-end",
    breaks: "The watermark is when the run ended, not when it began: claims changed meanwhile are left out.",
    edits: [
      {
        file: "src/control/complete-run.ts",
        find: `      { exportedAt: job.exportedAt, sinceDatetime`,
        replace: `      { exportedAt: new Date(), sinceDatetime`,
      },
    ],
  },
  {
    name: "own-clock-trusted",
    breaks: "The start of an export is by our clock alone: one that is ahead leaves claims out.",
    edits: [
      {
        file: "src/control/export-jobs.ts",
        find: `job.serverDate && job.serverDate < job.askedAt ? job.serverDate : job.askedAt`,
        replace: `job.askedAt`,
      },
    ],
  },
  {
    name: "overlap-added",
    breaks: "The overlap is added to the watermark instead of taken off: the next export starts too late.",
    edits: [
      {
        file: "src/domain/since.ts",
        find: `.minus({ days: overlapDays })`,
        replace: `.plus({ days: overlapDays })`,
      },
    ],
  },
  {
    name: "adopted-job-young",
    breaks:
      "A job whose start was lost is dated by the next call: claims changed between the two are left out.",
    edits: [
      {
        file: "src/pipeline/adopt-job.ts",
        find: `created < firstAskedAt ? created : firstAskedAt`,
        replace: `firstAskedAt`,
      },
      {
        file: "src/control/export-jobs.ts",
        find: `.then(eb.fn<Date>("least", ["exported_at", eb.cast<Date>(eb.val(created), "timestamptz")]))`,
        replace: `.then(eb.ref("exported_at"))`,
      },
    ],
  },
  {
    name: "any-job-adopted",
    breaks: "A running job of another window is taken for ours.",
    edits: [
      {
        file: "src/pipeline/manifest-of-run.ts",
        find: `    sameInstant(requested.since, run.requestedSince) &&
`,
        replace: "",
      },
    ],
  },
  {
    name: "error-file-ignored",
    breaks: "An error file is no gap: the claims that AB2D could not write are never asked for again.",
    edits: [
      {
        file: "src/control/complete-run.ts",
        find: `if (ofJob.some((file) => file.kind === "error"))`,
        replace: `if (false)`,
      },
    ],
  },
  {
    name: "rejected-line-ignored",
    breaks: "A line that can't be loaded is no gap: its claim is never asked for again.",
    edits: [
      {
        file: "src/control/complete-run.ts",
        find: `if ((await countOpenRejectedLines(run.runId, tx)) > 0)`,
        replace: `if (false)`,
      },
    ],
  },
  {
    name: "cut-window-ignored",
    breaks: "An export whose window AB2D cut short is taken for whole.",
    edits: [
      {
        file: "src/control/complete-run.ts",
        find: `if (job?.sinceDatetime !== undefined && `,
        replace: `if (false && job?.sinceDatetime !== undefined && `,
      },
    ],
  },
  {
    name: "empty-export-believed",
    breaks: "An export without a line is taken for proof that nothing is new.",
    edits: [
      {
        file: "src/control/complete-run.ts",
        find: `  return run.command !== "load" && data.every(`,
        replace: `  return false && data.every(`,
      },
    ],
  },
  {
    name: "first-file-only",
    breaks: "Of a manifest only the first file is listed.",
    edits: [
      {
        file: "src/pipeline/bring-window.ts",
        find: `...manifest.outputFiles.map(file("data"))`,
        replace: `...manifest.outputFiles.slice(0, 1).map(file("data"))`,
      },
    ],
  },
  {
    name: "complete-too-early",
    breaks: "A run is complete once all that landed is loaded, though other files are still to come.",
    edits: [
      {
        file: "src/control/output-files.ts",
        find: `      eb.or([eb("state", "=", "listed"), eb.and([eb("state", "=", "landed"), eb("kind", "=", "data")])]),`,
        replace: `      eb.and([eb("state", "=", "landed"), eb("kind", "=", "data")]),`,
      },
    ],
  },
  {
    name: "failed-file-passed-over",
    breaks: "A file that can't be downloaded is passed over, and the run completes without it.",
    edits: [
      {
        file: "src/pipeline/land-and-load.ts",
        find: `limit(() => land(file))`,
        replace: `limit(() =>
      land(file).catch(() =>
        transaction(pool, async (tx) => {
          const table = tx.db.updateTable("ab2d_etl.output_file").set({ state: "unobtainable" });
          await table.where("output_file_id", "=", file.outputFileId).execute();
        }),
      ),
    )`,
      },
    ],
  },
  {
    name: "checksum-not-compared",
    breaks: "A download of the right length is taken, whatever is in it.",
    edits: [
      {
        file: "src/landing/download.ts",
        find: `if (wanted.sha256 !== undefined && `,
        replace: `if (false && wanted.sha256 !== undefined && `,
      },
    ],
  },
  {
    name: "manifest-figures-ignored",
    breaks: "Lengths and checksums of the manifest are not taken over: a file that ends early is whole.",
    edits: [
      {
        file: "src/pipeline/bring-window.ts",
        find: `      expectedByteLength: entry.byteLength,
      expectedSha256: entry.sha256,
`,
        replace: "",
      },
    ],
  },
  {
    name: "disk-trusted",
    breaks: "What an earlier process landed is not measured again: damaged files are loaded.",
    edits: [
      {
        file: "src/pipeline/land-and-load.ts",
        find: `if (await isStillLanded(file)) return;`,
        replace: `return;`,
      },
    ],
  },
  {
    name: "found-file-taken",
    breaks: "A file found on disk that the ledger does not know as landed is taken as it is.",
    edits: [
      {
        file: "src/pipeline/land-and-load.ts",
        find: `    const landed = await download(`,
        replace: `    const path = landedPath(folder, file.fileName);
    const landed = existsSync(path) ? { path, ...(await measure(await openLandedFile(path))) } : await download(`,
      },
      {
        file: "src/pipeline/land-and-load.ts",
        find: `import { landingFolder, removeLandedFile } from "../landing/landing-folder.ts";`,
        replace: `import { existsSync } from "node:fs";
import { landedPath, landingFolder, removeLandedFile } from "../landing/landing-folder.ts";
import { measure } from "../landing/measure.ts";
import { openLandedFile } from "../landing/open-landed-file.ts";`,
      },
    ],
  },
  {
    name: "last-line-dropped",
    breaks: "A last line without a line feed is dropped.",
    edits: [
      {
        file: "src/staging/read-ndjson.ts",
        find: `  if (bytesRead > lineOffset) endLine(bytesRead);
`,
        replace: "",
      },
    ],
  },
  {
    name: "known-claim-unchanged",
    breaks: "A line whose claim is held counts as unchanged, whatever is in it.",
    edits: [
      {
        file: "sql/staging/confirm_unchanged.sql",
        find: `    and eob.line_sha256 = staged_line.line_sha256
`,
        replace: "",
      },
    ],
  },
  {
    name: "older-wins",
    breaks: "Of two texts of a claim the one with the older update wins.",
    edits: [
      {
        file: "src/claims/rank.ts",
        find: `return a.rankedAt > b.rankedAt ? 1 : -1;`,
        replace: `return a.rankedAt < b.rankedAt ? 1 : -1;`,
      },
    ],
  },
  {
    name: "last-line-wins",
    breaks: "Of two texts of a claim the one that is read last wins.",
    edits: [
      {
        file: "src/claims/merge.ts",
        find: `compareRank(candidate.rank, rankOf(row)) <= 0;`,
        replace: `candidate.line.sha256.equals(row.line_sha256);`,
      },
    ],
  },
  {
    name: "older-of-batch-wins",
    breaks: "Of two texts of a claim in one batch the older one wins.",
    edits: [
      {
        file: "src/claims/merge.ts",
        find: `compareRank(candidate.rank, best.rank) > 0`,
        replace: `compareRank(candidate.rank, best.rank) < 0`,
      },
    ],
  },
  {
    name: "ties-dropped",
    breaks: "A text of the same update from a newer export is dropped: a correction of AB2D's never arrives.",
    edits: [
      {
        file: "src/claims/rank.ts",
        find: `  if (a.exportedAt !== b.exportedAt) return a.exportedAt > b.exportedAt ? 1 : -1;
  return a.sha256.compare(b.sha256);`,
        replace: `  return 0;`,
      },
    ],
  },
  {
    name: "superseded-stays-current",
    breaks: "A new version of a claim does not take the place of the one before.",
    edits: [
      {
        file: "src/claims/resolve-current.ts",
        find: `const families = await resolveFamilies(outputFileId, tx);`,
        replace: `const families = { changes: {} };`,
      },
    ],
  },
  {
    name: "superseded-keeps-lines",
    breaks: "A version that is no longer current keeps its lines: services count twice.",
    edits: [
      {
        file: "src/claims/resolve-families.ts",
        find: `  if (demoted.length > 0)
    await tx.run("claims/remove_children", { eob_ids: demoted.map((row) => row.eob_id) });
`,
        replace: "",
      },
    ],
  },
  {
    name: "promoted-without-lines",
    breaks: "A version that becomes current gets no lines.",
    edits: [
      {
        file: "src/claims/resolve-families.ts",
        find: `from < promoted.length;`,
        replace: `from < 0;`,
      },
    ],
  },
  {
    name: "older-export-names-mbi",
    breaks: "An MBI keeps what the first export said of it: a replaced one stays current.",
    edits: [
      {
        file: "sql/claims/merge_mbis.sql",
        find: `  where excluded.exported_at > held.exported_at
`,
        replace: `  where excluded.exported_at < held.exported_at
`,
      },
    ],
  },
];

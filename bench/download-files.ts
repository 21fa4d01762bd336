// Lands the files of a finished export job as `sync` does: `node download-files.js JOB.json FOLDER AT_ONCE`.
import { mkdir, readFile } from "node:fs/promises";
import pLimit from "p-limit";
import { authenticate } from "../src/ab2d/authenticate.ts";
import { openOutputFile } from "../src/ab2d/open-output-file.ts";
import type { Ab2dOptions } from "../src/ab2d/session.ts";
import { systemClock } from "../src/clock.ts";
import { download, type WantedFile } from "../src/landing/download.ts";
import { landingFolder } from "../src/landing/landing-folder.ts";
import { silentLog } from "../src/log.ts";

/** A finished export job, and who may have its files. */
export interface Job extends Pick<Ab2dOptions, "apiUrl" | "tokenUrl" | "credentials"> {
  readonly contract: string;
  readonly jobId: string;
  readonly files: readonly WantedFile[];
}

const [job = "", root = "", atOnce] = process.argv.slice(2);
const { contract, jobId, files, ...access } = JSON.parse(await readFile(job, "utf8")) as Job;
const { signal } = new AbortController();
const session = await authenticate({
  ...access,
  apiVersion: "v2",
  clock: systemClock,
  log: silentLog,
  signal,
});
try {
  const folder = landingFolder(root, { contract, jobId });
  await mkdir(folder, { recursive: true });
  const limit = pLimit(Number(atOnce));
  await Promise.all(
    files.map((file) =>
      limit(() =>
        download(file, {
          folder,
          open: () => openOutputFile(session, { jobId, name: file.name }),
          clock: systemClock,
          signal,
        }),
      ),
    ),
  );
} finally {
  await session.close();
}

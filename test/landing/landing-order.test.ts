import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { whyNoStrace } from "../crash/strace.ts";
import { copyProgram } from "../crash/program-copy.ts";
import { temporaryFolder } from "../support/load-lines.ts";
import { syncBench } from "../support/sync-bench.ts";
import { smallFiles } from "../support/test-faults.ts";

const missing = whyNoStrace();

describe.skipIf(missing !== undefined)(`a run's system calls${missing ? `: ${missing}` : ""}`, () => {
  // What is not synced before a power failure may be gone after it, a rename as well as a file's bytes.
  it("syncs a file, renames it, syncs its folder, and then tells the ledger", {
    timeout: 180_000,
  }, async () => {
    const bench = await syncBench({ patients: 2, seed: 104, jobSeconds: 0, faults: [smallFiles()] });
    const cwd = await temporaryFolder();
    const credentials = join(cwd, "credentials");
    await writeFile(credentials, bench.simulator.credentials(bench.contract).base64, { mode: 0o600 });
    const program = await copyProgram();
    const trace = join(cwd, "trace");
    const child = spawn(
      "strace",
      [
        ...["-f", "-y", "-qq", "-s", "400", "-o", trace, "-e", "trace=fsync,rename,write,writev"],
        ...[process.execPath, ...program.nodeArgs, "sync", bench.contract, "--quiet"],
      ],
      {
        cwd,
        stdio: ["ignore", "ignore", "inherit"],
        env: {
          PATH: process.env["PATH"] ?? "",
          HOME: cwd,
          DATABASE_URL: bench.database.url,
          AB2D_API_URL: bench.simulator.apiUrl,
          AB2D_TOKEN_URL: bench.simulator.tokenUrl,
          AB2D_CREDENTIALS_FILE: credentials,
          AB2D_LANDING_DIR: bench.landingDir,
          AB2D_POLL_INTERVAL: "1",
          AB2D_DOWNLOADS: "1",
          AB2D_KEEP_LANDED: "true",
        },
      },
    );
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
    await program.remove();
    const calls = (await readFile(trace, "utf8")).split("\n");
    const files = await bench.database.rows<{ landed_path: string }>(
      "select landed_path from ab2d_etl.output_file where kind = 'data' order by output_file_id",
    );
    expect(files.length).toBeGreaterThan(1);
    for (const { landed_path: path } of files) {
      const at = (pattern: string, from = 0) =>
        calls.findIndex((call, index) => index >= from && call.includes(pattern));
      const synced = calls.findIndex((call) => call.includes("fsync(") && call.includes(`${path}.part>`));
      const renamed = at(`rename("${path}.part", "${path}"`, synced);
      const folderSynced = calls.findIndex(
        (call, index) => index > renamed && call.includes("fsync(") && call.includes(`${dirname(path)}>`),
      );
      // The ledger's row names the path; the manifest's, before, does not.
      const told = at(`${basename(path)}`, folderSynced);
      expect({ synced: synced >= 0, renamed: renamed > synced, folder: folderSynced > renamed }).toEqual({
        synced: true,
        renamed: true,
        folder: true,
      });
      expect(told).toBeGreaterThan(folderSynced);
      const before = calls.slice(0, folderSynced).filter((call) => /write/.test(call) && call.includes(path));
      expect(before.filter((call) => !call.includes(`${path}.part>`))).toEqual([]);
    }
  });
});

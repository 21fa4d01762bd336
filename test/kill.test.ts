import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { startSimulator } from "../src/simulator/start-simulator.ts";
import { startAb2d } from "./support/ab2d-program.ts";
import { claimsTables } from "./support/claims-tables.ts";
import { freshDatabase } from "./support/fresh-database.ts";
import { temporaryFolder } from "./support/load-lines.ts";

/** Kills of each test; `AB2D_TEST_KILLS` makes a campaign of it. */
const KILLS = Number(process.env["AB2D_TEST_KILLS"] ?? 8);

async function setup() {
  const cwd = await temporaryFolder();
  const simulator = await startSimulator({
    contracts: [{ number: "Z0001", patients: 30 }],
    jobSeconds: 0,
    rollOverBytes: 400_000,
    maxDownloads: 1000,
  });
  onTestFinished(() => simulator.stop());
  const credentialsFile = join(cwd, "credentials");
  await writeFile(credentialsFile, simulator.credentials("Z0001").base64, { mode: 0o600 });
  const env = {
    AB2D_API_URL: simulator.apiUrl,
    AB2D_TOKEN_URL: simulator.tokenUrl,
    AB2D_CREDENTIALS_FILE: credentialsFile,
    AB2D_POLL_INTERVAL: "1",
  };
  return { cwd, simulator, env };
}

/** Each run has its own start; everything else has to be the same. As hashes: a difference would fill the screen. */
function digests(tables: Awaited<ReturnType<typeof claimsTables>>) {
  return Object.entries(tables).map(([table, rows]) => {
    const text = JSON.stringify(rows).replaceAll(/"(exported_at|ranked_at|stamped_at)":"[^"]*"/g, "");
    return [table, rows.length, createHash("sha256").update(text).digest("hex")];
  });
}

describe("kill -9 at any moment, then sync again", () => {
  it("gives the tables of an undisturbed run", { timeout: 60_000 + KILLS * 20_000 }, async () => {
    const { cwd, simulator, env } = await setup();
    const undisturbed = await freshDatabase();
    const whole = startAb2d(["sync", "Z0001"], { cwd, env: { ...env, DATABASE_URL: undisturbed.url } });
    const startedAt = performance.now();
    expect(await whole.ended).toMatchObject({ code: 0 });
    const duration = performance.now() - startedAt;
    const truth = await claimsTables(undisturbed);

    const database = await freshDatabase();
    const disturbed = { cwd, env: { ...env, DATABASE_URL: database.url } };
    let kills = 0;
    for (let round = 0; kills < KILLS; round += 1) {
      const run = startAb2d(["sync", "Z0001"], disturbed);
      // From just after its start to just before its end, evenly spread.
      const timer = setTimeout(
        () => run.child.kill("SIGKILL"),
        duration * (0.3 + (0.7 * (round % KILLS)) / KILLS),
      );
      const { code } = await run.ended;
      clearTimeout(timer);
      if (code === null) kills += 1;
      else expect(code).toBe(0);
      if (round > KILLS * 3) break;
    }
    // A killed process's sessions end when the server notices; until then the contract is locked.
    let last = await startAb2d(["sync", "Z0001"], disturbed).ended;
    for (let again = 0; last.code === 75 && again < 5; again += 1) {
      last = await startAb2d(["sync", "Z0001"], disturbed).ended;
    }
    expect(last).toMatchObject({ code: 0 });
    expect(kills).toBeGreaterThan(0);

    expect(digests(await claimsTables(database))).toEqual(digests(truth));
    expect(
      await database.rows(
        "select 1 from ab2d_etl.staged_line union all select 1 from ab2d_etl.touched_family",
      ),
    ).toEqual([]);
    expect(
      simulator.requests.filter(({ path }) => path.includes("$export") && path.includes("_since")).length,
    ).toBeGreaterThan(0);
  });

  it("of a backfill of 24 windows gives the tables of an undisturbed one", {
    timeout: 60_000 + KILLS * 20_000,
  }, async () => {
    const { cwd, simulator, env } = await setup();
    const backfill = ["backfill", "Z0001", "--from", "2025-01-01", "--window", "P30D"];
    const undisturbed = await freshDatabase();
    const startedAt = performance.now();
    const whole = startAb2d(backfill, { cwd, env: { ...env, DATABASE_URL: undisturbed.url } });
    expect(await whole.ended).toMatchObject({ code: 0 });
    const duration = performance.now() - startedAt;
    const truth = await claimsTables(undisturbed);
    const windows = await undisturbed.rows("select from ab2d_etl.run");
    expect(windows.length).toBeGreaterThanOrEqual(23);

    const database = await freshDatabase();
    const disturbed = { cwd, env: { ...env, DATABASE_URL: database.url } };
    let ran = await killed(backfill, disturbed, duration * 0.5);
    let kills = 0;
    for (let round = 1; kills < KILLS && round < KILLS * 4; round += 1) {
      if (ran.code === null) kills += 1;
      // Done already: the next call starts another one, which has to end the same.
      else expect([0, 75]).toContain(ran.code);
      // Between a quarter and the whole of a run, at a golden-ratio spread of moments.
      ran = await killed(backfill, disturbed, duration * (0.25 + 0.75 * ((round * 0.618_034) % 1)));
    }
    for (let again = 0; ran.code !== 0 && again < 8; again += 1)
      ran = await startAb2d(backfill, disturbed).ended;
    expect(ran).toMatchObject({ code: 0 });
    expect(kills).toBeGreaterThan(0);
    expect(digests(await claimsTables(database))).toEqual(digests(truth));
    expect(await database.rows("select from ab2d_etl.series where state = 'open'")).toEqual([]);
    expect(simulator.requests.filter(({ status }) => status === 500)).toEqual([]);
  });

  it("works on the embedded server too, and leaves no process behind", { timeout: 120_000 }, async () => {
    const { cwd, env } = await setup();
    for (const delay of [1500, 2500, 3500]) {
      const run = startAb2d(["sync", "Z0001"], { cwd, env });
      const timer = setTimeout(() => run.child.kill("SIGKILL"), delay);
      await run.ended;
      clearTimeout(timer);
    }
    expect(await startAb2d(["sync", "Z0001"], { cwd, env }).ended).toMatchObject({ code: 0 });
    const counted = await startAb2d(
      ["query", "select count(*) > 100 as many from ab2d.claim", "--format", "csv"],
      { cwd, env },
    ).ended;
    expect(counted).toMatchObject({ code: 0, stdout: "many\ntrue\n" });
  });
});

async function killed(
  args: readonly string[],
  where: Parameters<typeof startAb2d>[1],
  after: number,
): Promise<{ readonly code: number | null }> {
  const run = startAb2d(args, where);
  const timer = setTimeout(() => run.child.kill("SIGKILL"), after);
  const ended = await run.ended;
  clearTimeout(timer);
  return ended;
}

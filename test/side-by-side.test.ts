import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { sideBySide } from "../src/commands/side-by-side.ts";
import { settle } from "../src/config.ts";
import { startSimulator } from "../src/simulator/start-simulator.ts";
import { startAb2d } from "./support/ab2d-program.ts";
import { freshDatabase } from "./support/fresh-database.ts";
import { temporaryFolder } from "./support/load-lines.ts";

const CONTRACTS = ["Z0001", "Z0002", "Z0003"] as const;

async function setup({ jobSeconds = 2 } = {}) {
  const cwd = await temporaryFolder();
  const simulator = await startSimulator({
    contracts: CONTRACTS.map((number) => ({ number, patients: 5 })),
    jobSeconds,
  });
  onTestFinished(() => simulator.stop());
  const database = await freshDatabase();
  for (const number of CONTRACTS) {
    const file = join(cwd, `${number}.credentials`);
    await writeFile(file, simulator.credentials(number).base64);
    await chmod(file, 0o600);
  }
  const yaml = `contracts:\n${CONTRACTS.map((number) => `  - number: ${number}\n    name: Plan of ${number}\n    credentialsFile: ${number}.credentials\n`).join("")}`;
  await writeFile(join(cwd, "ab2d.yaml"), yaml);
  const env = {
    DATABASE_URL: database.url,
    AB2D_API_URL: simulator.apiUrl,
    AB2D_TOKEN_URL: simulator.tokenUrl,
    AB2D_POLL_INTERVAL: "0.5",
  };
  const run = (...args: readonly string[]) => startAb2d(args, { cwd, env });
  return { cwd, simulator, database, run };
}

function spans(database: Awaited<ReturnType<typeof freshDatabase>>) {
  return database.rows<{ contract_number: string; opened_at: Date; completed_at: Date }>(
    "select contract_number, opened_at, completed_at from ab2d_etl.run order by opened_at",
  );
}

describe("sideBySide()", () => {
  it("throws what aborted it only when every contract that had begun has ended", async () => {
    const yaml = `contracts: [${CONTRACTS.map((number) => `{ number: ${number} }`).join(", ")}]`;
    const settings = settle({ flags: { contractsAtOnce: "2" }, env: {}, yaml });
    const stop = new AbortController();
    const events: string[] = [];
    let finish: () => void = () => {};
    const mayEnd = new Promise<void>((resolve) => (finish = resolve));
    const done = sideBySide(settings.contracts, { settings, signal: stop.signal }, async ({ number }) => {
      events.push(`${number} begins`);
      if (number === "Z0002") stop.abort(new Error("stopped by the test"));
      else await mayEnd;
      events.push(`${number} ends`);
      throw stop.signal.reason;
    }).finally(() => events.push("thrown"));
    const outcome = expect(done).rejects.toThrow("stopped by the test");
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(events).toEqual(["Z0001 begins", "Z0002 begins", "Z0002 ends"]);
    finish();
    await outcome;
    expect(events.slice(3)).toEqual(["Z0001 ends", "thrown"]);
  });
});

describe("ab2d sync of several contracts", { timeout: 60_000 }, () => {
  it("brings all of ab2d.yaml, as many side by side as allowed, each with its own watermark", async () => {
    const { database, run } = await setup();
    const ran = await run("sync", "--contracts-at-once", "2", "--json").ended;
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect((JSON.parse(ran.stdout) as { contract: string }[]).map(({ contract }) => contract)).toEqual(
      CONTRACTS,
    );
    const [first, second, third] = await spans(database);
    expect(second!.opened_at.getTime()).toBeLessThan(first!.completed_at.getTime());
    const firstEnd = Math.min(first!.completed_at.getTime(), second!.completed_at.getTime());
    expect(third!.opened_at.getTime()).toBeGreaterThanOrEqual(firstEnd);
    expect(
      await database.rows("select contract_number from ab2d_etl.watermark order by contract_number"),
    ).toEqual(CONTRACTS.map((contract_number) => ({ contract_number })));
    expect(await database.rows("select contract_name from ab2d.contract order by contract_number")).toEqual(
      CONTRACTS.map((number) => ({ contract_name: `Plan of ${number}` })),
    );
  });

  it("lets the trouble of one not keep the others from their claims, and exits with the worst", async () => {
    const { cwd, database, run } = await setup();
    await writeFile(join(cwd, "Z0002.credentials"), Buffer.from("wrong:secret").toString("base64"), {
      mode: 0o600,
    });
    const ran = await run("sync").ended;
    expect(ran.code).toBe(77);
    expect(ran.stdout).toContain("Z0002  failed: ");
    expect(ran.stdout).toContain("CREDENTIALS_REFUSED");
    expect(
      await database.rows(
        "select distinct contract_number from ab2d.claim_contract order by contract_number",
      ),
    ).toEqual([{ contract_number: "Z0001" }, { contract_number: "Z0003" }]);
  });

  it("status tells, while a job runs, whose it is, how far AB2D is and who waits for it", async () => {
    const { database, run } = await setup({ jobSeconds: 60 });
    const running = run("sync", "Z0001");
    const isPolled = async (): Promise<boolean> =>
      (await database.rows("select from ab2d_etl.export_job where polled_at is not null")).length > 0;
    // The run may end before it is polled, for a reason that the test then shows.
    const ended = running.ended.then(() => true);
    while (!(await isPolled())) {
      if (await Promise.race([ended, new Promise<boolean>((resolve) => setImmediate(resolve, false))])) break;
    }
    const status = await run("status").ended;
    expect(status.code).toBe(0);
    expect(status.stdout).toMatch(/export job {4}[0-9a-f-]{36}, AB2D is at work, \d+%, asked 20/);
    expect(status.stdout).toContain(`process ${running.child.pid} on`);
    const cancelled = await run("cancel", "Z0001").ended;
    expect(cancelled).toMatchObject({ code: 0 });
    expect(cancelled.stdout).toContain("is cancelled; the process that waits for it ends by itself");
    expect(await running.ended).toMatchObject({ code: 75 });
  });
});

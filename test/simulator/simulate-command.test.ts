import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Door } from "../../src/commands/command.ts";
import { simulateCommand } from "../../src/commands/simulate.ts";
import { silentLog } from "../../src/log.ts";
import { sendTo } from "./simulator-client.ts";

/** Runs the command in a folder of its own until the test is over; resolves when it has introduced itself. */
async function simulated(options: Readonly<Record<string, string | readonly string[]>>): Promise<string> {
  const home = process.cwd();
  const folder = await mkdtemp(join(tmpdir(), "ab2d-simulate-"));
  process.chdir(folder);
  const stop = new AbortController();
  let ended: Promise<unknown> = Promise.resolve();
  const said = new Promise<string>((say) => {
    const door: Partial<Door> = { signal: stop.signal, log: silentLog, say };
    ended = simulateCommand.run([], { patients: "1", ...options }, door as Door);
  });
  onTestFinished(async () => {
    stop.abort();
    await ended.catch(() => {});
    process.chdir(home);
    await rm(folder, { recursive: true });
  });
  return Promise.race([said, ended.then(() => "ended")]);
}

const urlIn = (introduction: string): string => /AB2D_API_URL=(\S+)/.exec(introduction)![1]!;
async function dateOf(url: string): Promise<number> {
  return Date.parse((await sendTo(`${url}/health`)).headers.date!);
}

describe("ab2d simulate", () => {
  it("says which faults are on and lets them strike", async () => {
    const introduction = await simulated({ fault: ["token-endpoint-html", "crlf"], faultSeed: "7" });
    expect(introduction).toContain("Fault token-endpoint-html: The token endpoint always answers 200");
    expect(introduction).toContain("Fault crlf: Lines end in carriage return");
    const credentials = await readFile(".ab2d/simulator/Z0001.credentials", "utf8");
    const answer = await sendTo(/AB2D_TOKEN_URL=(\S+)/.exec(introduction)![1]!, {
      method: "POST",
      headers: { authorization: `Basic ${credentials}` },
    });
    expect(answer.headers["content-type"]).toMatch(/^text\/html/);
  });

  it("lets hours and days pass when told to", async () => {
    const url = urlIn(await simulated({}));
    const before = await dateOf(url);
    expect((await sendTo(`${url}/simulator/advance?hours=3&days=1`, { method: "POST" })).status).toBe(204);
    const hours = ((await dateOf(url)) - before) / 3_600_000;
    expect(Math.round(hours)).toBe(27);
    for (const query of ["hours=none", "hours=0", "days=3661"]) {
      expect((await sendTo(`${url}/simulator/advance?${query}`, { method: "POST" })).status).toBe(400);
    }
  });

  it("runs as fast as it is told to", async () => {
    const introduction = await simulated({ speed: "1000000" });
    expect(introduction).toContain("its time runs 1000000 times as fast");
    const url = urlIn(introduction);
    const before = await dateOf(url);
    expect((await dateOf(url)) - before).toBeGreaterThan(100_000);
  });

  it("refuses a fault that it does not know, and a speed that is none", async () => {
    await expect(simulated({ fault: ["none"] })).rejects.toMatchObject({
      code: "SIMULATOR_FAULT_UNKNOWN",
      exitCode: 64,
    });
    await expect(simulated({ speed: "fast" })).rejects.toMatchObject({ exitCode: 64 });
  });
});

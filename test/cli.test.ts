import { chmod, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { failNext } from "../src/simulator/faults/request-faults.ts";
import { startSimulator } from "../src/simulator/start-simulator.ts";
import { type Ran, startAb2d } from "./support/ab2d-program.ts";
import { eob } from "./support/eob.ts";
import { freshDatabase } from "./support/fresh-database.ts";
import { ndjson, temporaryFolder } from "./support/load-lines.ts";

const CANARY = "1EG4TE5MK73";

async function setup() {
  const cwd = await temporaryFolder();
  const database = await freshDatabase();
  const simulator = await startSimulator({ contracts: [{ number: "Z0001", patients: 5 }], jobSeconds: 0 });
  onTestFinished(() => simulator.stop());
  const credentialsFile = join(cwd, "credentials");
  await writeFile(credentialsFile, `${simulator.credentials("Z0001").base64}\n`, { mode: 0o600 });
  const env = {
    DATABASE_URL: database.url,
    AB2D_API_URL: simulator.apiUrl,
    AB2D_TOKEN_URL: simulator.tokenUrl,
    AB2D_CREDENTIALS_FILE: credentialsFile,
    AB2D_POLL_INTERVAL: "1",
  };
  return {
    cwd,
    database,
    simulator,
    env,
    ab2d: (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
      startAb2d(args, { env: { ...env, ...more }, cwd }).ended,
    file: async (name: string, content: string | Buffer) => {
      await writeFile(join(cwd, name), content);
      return name;
    },
  };
}

describe("ab2d", () => {
  it("syncs, tells what it did as text and as JSON, and answers questions", async () => {
    const bench = await setup();
    const plan = await bench.ab2d(["sync", "Z0001", "--dry-run"]);
    expect(plan).toMatchObject({ code: 0 });
    expect(plan.stdout).toContain("would start an export, the first");
    expect(bench.simulator.requests).toEqual([]);

    const first = await bench.ab2d(["sync", "Z0001"]);
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout).toMatch(/Z0001_0001\.ndjson +\d+ +\d+/);
    const second = await bench.ab2d(["sync", "Z0001", "--json"]);
    expect(second).toMatchObject({ code: 0 });
    expect(JSON.parse(second.stdout)).toMatchObject({
      state: "complete",
      contract: "Z0001",
      total: { new: 0, newer: 0 },
    });

    expect((await bench.ab2d(["status"])).stdout).toMatch(/Z0001[\s\S]*watermark +20/);
    expect((await bench.ab2d(["history"])).stdout).toMatch(/sync[\s\S]*complete/);
    const answer = await bench.ab2d([
      "query",
      "select count(*) > 0 as any_claims from ab2d.claim",
      "--format",
      "csv",
    ]);
    expect(answer).toMatchObject({ code: 0, stdout: "any_claims\ntrue\n" });
  });

  it("lists its commands and explains each with an example that works", async () => {
    const bench = await setup();
    const help = await bench.ab2d(["--help"]);
    expect(help.code).toBe(0);
    for (const command of ["demo", "simulate", "migrate", "sync", "load", "status", "history", "query"]) {
      expect(help.stdout).toContain(command);
    }
    expect((await bench.ab2d(["load", "--help"])).stdout).toContain("Examples:");
  });
});

describe("ab2d gives bad input one clear message and its exit code", () => {
  const cases: readonly (readonly [
    string,
    number,
    string,
    (bench: Awaited<ReturnType<typeof setup>>) => Promise<Ran>,
  ])[] = [
    ["an unknown command", 64, "USAGE", (bench) => bench.ab2d(["synk"])],
    ["an unknown option", 64, "USAGE", (bench) => bench.ab2d(["sync", "--fulll"])],
    ["no contract", 64, "USAGE", (bench) => bench.ab2d(["sync"])],
    ["no contract number", 64, "USAGE", (bench) => bench.ab2d(["sync", "Z1"])],
    [
      "a since without an offset",
      64,
      "USAGE",
      (bench) => bench.ab2d(["sync", "Z0001", "--since", "2026-01-01"]),
    ],
    [
      "no credentials",
      78,
      "CREDENTIALS_MISSING",
      (bench) => bench.ab2d(["sync", "Z0001"], { AB2D_CREDENTIALS_FILE: "" }),
    ],
    [
      "a credentials file that isn't there",
      78,
      "CREDENTIALS_NOT_READABLE",
      (bench) => bench.ab2d(["sync", "Z0001"], { AB2D_CREDENTIALS_FILE: "nowhere" }),
    ],
    [
      "a credentials file of something else",
      78,
      "CREDENTIALS_MALFORMED",
      async (bench) =>
        bench.ab2d(["sync", "Z0001"], { AB2D_CREDENTIALS_FILE: await bench.file("other", `${CANARY}\n`) }),
    ],
    [
      "a wrong secret",
      77,
      "CREDENTIALS_REFUSED",
      async (bench) =>
        bench.ab2d(["sync", "Z0001"], {
          AB2D_CREDENTIALS_FILE: await bench.file("wrong", Buffer.from(`id:${CANARY}`).toString("base64")),
        }),
    ],
    ["no AB2D", 78, "ENVIRONMENT_MISSING", (bench) => bench.ab2d(["sync", "Z0001"], { AB2D_API_URL: "" })],
    [
      "http beyond loopback",
      78,
      "INSECURE_URL",
      (bench) => bench.ab2d(["sync", "Z0001"], { AB2D_API_URL: "http://ab2d.example.org" }),
    ],
    [
      "a database that isn't there",
      69,
      "DATABASE_UNREACHABLE",
      async (bench) =>
        bench.ab2d(["status"], { DATABASE_URL: `postgres://x:${CANARY}@127.0.0.1:${await closedPort()}/x` }),
    ],
    [
      "a database URL of something else",
      78,
      "DATABASE_URL_INVALID",
      (bench) => bench.ab2d(["status"], { DATABASE_URL: `mysql://x:${CANARY}@host/x` }),
    ],
    [
      "a line that is not JSON",
      3,
      "",
      async (bench) =>
        bench.ab2d([
          "load",
          "--contract",
          "Z0001",
          "--api-version",
          "v2",
          await bench.file("a.ndjson", `{"mbi":"${CANARY}",}\n`),
        ]),
    ],
    [
      "an EOB with a bad sequence",
      3,
      "",
      async (bench) =>
        bench.ab2d([
          "load",
          "--contract",
          "Z0001",
          "--api-version",
          "v2",
          await bench.file("b.ndjson", ndjson([eob({ mbis: [CANARY], items: [{ sequence: "one" }] })])),
        ]),
    ],
    [
      "a truncated gzip",
      76,
      "FILE_TRUNCATED",
      async (bench) =>
        bench.ab2d([
          "load",
          "--contract",
          "Z0001",
          "--api-version",
          "v2",
          await bench.file("c.ndjson.gz", gzipSync(ndjson([eob({ mbis: [CANARY] })])).subarray(0, -9)),
        ]),
    ],
    [
      "a Bundle that breaks off",
      76,
      "JSON_INVALID",
      async (bench) =>
        bench.ab2d([
          "load",
          "--contract",
          "Z0001",
          "--api-version",
          "v2",
          await bench.file("d.json", `{"resourceType":"Bundle","entry":[{"resource":{"mbi":"${CANARY}"`),
        ]),
    ],
    [
      "a file that isn't there",
      74,
      "FILE_NOT_READABLE",
      (bench) => bench.ab2d(["load", "--contract", "Z0001", "--api-version", "v2", "nowhere.ndjson"]),
    ],
    [
      "no API version for a file",
      64,
      "USAGE",
      async (bench) => bench.ab2d(["load", "--contract", "Z0001", await bench.file("e.ndjson", "")]),
    ],
    [
      "an empty file",
      0,
      "",
      async (bench) =>
        bench.ab2d(["load", "--contract", "Z0001", "--api-version", "v2", await bench.file("f.ndjson", "")]),
    ],
    [
      "SQL that writes",
      64,
      "QUERY_FAILED",
      (bench) => bench.ab2d(["query", "delete from ab2d.claim_version"]),
    ],
    [
      "a setting out of range",
      78,
      "CONFIGURATION_INVALID",
      (bench) => bench.ab2d(["status"], { AB2D_LOADERS: CANARY }),
    ],
  ];

  it.each(cases)("%s: exit %i %s", async (_name, exitCode, code, run) => {
    const bench = await setup();
    const { code: actual, stdout, stderr } = await run(bench);
    expect({ exit: actual, stderr }).toMatchObject({ exit: exitCode });
    if (code !== "") expect(stderr).toContain(`(${code}, exit ${exitCode})`);
    expect(stdout + stderr).not.toContain(CANARY);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(await bench.database.rows("select 1 from ab2d_etl.eob")).toEqual([]);
  });

  it("SQL that ends the transaction and writes: exit 64, and nothing is written", async () => {
    const bench = await setup();
    await bench.ab2d(["sync", "Z0001", "-q"]);
    for (const sql of ["commit; delete from ab2d.claim_version; select 1", "set work_mem = '4MB'", ""]) {
      const { code, stderr } = await bench.ab2d(["query", sql]);
      expect({ sql, code, stderr }).toMatchObject({ code: 64 });
    }
    const [row] = await bench.database.rows<{ count: number }>(
      "select count(*) as count from ab2d.claim_version",
    );
    expect(row!.count).toBeGreaterThan(0);
  });

  it("a contract that AB2D does not know for these credentials: exit 77", async () => {
    const bench = await setup();
    bench.simulator.setFaults([failNext({ path: /\$export/, status: 403, times: 9 })]);
    const { code, stderr } = await bench.ab2d(["sync", "Z0002"]);
    expect({ code, stderr }).toMatchObject({ code: 77 });
  });

  it("a wrong checksum: exit 76, and nothing of the file is loaded", async () => {
    const bench = await setup();
    bench.simulator.setFaults(["wrong-checksum"]);
    const { code, stderr } = await bench.ab2d(["sync", "Z0001"]);
    expect({ code, stderr }).toMatchObject({ code: 76 });
    expect(await bench.database.rows("select 1 from ab2d_etl.eob")).toEqual([]);
  });

  it("an AB2D that can't be reached: exit 69", async () => {
    const bench = await setup();
    const { code, stderr } = await bench.ab2d(["sync", "Z0001"], {
      AB2D_TOKEN_URL: `http://127.0.0.1:${await closedPort()}/token`,
    });
    expect({ code, stderr }).toMatchObject({ code: 69 });
  });

  it("an unreadable credentials file: exit 77", async (test) => {
    test.skip(process.getuid?.() === 0, "root reads everything");
    const bench = await setup();
    await chmod(bench.env.AB2D_CREDENTIALS_FILE, 0);
    expect(await bench.ab2d(["sync", "Z0001"])).toMatchObject({ code: 77 });
  });
});

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

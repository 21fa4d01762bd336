import { readdirSync } from "node:fs";
import { chmod, chown, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { systemClock } from "../src/clock.ts";
import type { Door } from "../src/commands/command.ts";
import { checkAddresses } from "../src/commands/doctor/check-addresses.ts";
import { checkCredentials } from "../src/commands/doctor/check-credentials.ts";
import { checkLanding, judgeSpace } from "../src/commands/doctor/check-landing.ts";
import { clockCheck } from "../src/commands/doctor/check-server.ts";
import { judgeServer } from "../src/commands/doctor/judge-server.ts";
import { doctorCommand } from "../src/commands/doctor.ts";
import { ENVIRONMENTS, settle } from "../src/config.ts";
import { silentLog } from "../src/log.ts";
import { inspectServer, type ServerInspection } from "../src/postgres/inspect-server.ts";
import { keepsSession } from "../src/postgres/keeps-session.ts";
import { silentProgress } from "../src/progress.ts";
import { freshDatabase } from "./support/fresh-database.ts";
import { temporaryFolder } from "./support/load-lines.ts";
import { type ScriptedAnswer, scriptedServer } from "./support/scripted-server.ts";

const SECRET = "s3cr3t-canary-value";
const TOKEN = "token-canary";
const CLIENT = "client-canary";
const BASIC = Buffer.from(`${CLIENT}:${SECRET}`).toString("base64");
const MBI = "1S00E00DP42";

const HEALTH = "GET /health";
const STATUS = "GET /status";
const METADATA = "GET /api/v2/fhir/metadata";
const TOKENS = "POST /token";
const PROBE = "GET /api/v2/fhir/Job/00000000-0000-4000-8000-000000000000/$status";

interface Shown {
  readonly name: string;
  readonly contract?: string;
  readonly outcome: string;
  readonly found: string;
  readonly cure: string | null;
}

/** An AB2D that is well, a database, a credentials file and a landing folder as they should be. */
async function setup() {
  const folder = await temporaryFolder();
  const database = await freshDatabase();
  const api = await scriptedServer();
  onTestFinished(() => api.close());
  api.script(HEALTH, {});
  api.script(STATUS, { body: JSON.stringify({ maintenanceMode: "false" }) });
  api.script(METADATA, { body: statement("4.0.0") });
  api.script("GET /api/v1/fhir/metadata", { body: statement("3.0.1") });
  api.script(TOKENS, {
    body: JSON.stringify({ access_token: TOKEN, token_type: "Bearer", expires_in: 1800 }),
  });
  api.script(PROBE, outcome(404, "No job with jobUuid 0 was found"));
  const credentialsFile = join(folder, "credentials");
  await writeFile(credentialsFile, BASIC, { mode: 0o600 });
  const env = {
    DATABASE_URL: database.url,
    AB2D_API_URL: api.url,
    AB2D_TOKEN_URL: `${api.url}/token`,
    AB2D_CREDENTIALS_FILE: credentialsFile,
    AB2D_LANDING_DIR: join(folder, "landing"),
  };
  return {
    folder,
    database,
    api,
    credentialsFile,
    async doctor(
      contracts: readonly string[] = ["Z0001"],
      {
        flags = {},
        yaml,
        without,
      }: { flags?: Door["flags"]; yaml?: string; without?: keyof typeof env } = {},
    ) {
      const given: Record<string, string> = { ...env };
      if (without) delete given[without];
      const door: Door = {
        settings: settle({ flags, env: given, yaml }),
        flags,
        env: given,
        clock: systemClock,
        log: silentLog,
        progress: silentProgress,
        signal: new AbortController().signal,
        isTerminal: false,
        say: () => {},
      };
      const { json, text, exitCode } = await doctorCommand.run([contracts], {}, door);
      const result = json as { checks: readonly Shown[]; failures: number; warnings: number };
      return {
        ...result,
        text,
        exitCode,
        of: (name: string) => result.checks.find((check) => check.name === name),
        bad: () => result.checks.filter((check) => check.outcome === "failure").map(({ name }) => name),
      };
    },
  };
}

function statement(fhirVersion: string): string {
  return JSON.stringify({ resourceType: "CapabilityStatement", fhirVersion });
}

function outcome(status: number, text: string): ScriptedAnswer {
  const issue = [{ severity: "error", code: "invalid", details: { text } }];
  return { status, body: JSON.stringify({ resourceType: "OperationOutcome", issue }) };
}

describe("ab2d doctor", () => {
  it("finds nothing wrong where nothing is, asks for no export and changes nothing", async () => {
    const bench = await setup();
    const report = await bench.doctor();
    expect({ bad: report.bad(), exitCode: report.exitCode }).toEqual({ bad: [], exitCode: 0 });
    expect(report.checks.filter((check) => check.outcome === "skipped")).toEqual([]);
    expect(new Set(bench.api.requests.map(({ method, path }) => `${method} ${path}`))).toEqual(
      new Set([HEALTH, STATUS, METADATA, TOKENS, PROBE]),
    );
    expect(bench.api.requestsTo(HEALTH)[0]!.headers.authorization).toBeUndefined();
    expect(readdirSync(bench.folder)).toEqual(["credentials"]);
    expect(await bench.database.rows("select 1 from ab2d_etl.audit_event")).toEqual([]);
    expect(report.of("token")).toMatchObject({ contract: "Z0001", found: "obtained, lives 1,800 s" });
  });

  it("shows an aligned list that ends with counts, and a cure under what is wrong", async () => {
    const bench = await setup();
    bench.api.script(HEALTH, { status: 500 });
    const { text, checks, failures, warnings } = await bench.doctor();
    const starts = text.split("\n").filter((line) => /^(ok|warning|failed|skipped) /.test(line));
    expect(starts).toHaveLength(checks.length);
    expect(text).toMatch(/^failed {3}health +\/health answered 500 .*\n +→ Wait/m);
    expect(text.split("\n").at(-1)).toMatch(
      new RegExp(`^${checks.length} checks: \\d+ ok, .*${failures} failed`),
    );
    expect(warnings).toBe(checks.filter((check) => check.outcome === "warning").length);
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThan(160);
  });

  it.each<[string, string, ScriptedAnswer, string, string, number, RegExp]>([
    ["this address is refused", HEALTH, { status: 403 }, "health", "failure", 77, /403/],
    ["AB2D is unwell", HEALTH, { status: 500 }, "health", "failure", 69, /not well/],
    ["the address is something else's", HEALTH, { status: 404 }, "health", "failure", 76, /404/],
    ["a proxy redirects", HEALTH, { status: 302 }, "health", "failure", 76, /redirect/],
    ["nothing answers", HEALTH, { ending: "refuse" }, "health", "failure", 69, /Cannot reach/],
    [
      "AB2D is in maintenance",
      STATUS,
      { body: '{"maintenanceMode":"true"}' },
      "maintenance",
      "warning",
      0,
      /starts no/,
    ],
    ["the status page says nothing", STATUS, { body: "<html>" }, "maintenance", "warning", 0, /does not say/],
    ["it speaks another FHIR", METADATA, { body: statement("3.0.1") }, "API v2", "failure", 76, /FHIR 3/],
    ["the version is not served", METADATA, { status: 404 }, "API v2", "failure", 76, /404/],
    ["the credentials are refused", TOKENS, { status: 401 }, "token", "failure", 77, /401/],
    ["the token address is wrong", TOKENS, { status: 404 }, "token", "failure", 78, /404/],
    [
      "the token hardly lives",
      TOKENS,
      { body: '{"access_token":"x","expires_in":30}' },
      "token",
      "warning",
      0,
      /30 s/,
    ],
    ["the token is refused", PROBE, { status: 403 }, "access", "failure", 77, /403/],
    [
      "V3 is not enabled",
      PROBE,
      outcome(403, "V3 access not enabled for this PDP"),
      "access",
      "failure",
      77,
      /V3/,
    ],
    ["the API fails", PROBE, { status: 503 }, "access", "failure", 69, /503/],
    ["there is no such path", PROBE, { status: 404, body: "{}" }, "access", "failure", 76, /404/],
  ])("says when %s", async (_, route, answer, name, expected, exitCode, words) => {
    const bench = await setup();
    bench.api.script(route, answer);
    const report = await bench.doctor();
    expect(report.of(name)).toMatchObject({ outcome: expected, found: expect.stringMatching(words) });
    expect(report.of(name)!.cure).toMatch(/.{20}/);
    expect(report.exitCode).toBe(exitCode);
    expect(report.of("schema")!.outcome).toBe("ok");
  });

  it("skips what needs a failed check, names that, and goes on with the rest", async () => {
    const bench = await setup();
    bench.api.script(HEALTH, { ending: "refuse" });
    const report = await bench.doctor();
    for (const name of ["maintenance", "clock", "API v2", "access"]) {
      expect(report.of(name)).toMatchObject({ outcome: "skipped", found: "needs health" });
    }
    expect(report.of("token")!.outcome).toBe("ok");
  });

  it("says what to set when nothing is, and checks the rest", async () => {
    const bench = await setup();
    const report = await bench.doctor([], { without: "AB2D_API_URL" });
    expect(report.of("contracts")).toMatchObject({
      outcome: "warning",
      cure: expect.stringContaining("ab2d init"),
    });
    expect(report.of("API address")).toMatchObject({ outcome: "failure", found: "it is not set" });
    expect(report.of("health")).toMatchObject({ outcome: "skipped", found: "needs API address" });
    expect(report.of("access")).toMatchObject({ outcome: "skipped" });
    expect(report.of("database version")!.outcome).toBe("ok");
    expect(report.exitCode).toBe(78);
    const bare = await bench.doctor([], { without: "AB2D_CREDENTIALS_FILE" });
    expect(bare.of("credentials file")).toMatchObject({ outcome: "failure", found: "none is set" });
    expect(bare.of("token")).toMatchObject({ outcome: "skipped", found: "needs credentials" });
  });

  it("refuses plain http beyond loopback", async () => {
    const bench = await setup();
    const insecure = await bench.doctor(["Z0001"], { flags: { tokenUrl: `http://ab2d.example.org/${MBI}` } });
    expect(insecure.of("token address")).toMatchObject({
      outcome: "failure",
      found: expect.stringContaining("plain http"),
    });
    expect(insecure.of("token")).toMatchObject({ outcome: "skipped" });
    expect(insecure.text).not.toContain(MBI);
  });

  it("checks each contract with its own credentials and API version", async () => {
    const bench = await setup();
    const yaml = `contracts:
  - {number: Z0001, apiVersion: v1}
  - {number: Z0002, credentialsFile: ${join(bench.folder, "nowhere")}}
  - {number: Z0003}`;
    bench.api.script(PROBE.replace("v2", "v1"), outcome(404, "No job with jobUuid 0 was found"));
    const report = await bench.doctor([], { yaml });
    expect(report.of("API v1")!.outcome).toBe("ok");
    expect(report.of("API v2")!.outcome).toBe("ok");
    const of = (contract: string) => report.checks.filter((check) => check.contract === contract);
    expect(of("Z0001").map((check) => check.outcome)).toEqual(["ok", "ok", "ok", "ok"]);
    expect(of("Z0002").map((check) => check.outcome)).toEqual(["failure", "skipped", "skipped", "skipped"]);
    expect(of("Z0003").find(({ name }) => name === "shared credentials")!.found).toContain("Z0001");
    expect(report.exitCode).toBe(78);
  });

  it("fails for a credentials file that others may read, and tries it all the same", async (test) => {
    test.skip(process.platform === "win32", "Windows has no such modes");
    const bench = await setup();
    for (const mode of [0o640, 0o604, 0o620]) {
      await chmod(bench.credentialsFile, mode);
      const report = await bench.doctor();
      expect(report.of("credentials file")).toMatchObject({
        outcome: "failure",
        cure: expect.stringContaining(`chmod 600 ${bench.credentialsFile}`),
      });
      expect(report.of("token")!.outcome).toBe("ok");
      expect(report.exitCode).toBe(78);
    }
  });

  it("fails for a credentials file that is a folder or something else", async () => {
    const bench = await setup();
    await mkdir(join(bench.folder, "folder"));
    const folder = await bench.doctor(["Z0001"], {
      flags: { credentialsFile: join(bench.folder, "folder") },
    });
    expect(folder.of("credentials file")).toMatchObject({ outcome: "failure" });
    await writeFile(bench.credentialsFile, `${MBI}\n`);
    const other = await bench.doctor();
    expect(other.of("credentials")).toMatchObject({ outcome: "failure" });
    expect(other.of("token")).toMatchObject({ outcome: "skipped", found: "needs credentials" });
  });

  it("shows no secret, token, id or server text, whatever answers", async () => {
    const echo = `${SECRET} ${TOKEN} ${BASIC} ${MBI} ${CLIENT}`;
    const bench = await setup();
    const proper = { body: JSON.stringify({ access_token: TOKEN, expires_in: 1800 }) };
    for (const answer of [
      ...[200, 302, 400, 401, 403, 404, 429, 500].map((status) => ({
        status,
        body: echo,
        headers: { location: echo },
      })),
      outcome(403, echo),
      { body: `{"maintenanceMode":"${echo}","resourceType":"CapabilityStatement","fhirVersion":"${echo}"}` },
      { body: `{"access_token":"${echo}"` },
      { status: 500, body: echo, ending: "reset" } as const,
    ]) {
      for (const tokens of [answer, proper]) {
        for (const route of [HEALTH, STATUS, METADATA, PROBE]) bench.api.script(route, answer);
        bench.api.script(TOKENS, tokens);
        const { text, checks } = await bench.doctor();
        for (const canary of [SECRET, TOKEN, BASIC, MBI, CLIENT]) {
          expect(text + JSON.stringify(checks)).not.toContain(canary);
        }
      }
    }
  });

  it("fails for a database that does not answer, and shows no password", async () => {
    const bench = await setup();
    const refused = await bench.doctor(["Z0001"], {
      yaml: `databaseUrl: postgres://x:${SECRET}@127.0.0.1:1/x`,
      without: "DATABASE_URL",
    });
    expect(refused.of("database")).toMatchObject({ outcome: "failure" });
    expect(refused.of("schema")).toMatchObject({ outcome: "skipped", found: "needs database" });
    expect(refused.text).not.toContain(SECRET);
    expect(refused.exitCode).toBe(69);
  });

  it("says of the schema: none yet, older, newer than this program", async () => {
    const bench = await setup();
    const { pool } = bench.database;
    await pool.query("delete from ab2d_etl.migration where name >= '0003'");
    const older = await bench.doctor();
    expect(older.of("schema")).toMatchObject({
      outcome: "failure",
      cure: expect.stringContaining("ab2d migrate"),
    });
    expect(older.exitCode).toBe(78);
    await pool.query("insert into ab2d_etl.migration (name, sha256) values ('9999_future.sql', '')");
    expect((await bench.doctor()).of("schema")!.found).toContain("does not know");
    await pool.query("drop schema ab2d_etl cascade; drop schema ab2d cascade");
    const none = await bench.doctor();
    expect(none.of("schema")).toMatchObject({
      outcome: "warning",
      cure: expect.stringContaining("ab2d migrate"),
    });
    expect(none.of("database rights")!.found).toContain("may create the schemas");
    expect(await bench.database.rows("select 1 from pg_namespace where nspname like 'ab2d%'")).toEqual([]);
  });
});

describe("checkAddresses()", () => {
  it("warns where the two addresses are of different environments, and asks nobody", () => {
    const mixed = { AB2D_ENVIRONMENT: "sandbox", AB2D_TOKEN_URL: ENVIRONMENTS.production.tokenUrl };
    const { checks } = checkAddresses(settle({ flags: {}, env: mixed }), {});
    expect(checks).toMatchObject([
      { outcome: "ok", found: "https://sandbox.ab2d.cms.gov (sandbox)" },
      { outcome: "warning", found: expect.stringContaining("is the production's") },
    ]);
  });

  it("warns where an address wins over the environment", () => {
    const env = { AB2D_ENVIRONMENT: "production", AB2D_API_URL: "http://127.0.0.1:8480" };
    const { checks } = checkAddresses(settle({ flags: {}, env }), {});
    expect(checks[0]).toMatchObject({
      outcome: "warning",
      found: "http://127.0.0.1:8480, although the environment is production",
    });
  });

  it("names the variable of a proxy, not its address", () => {
    const settings = settle({ flags: { environment: "production" }, env: {} });
    const { checks } = checkAddresses(settings, { HTTPS_PROXY: `http://user:${SECRET}@proxy` });
    expect(checks.map(({ found }) => found)).toEqual([
      "https://api.ab2d.cms.gov (production), proxy from HTTPS_PROXY",
      "https://idm.cms.gov (production)",
    ]);
  });
});

describe("checkCredentials()", () => {
  it("fails for a file of another user's", async (test) => {
    test.skip(process.getuid?.() !== 0, "only root gives files away");
    const file = join(await temporaryFolder(), "credentials");
    await writeFile(file, BASIC, { mode: 0o600 });
    await chown(file, 65_534, 65_534);
    const { checks, credentials } = checkCredentials(file);
    expect(checks).toMatchObject([
      { outcome: "failure", cure: expect.stringContaining("chown 0") },
      { outcome: "ok" },
    ]);
    expect(credentials).toBeDefined();
  });
});

describe("inspectServer()", () => {
  it("says the server's version, settings and our rights", async () => {
    const { pool } = await freshDatabase();
    const server = await inspectServer(pool as never);
    expect(server).toMatchObject({
      is_standby: false,
      is_read_only: false,
      encoding: "UTF8",
      may_create_schemas: true,
      schemas: ["ab2d", "ab2d_etl"],
      owns_schemas: true,
      may_use_schemas: true,
      has_roles: false,
      has_row_level_security: false,
      closed_tables: [],
    });
    expect(server.version_number).toBeGreaterThanOrEqual(150_000);
    expect(server.table_count).toBeGreaterThan(20);
    expect(server.free_connections).toBeGreaterThan(0);
    expect(server.free_connections).toBeLessThan(server.max_connections);
    expect(server.database_bytes).toBeGreaterThan(1e6);
  });
});

const WELL: ServerInspection = {
  version: "18.4",
  version_number: 180_004,
  is_standby: false,
  is_read_only: false,
  encoding: "UTF8",
  has_fsync: true,
  has_full_page_writes: true,
  synchronous_commit: "on",
  has_checksums: true,
  has_lz4: true,
  is_encrypted: false,
  tls_version: null,
  free_connections: 50,
  max_connections: 100,
  database_bytes: 1e7,
  data_directory: null,
  log_error_verbosity: "terse",
  log_parameter_max_length_on_error: 0,
  may_create_schemas: true,
  schemas: ["ab2d", "ab2d_etl"],
  owns_schemas: true,
  may_use_schemas: true,
  has_roles: false,
  has_row_level_security: false,
  table_count: 26,
  closed_tables: [],
};

describe("judgeServer()", () => {
  const judge = (server: Partial<ServerInspection>, isLocal = true) =>
    judgeServer({ ...WELL, ...server }, { connections: 10, isLocal, isEmbedded: false })
      .filter((check) => check.outcome !== "ok")
      .map((check) => [check.name, check.outcome, check.exitCode]);

  it("finds nothing wrong with a server as it should be", () => {
    expect(judge({})).toEqual([]);
    expect(judge({ is_encrypted: true, tls_version: "TLSv1.3" }, false)).toEqual([]);
    expect(judge({ version: "15.1", version_number: 150_001, has_lz4: false, has_checksums: false })).toEqual(
      [],
    );
  });

  it.each<[string, Partial<ServerInspection>, string, string, number]>([
    ["an old version", { version: "14.9", version_number: 140_009 }, "database version", "failure", 78],
    ["a standby", { is_standby: true }, "database writes", "failure", 78],
    ["read-only sessions", { is_read_only: true }, "database writes", "failure", 78],
    ["another encoding", { encoding: "LATIN1" }, "database encoding", "failure", 78],
    ["fsync off", { has_fsync: false }, "database durability", "warning", 0],
    ["full_page_writes off", { has_full_page_writes: false }, "database durability", "warning", 0],
    ["synchronous_commit off", { synchronous_commit: "off" }, "database durability", "warning", 0],
    ["a talkative log", { log_error_verbosity: "default" }, "database log", "warning", 0],
    ["few connections", { free_connections: 9 }, "database connections", "warning", 0],
    [
      "no right to make a schema",
      { schemas: [], may_create_schemas: false },
      "database rights",
      "failure",
      77,
    ],
    ["an owner that loads", { has_roles: true }, "database rights", "warning", 0],
    ["schemas that are closed", { may_use_schemas: false }, "database rights", "failure", 77],
    ["a table that is closed", { closed_tables: ["ab2d_etl.eob"] }, "database rights", "failure", 77],
  ])("says of %s", (_, server, name, expected, exitCode) => {
    expect(judge(server)).toEqual([[name, expected, exitCode]]);
  });

  it("says whether row-level security is on, where the roles are in place", () => {
    const found = (server: Partial<ServerInspection>) =>
      judgeServer({ ...WELL, ...server }, { connections: 10, isLocal: true, isEmbedded: false }).find(
        ({ name }) => name === "row-level security",
      )?.found;
    const loader = { has_roles: true, owns_schemas: false };
    expect(judge(loader)).toEqual([]);
    expect(found({})).toBeUndefined();
    expect(found(loader)).toBe("off: analysts see the claims of all contracts");
    expect(found({ ...loader, has_row_level_security: true })).toBe(
      "on: analysts see the claims of their own contracts",
    );
  });

  it("warns of a way to another machine without TLS", () => {
    expect(judge({}, false)).toEqual([["database encryption", "warning", 0]]);
  });
});

describe("keepsSession()", () => {
  it("is true for two connections of their own", async () => {
    const { pool } = await freshDatabase();
    const [first, second] = [await pool.connect(), await pool.connect()];
    expect(await keepsSession(first, second)).toBe(true);
    for (const client of [first, second]) client.release(true);
  });

  it("is false behind a pooler in transaction mode, which gives the session used last to whoever comes next", async () => {
    const { pool } = await freshDatabase();
    const servers = [await pool.connect(), await pool.connect()];
    const free = [...servers];
    const behindPooler = () => {
      let held: (typeof servers)[number] | undefined;
      return {
        async query(text: string, values?: unknown[]) {
          const server = held ?? free.pop()!;
          held = text === "begin" ? server : text === "rollback" ? undefined : held;
          const result = await server.query(text, values);
          if (held === undefined) free.push(server);
          return result;
        },
      };
    };
    expect(await keepsSession(behindPooler() as never, behindPooler() as never)).toBe(false);
    for (const client of servers) client.release(true);
  });
});

describe("clockCheck()", () => {
  it.each<[number | undefined, boolean, string, RegExp]>([
    [0, false, "ok", /to the second/],
    [60, false, "ok", /60 s ahead of/],
    [-61, false, "warning", /61 s behind/],
    [600, false, "warning", /10 minutes ahead of/],
    [601, false, "failure", /ahead of/],
    [-4_838_400, true, "ok", /56 days behind .*simulator/],
    [undefined, false, "warning", /no Date/],
  ])("%s seconds, local %s: %s", (skew, isLocal, expected, words) => {
    expect(clockCheck(skew, { isLocal })).toMatchObject({
      outcome: expected,
      found: expect.stringMatching(words),
    });
  });

  it("measures the skew from the Date header", async () => {
    const bench = await setup();
    bench.api.script(HEALTH, { headers: { date: new Date(Date.now() - 3_600_000).toUTCString() } });
    expect((await bench.doctor()).of("clock")!.found).toMatch(/60 minutes behind/);
  });
});

describe("checkLanding()", () => {
  it("writes a file and removes it, and wants the folder for our eyes only", async (test) => {
    test.skip(process.platform === "win32", "Windows has no such modes");
    const folder = await temporaryFolder();
    expect((await checkLanding(folder)).map((check) => check.outcome)[0]).toBe("ok");
    expect(readdirSync(folder)).toEqual([]);
    await chmod(folder, 0o755);
    expect((await checkLanding(folder))[0]).toMatchObject({
      outcome: "warning",
      cure: expect.stringContaining(`chmod 700 ${folder}`),
    });
  });

  it("does not make a folder, and says where it can be made", async () => {
    const folder = await temporaryFolder();
    const [check] = await checkLanding(join(folder, "a", "b"));
    expect(check).toMatchObject({
      outcome: "ok",
      found: expect.stringContaining(`can be made in ${folder}`),
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it("fails where a file is in the way", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "file"), "");
    const checks = await checkLanding(join(folder, "file", "landing"));
    expect(checks).toMatchObject([
      { outcome: "failure", exitCode: 74 },
      { outcome: "skipped", found: "needs landing folder" },
    ]);
  });

  it("fails where this user may not write", async (test) => {
    test.skip(process.platform === "win32" || process.getuid?.() === 0, "root writes everywhere");
    const folder = await temporaryFolder();
    await chmod(folder, 0o500);
    for (const path of [folder, join(folder, "landing")]) {
      expect((await checkLanding(path))[0]).toMatchObject({ outcome: "failure", exitCode: 74 });
    }
  });

  it.each([
    [20e9, "ok", 0],
    [9.9e9, "warning", 0],
    [0.9e9, "failure", 73],
  ])("judges %s free bytes: %s", (free, expected, exitCode) => {
    expect(judgeSpace("landing space", free)).toMatchObject({ outcome: expected, exitCode });
  });
});

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startEmbeddedPostgres } from "../../src/postgres/embedded.ts";
import { killHolders, project, spawnHolder, startHolder } from "./embedded-holder.ts";

const isRoot = process.getuid?.() === 0;
const NOBODY = { uid: 65_534, gid: 65_534 };

const folders: string[] = [];
/** A persistent server's folder that has a cluster already, for every test that does not need a fresh one. */
let folder: string;

beforeAll(async () => {
  const server = await startEmbeddedPostgres({ folder: newFolder() });
  folder = server.folder;
  await server.stop();
  folders.length = 0;
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

afterEach(async () => {
  killHolders();
  await gone(folder);
  for (const fresh of folders.splice(0)) {
    await gone(fresh);
    rmSync(fresh, { recursive: true, force: true });
  }
});

describe.skipIf(process.platform === "win32")("startEmbeddedPostgres()", { timeout: 30_000 }, () => {
  it("leaves neither folder nor process behind after an ephemeral server's stop", async () => {
    const server = await startEmbeddedPostgres();
    expect(await ask(server.url, "select 1 + 1 as answer")).toEqual([{ answer: 2 }]);
    expect(processesOf(server.folder)).not.toEqual([]);

    await server.stop();

    expect(existsSync(server.folder)).toBe(false);
    await gone(server.folder);
  });

  it("connects as the owner of a UTF8 database in UTC who is no superuser", async () => {
    const persistent = await startEmbeddedPostgres({ folder });
    const ephemeral = await startEmbeddedPostgres({ settings: { work_mem: "7MB" } });
    const question = `
      select current_user as "role", rolsuper, rolcreaterole, rolcreatedb, pg_get_userbyid(datdba) as "owner",
        pg_encoding_to_char(encoding) as encoding, datlocale, current_setting('timezone') as timezone,
        current_setting('fsync') as fsync, current_setting('work_mem') = '7MB' as "set"
      from pg_roles, pg_database where rolname = current_user and datname = 'ab2d' and datname = current_database()`;
    const both = {
      role: "ab2d",
      rolsuper: false,
      rolcreaterole: false,
      owner: "ab2d",
      encoding: "UTF8",
      datlocale: "C.UTF-8",
      timezone: "UTC",
    };
    expect(await ask(persistent.url, question)).toEqual([
      { ...both, rolcreatedb: false, fsync: "on", set: false },
    ]);
    expect(await ask(ephemeral.url, question)).toEqual([
      { ...both, rolcreatedb: true, fsync: "off", set: true },
    ]);
    expect(
      await ask(ephemeral.superuserUrl, "select rolsuper from pg_roles where rolname = current_user"),
    ).toEqual([{ rolsuper: true }]);
    await Promise.all([persistent.stop(), ephemeral.stop()]);
  });

  it("keeps the data of a persistent server, and row contents out of its log", async () => {
    const first = await startEmbeddedPostgres({ folder });
    await ask(first.url, "create table kept (word text primary key)");
    await ask(first.url, "insert into kept values ('SECRETWORD')");
    await expect(ask(first.url, "insert into kept values ('SECRETWORD')")).rejects.toThrow("duplicate key");
    await expect(ask(first.url, "select word::date from kept")).rejects.toThrow("SECRETWORD");
    await first.stop();

    const second = await startEmbeddedPostgres({ folder });
    expect(await ask(second.url, "select word from kept")).toEqual([{ word: "SECRETWORD" }]);
    await second.stop();
    const log = readFileSync(path.join(second.folder, "postgres.log"), "utf8");
    expect(log).toContain("ready to accept connections");
    expect(log).not.toContain("SECRETWORD");
  });

  it("joins the running server, which survives its starter's SIGKILL", async () => {
    const starter = await startHolder({ folder });
    const server = await startEmbeddedPostgres({ folder });
    const startTime = "select pg_postmaster_start_time()::text as started";
    const before = await ask(server.url, startTime);

    starter.child.kill("SIGKILL");
    await once(starter.child, "exit");
    const third = await startHolder({ folder });
    await third.stop();

    expect(await ask(server.url, startTime)).toEqual(before);
    await server.stop();
    expect(processesOf(folder)).toEqual([]);
  });

  it("stops with its only holder's SIGKILL, and a start right after it finds the data", async () => {
    const first = await startHolder({ folder });
    await ask(first.url, "create table if not exists survived ()");
    first.child.kill("SIGKILL");
    await once(first.child, "exit");

    const second = await startHolder({ folder });
    expect(await ask(second.url, "select count(*)::int as rows from survived")).toEqual([{ rows: 0 }]);
    second.child.kill("SIGKILL");
    await gone(folder, { within: 3_000 });
    expect(readdirSync(folder).sort()).toEqual(["cluster", "postgres.log"]);
  });

  it("leaves nothing behind when an ephemeral server's holder is killed, at whatever moment", async () => {
    const tmp = newFolder();
    if (isRoot) chownSync(tmp, NOBODY.uid, NOBODY.gid);
    const as = isRoot ? NOBODY : undefined;

    const ready = await startHolder({ tmp, as });
    expect(await ask(ready.url, "select 1 as answer")).toEqual([{ answer: 1 }]);
    ready.child.kill("SIGKILL");
    await until(() => !existsSync(ready.folder), `${ready.folder} to be gone`);
    await gone(ready.folder, { within: 3_000 });

    const unready = spawnHolder({ tmp, as });
    const made = () => readdirSync(tmp).filter((name) => name.startsWith("ab2d-"));
    await until(() => made().length > 0, "initdb to begin");
    unready.kill("SIGKILL");
    await until(() => made().length === 0, `${made()} to be gone`);
    await gone(tmp, { within: 3_000 });
  });

  it("gives two processes that start on the same empty folder at once the same server", async () => {
    const folder = newFolder();
    const [one, other] = await Promise.all([startHolder({ folder }), startHolder({ folder })]);
    await ask(one.url, "create table shared ()");
    expect(await ask(other.url, "select count(*)::int as rows from shared")).toEqual([{ rows: 0 }]);
    await Promise.all([one.stop(), other.stop()]);
    await gone(folder);
    await until(() => readdirSync(folder).length === 2, "the loser's cluster to be gone");
    expect(readdirSync(folder).sort()).toEqual(["cluster", "postgres.log"]);
  });

  it("lets its process end when there is nothing left to do", async () => {
    const child = spawnHolder({ folder, idle: true });
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
    await gone(folder, { within: 3_000 });
  });

  it("hands the server no PG* variable and none of ours", async () => {
    if (process.platform !== "linux") return;
    const variables = {
      PGPORT: "1",
      PGOPTIONS: "-c nonsense=1",
      DATABASE_URL: "postgres://secret",
      AB2D_CREDENTIALS_FILE: "x",
      LANG: "de_DE.UTF-8",
      LC_ALL: "xx_YY",
    };
    const holder = await startHolder({ folder, variables });
    const pid = readFileSync(path.join(holder.folder, "cluster/data/postmaster.pid"), "utf8").split("\n")[0];
    const names = readFileSync(`/proc/${pid}/environ`, "utf8")
      .split("\0")
      .map((entry) => entry.split("=")[0]);
    expect(names.filter((name) => /^(PG(?!_GRANDPARENT_PID)|AB2D|DATABASE|LANG)/.test(name ?? ""))).toEqual(
      [],
    );
    await holder.stop();
  });

  it("works below a path that is too long for a socket, where an existing folder was moved to", async () => {
    const long = path.join(newFolder(), "long ".repeat(20));
    renameSync(folder, long);
    const server = await startEmbeddedPostgres({ folder: long });
    expect(await ask(server.url, "select 1 as answer")).toEqual([{ answer: 1 }]);
    const socketFolder = new URL(server.url.replace("@/", "@localhost/")).searchParams.get("host")!;
    expect(existsSync(socketFolder)).toBe(true);
    await server.stop();
    expect(existsSync(socketFolder)).toBe(false);
    renameSync(long, folder);
  });

  it("starts over a stale postmaster.pid whose process id has a new owner", async () => {
    const server = await startEmbeddedPostgres({ folder });
    await server.stop();
    const data = path.join(server.folder, "cluster/data");
    const reused = isRoot ? spawn("sleep", ["30"], ownerOf(data)) : spawn("sleep", ["30"]);
    writeFileSync(
      path.join(data, "postmaster.pid"),
      `${reused.pid}\n${data}\n1700000000\n5432\n${server.folder}\n\n  0  0\nready   \n`,
    );
    const again = await startEmbeddedPostgres({ folder });
    expect(await ask(again.url, "select 1 as answer")).toEqual([{ answer: 1 }]);
    await again.stop();
    reused.kill();
  });

  it("refuses a folder of another major version and leaves it alone", async () => {
    const server = await startEmbeddedPostgres({ folder });
    await server.stop();
    const versionFile = path.join(server.folder, "cluster/data/PG_VERSION");
    writeFileSync(versionFile, "17\n");
    await expect(startEmbeddedPostgres({ folder })).rejects.toMatchObject({
      code: "EMBEDDED_POSTGRES_VERSION",
      exitCode: 78,
      message: expect.stringContaining("PostgreSQL 17 made its data, the installed one is 18"),
      hint: expect.stringContaining("DATABASE_URL"),
    });
    expect(readFileSync(versionFile, "utf8")).toBe("17\n");
    writeFileSync(versionFile, "18\n");
  });

  it("fails without hanging when the server does not accept a setting", async () => {
    const failed = startEmbeddedPostgres({ folder, settings: { work_mem: "nonsense" } });
    await expect(failed).rejects.toMatchObject({
      code: "EMBEDDED_POSTGRES_START",
      exitCode: 69,
      message: expect.stringContaining("postgres.log"),
    });
  });

  it("names DATABASE_URL when the optional package is missing", async () => {
    const copy = newFolder();
    for (const name of ["errors.ts", "clock.ts", "postgres/embedded.ts", "postgres/embedded"]) {
      cpSync(path.join(project, "src", name), path.join(copy, "src", name), { recursive: true });
    }
    writeFileSync(path.join(copy, "package.json"), '{ "type": "module" }');
    const child = spawnHolder({ source: copy });
    const [line] = (await once(child.stdout!, "data")) as [Buffer];
    expect(JSON.parse(line.toString())).toMatchObject({
      code: "EMBEDDED_POSTGRES_MISSING",
      exitCode: 78,
      hint: expect.stringContaining("DATABASE_URL"),
    });
  });

  it.runIf(isRoot)("works for an ordinary user, whose server root can join", async () => {
    execFileSync("chown", ["-R", `${NOBODY.uid}:${NOBODY.gid}`, folder]);
    const persistent = await startHolder({ folder, as: NOBODY });
    // Root joins an ordinary user's server, and keeps it as its owner.
    const joined = await startEmbeddedPostgres({ folder });
    await persistent.stop();
    expect(await ask(joined.url, "select 1 as answer")).toEqual([{ answer: 1 }]);
    await joined.stop();
  });

  it.runIf(isRoot)("keeps root's server out of a folder that its account cannot reach", async () => {
    const folder = path.join(newFolder({ mode: 0o700 }), ".ab2d/postgres");
    const server = await startEmbeddedPostgres({ folder });
    const isFirst = readdirSync("/var/lib/ab2d").length === 1;
    folders.push(isFirst ? "/var/lib/ab2d" : server.folder);
    expect(server.folder).toMatch(/^\/var\/lib\/ab2d\/[0-9a-f]{12}$/);
    expect(existsSync(folder)).toBe(false);
    await ask(server.url, "create table kept ()");
    await server.stop();
    const again = await startEmbeddedPostgres({ folder });
    expect(await ask(again.url, "select count(*)::int as rows from kept")).toEqual([{ rows: 0 }]);
    await again.stop();
  });

  it.runIf(isRoot)("does not take over somebody else's files", async () => {
    const folder = newFolder();
    writeFileSync(path.join(folder, "theirs"), "");
    await expect(startEmbeddedPostgres({ folder })).rejects.toMatchObject({
      code: "EMBEDDED_POSTGRES_FOLDER",
      exitCode: 78,
    });
    expect(readdirSync(folder)).toEqual(["theirs"]);
  });
});

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  // A server that stops under a connection says so here too; the query's own error is the one we want.
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

function newFolder({ mode = 0o755 } = {}): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "embedded-test-"));
  mkdirSync(folder, { recursive: true });
  execFileSync("chmod", [mode.toString(8), folder]);
  folders.push(folder);
  return folder;
}

function ownerOf(file: string): { uid: number; gid: number } {
  const [uid, gid] = execFileSync("stat", ["-c", "%u %g", file], { encoding: "utf8" })
    .trim()
    .split(" ")
    .map(Number);
  return { uid: uid!, gid: gid! };
}

/** Command lines of the servers and watchdogs of a folder. */
function processesOf(folder: string): string[] {
  const all = execFileSync("ps", ["-A", "-o", "args="], { encoding: "utf8", maxBuffer: 2 ** 24 });
  return all.split("\n").filter((line) => line.includes(folder) && !line.includes("--eval"));
}

async function gone(folder: string, { within = 10_000 } = {}): Promise<void> {
  await until(() => processesOf(folder).length === 0, `the processes of ${folder} to end`, within);
}

async function until(holds: () => boolean, what: string, within = 10_000): Promise<void> {
  const deadline = performance.now() + within;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`waited ${within} ms in vain for ${what}`);
    await delay(25);
  }
}

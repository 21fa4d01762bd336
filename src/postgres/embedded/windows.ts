import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import net, { type AddressInfo } from "node:net";
import path from "node:path";
import { ExitCode } from "../../errors.ts";
import type { EmbeddedPostgres } from "../embedded.ts";
import type { Binaries } from "./binaries.ts";
import { checkClusterVersion, clusterExists, initdbCommand, newPassword, readPassword } from "./cluster.ts";
import { serverEnvironment } from "./environment.ts";
import { failure } from "./failure.ts";
import { clusterFolder, type Home } from "./home.ts";
import { answers, type Postmaster, readPostmaster } from "./postmaster.ts";
import { serverSettings } from "./settings.ts";

/**
 * The embedded server on Windows. BEST EFFORT, NEVER RUN ON WINDOWS: written from PostgreSQL's documentation. `DATABASE_URL`
 * and WSL are the ways that are known to work.
 *
 * What is less than elsewhere: there are no Unix sockets, so the server listens on a free port of 127.0.0.1 (passwords as
 * elsewhere); there is no watchdog, so the server stops when the process that started it stops or exits, whoever else uses it,
 * and it outlives a process that is killed (the next start joins it).
 */
export async function startOnWindows(
  home: Home,
  { binaries, settings }: { binaries: Binaries; settings: Readonly<Record<string, string>> },
): Promise<EmbeddedPostgres> {
  mkdirSync(home.folder, { recursive: true });
  if (!clusterExists(home)) await createCluster(home, binaries);
  checkClusterVersion(home, binaries);
  const running = await runningServer(home);
  if (running !== undefined) return connection(home, { port: running.port, stop: () => {} });

  const data = path.join(clusterFolder(home.folder), "data");
  const port = await freePort();
  const all = { ...serverSettings(home), ...settings, listen_addresses: "127.0.0.1", port: String(port) };
  const options = Object.entries(all).map(([name, value]) => `-c "${name}=${value}"`);
  const log = path.join(home.folder, "postgres.log");
  await run([binaries.pgCtl, "start", "-D", data, "-w", "-t", "30", "-l", log, "-o", options.join(" ")]);

  const stop = () => {
    process.off("exit", stop);
    // Synchronous, because a process that exits runs nothing else.
    spawnSync(binaries.pgCtl, ["stop", "-D", data, "-m", "fast", "-t", "15"], {
      env: serverEnvironment(),
      stdio: "ignore",
    });
    if (home.ephemeral) rmSync(home.folder, { recursive: true, force: true, maxRetries: 5 });
  };
  process.on("exit", stop);
  return connection(home, { port, stop });
}

function connection(home: Home, { port, stop }: { port: number; stop: () => void }): EmbeddedPostgres {
  let stopped = false;
  return {
    url: `postgres://ab2d:${readPassword(home, "ab2d")}@127.0.0.1:${port}/ab2d`,
    superuserUrl: `postgres://postgres:${readPassword(home, "postgres")}@127.0.0.1:${port}/postgres`,
    folder: home.folder,
    async stop() {
      if (!stopped) stop();
      stopped = true;
    },
  };
}

async function createCluster(home: Home, binaries: Binaries): Promise<void> {
  const draft = `${clusterFolder(home.folder)}.${process.pid}-${randomBytes(6).toString("hex")}`;
  const data = path.join(draft, "data");
  const passwordFile = path.join(draft, "postgres.password");
  const password = newPassword();
  try {
    mkdirSync(draft);
    await writeFile(passwordFile, newPassword());
    await writeFile(path.join(draft, "ab2d.password"), password);
    await run([...initdbCommand(binaries, home), `--pgdata=${data}`, `--pwfile=${passwordFile}`]);
    const createdb = home.ephemeral ? "createdb" : "nocreatedb";
    await run(
      [
        binaries.postgres,
        "--single",
        "-D",
        data,
        "-c",
        "exit_on_error=on",
        "-c",
        "log_min_messages=log",
        "postgres",
      ],
      `create role ab2d login nosuperuser nocreaterole ${createdb} password '${password}';\ncreate database ab2d owner ab2d;\n`,
    );
    await rename(draft, clusterFolder(home.folder));
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!clusterExists(home)) throw error; // else another process was first
  }
}

async function runningServer({ folder }: Home): Promise<Postmaster | undefined> {
  const postmaster = readPostmaster(folder);
  return postmaster?.ready && (await answers(postmaster)) ? postmaster : undefined;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on("error", reject).listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function run([program = "", ...args]: string[], input = ""): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: serverEnvironment(),
      stdio: ["pipe", "ignore", "ignore"],
      windowsHide: true,
    });
    const fail = (reason: string, cause?: Error) =>
      reject(
        failure(`Cannot start the embedded PostgreSQL: ${path.basename(program)} ${reason}`, {
          code: "EMBEDDED_POSTGRES_START",
          exitCode: ExitCode.unavailable,
          cause,
        }),
      );
    child.on("error", (error) => fail("did not start", error));
    child.on("exit", (code) => (code === 0 ? resolve() : fail(`ended with exit code ${code}`)));
    child.stdin.on("error", () => {}); // shows in the exit code
    child.stdin.end(input);
  });
}

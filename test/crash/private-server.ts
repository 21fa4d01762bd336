import { spawn } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { serverAccount } from "../../src/postgres/embedded/account.ts";
import { findBinaries } from "../../src/postgres/embedded/binaries.ts";
import { serverEnvironment } from "../../src/postgres/embedded/environment.ts";
import { migrate } from "../../src/postgres/migrate.ts";
import { createPool } from "../../src/postgres/pool.ts";
import { withDatabase } from "../support/global-setup.ts";

/** A PostgreSQL server of the test's own, which may be hurt. Durable: what it has committed survives its crash. */
export interface PrivateServer {
  /** Of its superuser. */
  readonly url: string;
  /** A migrated, empty database to copy from. */
  readonly template: string;
  /** Ends every process of it at once, without a checkpoint, and starts it again; also one that ended by itself. */
  crashAndRestart(): Promise<void>;
  /** Makes a folder that the server may use, and that goes with it. */
  folder(path: string): void;
  end(): Promise<void>;
}

/** Starts one. `walFolder`: where its write-ahead log goes. */
export async function privateServer({
  walFolder,
}: {
  readonly walFolder?: string;
} = {}): Promise<PrivateServer> {
  const account = serverAccount();
  const { initdb, pgCtl } = await findBinaries(account);
  const home = mkdtempSync(join(tmpdir(), "ab2d-pg-"));
  const data = join(home, "data");
  const run = async (program: string, args: readonly string[]): Promise<void> => {
    const child = spawn(program, args, { ...account, env: serverEnvironment(), cwd: "/", stdio: "ignore" });
    const status = await new Promise((resolve) => child.on("exit", resolve).on("error", resolve));
    if (status !== 0) throw new Error(`${program} ${args[0]} ended with ${status}`);
  };
  const own = (path: string): void => {
    mkdirSync(path, { recursive: true });
    if (account) chownSync(path, account.uid, account.gid);
    chmodSync(path, 0o700);
  };
  own(home);
  // Reached by a socket in a folder of our own only.
  if (walFolder) own(walFolder);
  await run(initdb, [
    `--pgdata=${data}`,
    ...["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"],
    ...["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--wal-segsize=1"],
    ...(walFolder ? [`--waldir=${walFolder}`] : []),
  ]);
  const settings = `-c listen_addresses='' -c unix_socket_directories=${home} -c min_wal_size=2MB -c max_wal_size=64MB -c wal_recycle=off`;
  const control = (action: string, mode: readonly string[] = []): Promise<void> =>
    run(pgCtl, [action, "-D", data, "-w", "-s", "-l", join(home, "log"), "-o", settings, ...mode]);
  await control("start");
  const url = `postgres://postgres@/postgres?host=${encodeURIComponent(home)}&port=5432`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("create database template_of_tests");
  await client.end();
  const pool = createPool(withDatabase(url, "template_of_tests"));
  await migrate(pool);
  await pool.end();
  return {
    url,
    template: "template_of_tests",
    crashAndRestart: () => control("restart", ["-m", "immediate"]),
    folder: own,
    async end() {
      try {
        await run(pgCtl, ["stop", "-D", data, "-w", "-s", "-m", "immediate"]);
      } catch {
        // It has ended already.
      }
      await rm(home, { recursive: true, force: true });
    },
  };
}

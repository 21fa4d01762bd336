import { randomBytes } from "node:crypto";
import pg from "pg";
import { sqlstate } from "../src/errors.ts";
import { startEmbeddedPostgres } from "../src/postgres/embedded.ts";
import { migrate } from "../src/postgres/migrate.ts";
import { createPool } from "../src/postgres/pool.ts";
import { withDatabase } from "../test/support/global-setup.ts";
import { postmasterOf } from "./process-times.ts";

/** A server that the contenders of a benchmark share, with a migrated, empty database to copy from. */
export interface BenchServer {
  /** Version and settings that matter, for the record. */
  readonly description: Readonly<Record<string, string>>;
  /** The postmaster's pid, where it runs on this machine and that can be seen. */
  readonly postmaster: number | undefined;
  /** Makes a database of the migrated, empty one. */
  freshDatabase(): Promise<BenchDatabase>;
  /** Writes what is dirty to disk, so that nobody pays for who came before. */
  checkpoint(): Promise<void>;
  walPosition(): Promise<bigint>;
  stop(): Promise<void>;
}

export interface BenchDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/**
 * An ephemeral embedded server is as careless as tests like it. Here it is as durable as a real one, and room for the log keeps
 * checkpoints out of the measured time; memory for tables is what any server has that claims are loaded into.
 */
const SETTINGS = {
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  wal_level: "replica",
  max_wal_senders: "10",
  max_wal_size: "16GB",
  checkpoint_timeout: "1h",
  shared_buffers: "1GB",
};
const INSUFFICIENT_PRIVILEGE = "42501";
const DESCRIBED = ["server_version", ...Object.keys(SETTINGS), "autovacuum", "default_toast_compression"];

/**
 * Starts an embedded server, or uses the one of `url`, whose role may create databases and should be able to checkpoint. `settings` go above the
 * benchmark's own.
 */
export async function startBenchServer({
  url,
  settings = {},
}: {
  readonly url?: string | undefined;
  readonly settings?: Readonly<Record<string, string>>;
} = {}): Promise<BenchServer> {
  const embedded =
    url === undefined ? await startEmbeddedPostgres({ settings: { ...SETTINGS, ...settings } }) : undefined;
  const ownerUrl = url ?? embedded!.url;
  const owner = await connected(ownerUrl);
  const admin = embedded ? await connected(embedded.superuserUrl) : owner;
  const template = `bench_template_${randomBytes(4).toString("hex")}`;
  await owner.query(`create database ${template}`);
  const pool = createPool(withDatabase(ownerUrl, template));
  await migrate(pool);
  await pool.end();
  const one = async (text: string): Promise<string> =>
    Object.values((await admin.query(text)).rows[0]!).join();
  const description: Record<string, string> = {};
  for (const name of DESCRIBED) description[name] = await one(`show ${name}`);
  return {
    description,
    postmaster: postmasterOf(Number(await one("select pg_backend_pid()"))),
    async freshDatabase() {
      const name = `bench_${randomBytes(6).toString("hex")}`;
      await owner.query(`create database ${name} template ${template}`);
      return {
        url: withDatabase(ownerUrl, name),
        async drop() {
          await admin.query(`drop database ${name} with (force)`);
        },
      };
    },
    async checkpoint() {
      await admin.query("checkpoint").catch((error: unknown) => {
        // Who may not has to live with checkpoints as they come.
        if (sqlstate(error) !== INSUFFICIENT_PRIVILEGE) throw error;
      });
    },
    async walPosition() {
      return BigInt(await one("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"));
    },
    async stop() {
      await admin.query(`drop database ${template} with (force)`);
      await owner.end();
      if (admin !== owner) await admin.end();
      await embedded?.stop();
    },
  };
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

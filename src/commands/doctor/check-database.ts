import { existsSync } from "node:fs";
import type pg from "pg";
import { ExitCode } from "../../errors.ts";
import { homeExists } from "../../postgres/embedded/home.ts";
import { startEmbeddedPostgres } from "../../postgres/embedded.ts";
import { inspectServer, type ServerInspection } from "../../postgres/inspect-server.ts";
import { keepsSession } from "../../postgres/keeps-session.ts";
import { pendingMigrations } from "../../postgres/migrate.ts";
import { type OpenDatabase, openDatabase } from "../../postgres/open-database.ts";
import { connectionsWanted, type Door, EMBEDDED_FOLDER } from "../command.ts";
import { gigabytes } from "../gigabytes.ts";
import { type Check, failure, failureOf, ok, skipped, warning } from "./check.ts";
import { spaceCheck } from "./check-landing.ts";
import { judgeServer, unseenSpace } from "./judge-server.ts";

const DATABASE = "database";
const SERVER = "database server";
const SESSION = "database session";
const SPACE = "database space";
const SCHEMA = "schema";

/** Checks the database: that it answers, what it is, our rights there, its room and its schema. Changes nothing, migrates nothing. */
export async function checkDatabase({
  settings,
  signal,
}: Pick<Door, "settings" | "signal">): Promise<readonly Check[]> {
  const isEmbedded = settings.databaseUrl === undefined;
  if (isEmbedded && !homeExists(EMBEDDED_FOLDER)) return [await tryEmbedded(), ...skipAll("a database")];
  let database: OpenDatabase;
  try {
    database = await openDatabase({ url: settings.databaseUrl, folder: EMBEDDED_FOLDER, connections: 2 });
  } catch (error) {
    signal.throwIfAborted();
    return [failureOf(DATABASE, error), ...skipAll(DATABASE)];
  }
  try {
    const isReal = isEmbedded && settings.environment === "production";
    const note = isEmbedded ? "; for trying out" : "";
    return [
      isReal ? embeddedForReal(database.place) : ok(DATABASE, `${database.place}${note}`),
      ...(await checkServer(database, { connections: connectionsWanted(settings), isEmbedded })),
      await sessionCheck(database.pool),
      await schemaCheck(database.pool, { isEmbedded }),
    ];
  } finally {
    await database.close();
  }
}

function skipAll(needs: string): readonly Check[] {
  return [SERVER, SPACE, SESSION, SCHEMA].map((name) => skipped(name, needs));
}

/** Where there is no server of ours yet, one that leaves nothing behind shows that there can be. */
async function tryEmbedded(): Promise<Check> {
  try {
    const server = await startEmbeddedPostgres();
    await server.stop();
    return ok(
      DATABASE,
      `an embedded PostgreSQL runs on this machine; the first command that loads makes one in ${EMBEDDED_FOLDER}, for trying out`,
    );
  } catch (error) {
    return failureOf(DATABASE, error);
  }
}

function embeddedForReal(place: string): Check {
  return warning(
    DATABASE,
    `${place}, for claims of production`,
    "Nobody backs it up. Set DATABASE_URL to a server that you back up before real claims go in.",
  );
}

async function checkServer(
  { pool }: OpenDatabase,
  { connections, isEmbedded }: { readonly connections: number; readonly isEmbedded: boolean },
): Promise<readonly Check[]> {
  let client: pg.PoolClient | undefined;
  try {
    client = await pool.connect();
    const isLocal = isThisMachine(client.host);
    const server = await inspectServer(client);
    return [
      ...judgeServer(server, { connections, isLocal, isEmbedded }),
      await databaseSpace(server, isEmbedded ? EMBEDDED_FOLDER : isLocal ? server.data_directory : null),
    ];
  } catch (error) {
    return [failureOf(SERVER, error), skipped(SPACE, SERVER)];
  } finally {
    client?.release();
  }
}

/** The room for the database, where `folder` is on this machine and may be seen. */
async function databaseSpace(server: ServerInspection, folder: string | null): Promise<Check> {
  if (folder === null || !existsSync(folder)) return unseenSpace(SPACE, server);
  const check = await spaceCheck(SPACE, folder);
  return { ...check, found: `${gigabytes(server.database_bytes)} used, ${check.found}` };
}

async function sessionCheck(pool: pg.Pool): Promise<Check> {
  const clients: pg.PoolClient[] = [];
  try {
    const [first, second] = [await pool.connect(), await pool.connect()] as const;
    clients.push(first, second);
    if (await keepsSession(first, second)) return ok(SESSION, "stays the same from statement to statement");
    return failure(SESSION, "it changes from statement to statement: a pooler in transaction mode", {
      cure: "Connect to PostgreSQL directly, or through a pooler in session mode: the lock that keeps two runs of a contract apart is a session's.",
      exitCode: ExitCode.configuration,
    });
  } catch (error) {
    return failureOf(SESSION, error);
  } finally {
    for (const client of clients) client.release(true);
  }
}

async function schemaCheck(pool: pg.Pool, { isEmbedded }: { readonly isEmbedded: boolean }): Promise<Check> {
  try {
    const pending = await pendingMigrations(pool);
    const [first] = pending;
    if (first === undefined) return ok(SCHEMA, "up to date");
    if (isEmbedded) return ok(SCHEMA, `lacks ${migrations(pending.length)}; the next command applies them`);
    if (first === "0001_control.sql") {
      return warning(
        SCHEMA,
        "there is none yet",
        "Run `ab2d migrate`, or let the first sync or load make it.",
      );
    }
    return failure(SCHEMA, `lacks ${migrations(pending.length)}, the first is ${first}`, {
      cure: "Back the database up as you are used to, then run `ab2d migrate`.",
      exitCode: ExitCode.configuration,
    });
  } catch (error) {
    return failureOf(SCHEMA, error);
  }
}

function migrations(count: number): string {
  return count === 1 ? "1 migration" : `${count} migrations`;
}

/** Whether a driver's host is a Unix socket or loopback. */
function isThisMachine(host: string): boolean {
  return (
    host === "" || host.startsWith("/") || host === "localhost" || host === "::1" || host.startsWith("127.")
  );
}

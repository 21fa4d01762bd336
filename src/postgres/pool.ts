import pg from "pg";
import { EtlError, ExitCode, errorCode } from "../errors.ts";

export interface PoolOptions {
  /** Most connections at once: a loader holds one, a contract's lock one. */
  readonly max?: number;
}

const OID = { int8: 20, date: 1082, dateArray: 1182, textArray: 1009 } as const;

/**
 * A connection pool for `url`. Counts (`bigint`) come back as numbers: none of ours comes near 2^53. Days (`date`) come back as
 * text: the driver makes midnights in the process's time zone of them, which east of Greenwich are the day before in UTC.
 * Throws an EtlError DATABASE_URL_INVALID when `url` is not a PostgreSQL URL.
 */
export function createPool(url: string, { max = 16 }: PoolOptions = {}): pg.Pool {
  const problem = /^postgres(ql)?:\/\//.test(url)
    ? unreadable(url)
    : "it does not start with postgres:// or postgresql://";
  if (problem) {
    throw new EtlError(`Cannot use DATABASE_URL: ${problem}`, {
      code: "DATABASE_URL_INVALID",
      exitCode: ExitCode.configuration,
      hint: "Write postgres://USER@HOST:PORT/DATABASE, or leave DATABASE_URL out to use the embedded server.",
    });
  }
  const pool = new pg.Pool({
    connectionString: url,
    max,
    application_name: "ab2d",
    keepAlive: true,
    connectionTimeoutMillis: 15_000,
    types: { getTypeParser: typeParser as typeof pg.types.getTypeParser },
  });
  // A connection that breaks emits 'error', idle or beside failing its statement; without a listener that ends the process.
  // Its next use fails and says so.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}

/** What the driver has against `url`, which a pool would only say when it first connects. */
function unreadable(url: string): string | undefined {
  try {
    new pg.Client({ connectionString: url });
    return undefined;
  } catch (error) {
    return `it can't be read (${errorCode(error) ?? "not a URL"})`;
  }
}

function typeParser(oid: number, format?: "text" | "binary"): unknown {
  if (oid === OID.int8) return Number;
  if (oid === OID.date) return String;
  return pg.types.getTypeParser(oid === OID.dateArray ? OID.textArray : oid, format as "text");
}

/** Makes sure that the database answers. Throws an EtlError DATABASE_UNREACHABLE (exit 69) or DATABASE_REFUSED (exit 77). */
export async function connect(pool: pg.Pool): Promise<void> {
  try {
    await pool.query("select 1");
  } catch (error) {
    const code = errorCode(error);
    // Class 28: the user or the password; 3D000: there is no such database.
    const isRefusal = code !== undefined && (code.startsWith("28") || code === "3D000");
    throw new EtlError(
      `Cannot connect to PostgreSQL: ${isRefusal ? "it refuses the user, the password or the database" : "no answer"} (${code ?? "no error code"})`,
      {
        code: isRefusal ? "DATABASE_REFUSED" : "DATABASE_UNREACHABLE",
        exitCode: isRefusal ? ExitCode.refused : ExitCode.unavailable,
        hint: isRefusal
          ? "Check the user, password and database in DATABASE_URL."
          : "Check that the server in DATABASE_URL runs and can be reached from here, then run the same command again.",
      },
    );
  }
}

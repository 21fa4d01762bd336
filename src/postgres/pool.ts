import pg from "pg";
import { EtlError, ExitCode, errorCode } from "../errors.ts";

export interface PoolOptions {
  /** Most connections at once: a loader holds one, a contract's lock one. */
  readonly max?: number;
}

const INT8_OID = 20;

/**
 * A connection pool for `url`. Counts (`bigint`) come back as numbers: none of ours comes near 2^53. Throws an EtlError
 * DATABASE_URL_INVALID when `url` is not a PostgreSQL URL.
 */
export function createPool(url: string, { max = 16 }: PoolOptions = {}): pg.Pool {
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new EtlError("Cannot use DATABASE_URL: it does not start with postgres:// or postgresql://", {
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
    types: {
      getTypeParser: ((oid: number, format?: "text" | "binary") =>
        oid === INT8_OID
          ? Number
          : pg.types.getTypeParser(oid, format as "text")) as typeof pg.types.getTypeParser,
    },
  });
  // An idle connection that the server closes must not end the process; its next use fails and says so.
  pool.on("error", () => {});
  return pool;
}

/** Makes sure that the database answers. Throws an EtlError DATABASE_UNREACHABLE (exit 69) or DATABASE_REFUSED (exit 77). */
export async function connect(pool: pg.Pool): Promise<void> {
  try {
    await pool.query("select 1");
  } catch (error) {
    const code = errorCode(error);
    const isRefusal = code?.startsWith("28") ?? false;
    throw new EtlError(
      `Cannot connect to PostgreSQL: ${isRefusal ? "it refuses the user or password" : "no answer"} (${code ?? "no error code"})`,
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

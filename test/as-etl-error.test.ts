import { inspect } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { asEtlError } from "../src/as-etl-error.ts";
import { EtlError } from "../src/errors.ts";
import { copyEncoder } from "../src/postgres/copy-encoder.ts";
import { createPool } from "../src/postgres/pool.ts";
import { transaction } from "../src/postgres/transaction.ts";
import { freshDatabase } from "./support/fresh-database.ts";

const CANARY = "1EG4TE5MK73 Jane Doe";

/** What `work` throws, which has to quote the canary, else the test proves nothing. */
async function quoting(work: Promise<unknown>): Promise<unknown> {
  const error: unknown = await work.then(
    () => expect.unreachable("nothing was thrown"),
    (thrown: unknown) => thrown,
  );
  expect(everythingOf(error)).toContain(CANARY.slice(0, 11));
  return error;
}

/** All that a log or a terminal could ever show of an error. */
function everythingOf(error: unknown): string {
  const { message, stack, cause } = error as Error;
  return [
    message,
    stack,
    String(error),
    String(cause),
    JSON.stringify(error),
    inspect(error, { depth: 10, showHidden: true }),
  ].join("\n");
}

function expectSafe(error: EtlError): void {
  expect(everythingOf(error)).not.toMatch(/1EG4|Jane|Doe/);
  expect(`${error.hint}`).not.toMatch(/1EG4|Jane|Doe/);
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: ${CANARY}`), {
    code,
    errno: -1,
    syscall: "write",
    path: `/data/${CANARY}`,
  });
}

describe("asEtlError()", () => {
  it("gives an EtlError as it is", () => {
    const error = new EtlError("Cannot do it", { code: "TEST", exitCode: 75 });
    expect(asEtlError(error)).toBe(error);
  });

  it("keeps code, table and constraint of a unique violation, and nothing of the row", async () => {
    const { pool } = await freshDatabase();
    const insert =
      "insert into ab2d.patient (beneficiary_id, source_system, patient_id) values ($1, 'ccw', $1)";
    await pool.query(insert, [CANARY]);
    const error = asEtlError(await quoting(pool.query(insert, [CANARY])));
    expect(error).toMatchObject({
      code: "INVARIANT_BROKEN",
      exitCode: 70,
      message: "PostgreSQL refused a statement: 23505, schema ab2d, table patient, constraint patient_pkey",
    });
    expect(error.cause).toBeUndefined();
    expectSafe(error);
  });

  it("keeps nothing of the row that a check refuses", async () => {
    const { pool } = await freshDatabase();
    const insert = pool.query("insert into ab2d.contract values ($1, null, null, 'ccw')", [CANARY]);
    const error = asEtlError(await quoting(insert));
    expect(error.message).toBe(
      "PostgreSQL refused a statement: 23514, schema ab2d, table contract, constraint contract_number_is_five_letters_or_digits",
    );
    expectSafe(error);
  });

  it("keeps nothing of the row at which a COPY fails", async () => {
    const { pool } = await freshDatabase();
    const columns = { beneficiary_id: "text", source_system: "text", patient_id: "text" } as const;
    const encoder = copyEncoder(columns);
    for (let twice = 0; twice < 2; twice += 1)
      encoder.add({ beneficiary_id: CANARY, source_system: "ccw", patient_id: CANARY });
    const copying = transaction(pool, (tx) =>
      tx.copy("ab2d.patient", Object.keys(columns), encoder.finish()),
    );
    const error = asEtlError(await quoting(copying));
    expect(error).toMatchObject({ code: "INVARIANT_BROKEN", exitCode: 70 });
    expectSafe(error);
  });

  it("keeps nothing of a document that is not JSON", async () => {
    const { pool } = await freshDatabase();
    await pool.query("create table document (resource json)");
    const encoder = copyEncoder({ resource: "json" });
    encoder.add({ resource: Buffer.from(`{"name": ${CANARY}}`) });
    const copying = transaction(pool, (tx) => tx.copy("document", ["resource"], encoder.finish()));
    const error = asEtlError(await quoting(copying));
    expect(error).toMatchObject({
      code: "DATABASE_ERROR",
      exitCode: 69,
      message: "PostgreSQL refused a statement: 22P02",
    });
    expectSafe(error);
  });

  it("keeps nothing of a value that does not fit its type", async () => {
    const { pool } = await freshDatabase();
    const error = asEtlError(await quoting(pool.query("select $1::date", [CANARY])));
    expect(error.message).toBe("PostgreSQL refused a statement: 22007");
    expectSafe(error);
  });

  it("calls a session that only reads a matter of configuration", async () => {
    const { pool } = await freshDatabase();
    const refused = pool.query("begin read only; delete from ab2d_etl.eob");
    const error = await refused.then(() => undefined, asEtlError);
    expect(error).toMatchObject({ code: "DATABASE_READ_ONLY", exitCode: 78 });
  });

  it("calls a missing right a refusal", async ({ skip }) => {
    const { pool, rows } = await freshDatabase();
    const [user] = await rows("select 1 from pg_roles where rolname = current_user and rolsuper");
    if (user) return skip("a superuser lacks no right");
    await rows("revoke all on ab2d.contract from current_user");
    const error: unknown = await pool.query("select from ab2d.contract").catch((thrown: unknown) => thrown);
    expect(asEtlError(error)).toMatchObject({ code: "DATABASE_REFUSED", exitCode: 77 });
  });

  it("calls a connection that the server ended a database error, and one that is gone a loss", async () => {
    const { url, rows } = await freshDatabase();
    const pool = createPool(url, { max: 1 });
    onTestFinished(() => pool.end());
    const failures: unknown[] = [];
    const failing = transaction(pool, async (tx) => {
      await tx.execute("select pg_advisory_xact_lock(79)");
      await rows("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = 79");
      for (let attempt = 0; attempt < 2; attempt += 1)
        await tx.execute("select 1").catch((error: unknown) => failures.push(error));
    });
    await expect(failing).rejects.toThrow();
    for (const failure of failures)
      expect(asEtlError(failure), (failure as Error).message).toMatchObject({ exitCode: 69 });
    expect(failures).toHaveLength(2);
  });

  it.each(["ECONNRESET", "ECONNREFUSED", "EPIPE", "ETIMEDOUT", "ENOTFOUND"])(
    "calls %s a lost connection",
    (code) => {
      const error = asEtlError(systemError(code));
      expect(error).toMatchObject({
        code: "DATABASE_LOST",
        exitCode: 69,
        message: `Cannot go on: the connection to PostgreSQL is lost (${code})`,
      });
      expectSafe(error);
    },
  );

  it.each([
    "Connection terminated unexpectedly",
    "Connection terminated due to connection timeout",
    "timeout exceeded when trying to connect",
  ])("calls %j a lost connection", (message) => {
    expect(asEtlError(new Error(message))).toMatchObject({ code: "DATABASE_LOST", exitCode: 69 });
  });

  it.each(["ENOSPC", "EDQUOT"])("calls %s a full disk", (code) => {
    const error = asEtlError(systemError(code));
    expect(error).toMatchObject({ code: "DISK_FULL", exitCode: 73 });
    expectSafe(error);
  });

  it.each(["EPERM", "EROFS", "EBUSY", "EIO", "ELOOP", "EMFILE", "ENOENT"])(
    "does not take the system's %s for PostgreSQL's",
    (code) => {
      const error = asEtlError(systemError(code));
      expect(error).toMatchObject({ code: "FILE_ACCESS", exitCode: 74 });
      expect(error.message).toContain(` ${code}`);
      expect(error.message).not.toContain("PostgreSQL");
      expectSafe(error);
    },
  );

  it("keeps of any other error its kind and the place in our source", () => {
    let thrown: unknown;
    try {
      // Thrown by our own source, with the row's text in its message.
      copyEncoder({ value: "text" }).add({
        get value(): string {
          throw new TypeError(`cannot read ${CANARY}`);
        },
      });
    } catch (error) {
      thrown = error;
    }
    const error = asEtlError(thrown);
    expect(error).toMatchObject({ code: "UNEXPECTED", exitCode: 70 });
    expect(error.message).toMatch(
      /^Something unexpected happened: TypeError at src\/postgres\/copy-encoder\.ts:\d+$/,
    );
    expectSafe(error);
  });

  it("takes no place from the text of a message", () => {
    const quoted = new Error(`cannot parse\nin /src/Jane-Doe:1:2 and dist/1EG4:3:4`);
    quoted.stack = `Error: ${quoted.message}\n    at somewhere (node:internal/x:1:2)`;
    const error = asEtlError(quoted);
    expect(error.message).toBe("Something unexpected happened: Error");
    expectSafe(error);
  });

  it.each([
    ["JSON.parse", () => JSON.parse(CANARY)],
    ["a URL", () => new URL(CANARY)],
    [
      "a string",
      () => {
        throw CANARY;
      },
    ],
    [
      "an object",
      () => {
        throw { message: CANARY, code: CANARY };
      },
    ],
    [
      "undefined",
      () => {
        throw undefined;
      },
    ],
    [
      "a code in other letters",
      () => {
        throw Object.assign(new Error(CANARY), { code: "jane_doe" });
      },
    ],
    [
      "an AggregateError",
      () => {
        throw new AggregateError([new Error(CANARY)], CANARY);
      },
    ],
    [
      "an error with a cause",
      () => {
        throw new Error(CANARY, { cause: new Error(CANARY) });
      },
    ],
  ])("keeps nothing of what %s throws", (_, work: () => unknown) => {
    let thrown: unknown;
    try {
      work();
    } catch (error) {
      thrown = error;
    }
    const error = asEtlError(thrown);
    expect(error).toMatchObject({ code: "UNEXPECTED", exitCode: 70 });
    expectSafe(error);
  });
});

import { ExitCode } from "../../errors.ts";
import type { ServerInspection } from "../../postgres/inspect-server.ts";
import { gigabytes } from "../gigabytes.ts";
import { type Check, failure, ok, warning } from "./check.ts";

/** Major versions that the tests run on. */
const TESTED = { lowest: 15, highest: 18 };
const exitCode = ExitCode.configuration;

/** What a server is judged against. */
export interface ServerWants {
  /** Connections that a command may open. */
  readonly connections: number;
  /** Whether the way to it needs no encryption: a socket or loopback. */
  readonly isLocal: boolean;
  /** Whether it is the embedded server, which we set up and nobody else uses. */
  readonly isEmbedded: boolean;
}

/** Judges a PostgreSQL server by what it says of itself: one check for each thing that loading depends on. */
export function judgeServer(server: ServerInspection, wants: ServerWants): readonly Check[] {
  return [
    versionCheck(server),
    writableCheck(server),
    encodingCheck(server),
    durabilityCheck(server),
    compressionCheck(server),
    ...(wants.isEmbedded ? [] : [encryptionCheck(server, wants), logCheck(server)]),
    connectionsCheck(server, wants),
    rightsCheck(server),
    ...(server.has_roles ? [rowLevelSecurityCheck(server)] : []),
  ];
}

function versionCheck({ version, version_number }: ServerInspection): Check {
  const name = "database version";
  const major = Math.floor(version_number / 10_000);
  const tested = `tested with ${TESTED.lowest} and ${TESTED.highest}`;
  if (major < TESTED.lowest) {
    return failure(name, `PostgreSQL ${version}; ${tested}`, {
      cure: `Upgrade to ${TESTED.lowest} or later: the views for analysts need security_invoker, which came with it.`,
      exitCode,
    });
  }
  return ok(name, `PostgreSQL ${version}; ${tested}`);
}

function writableCheck({ is_standby, is_read_only }: ServerInspection): Check {
  const name = "database writes";
  if (is_standby) {
    return failure(name, "the server is a standby, which only reads", {
      cure: "Name the primary in DATABASE_URL.",
      exitCode,
    });
  }
  if (is_read_only) {
    return failure(name, "sessions start read only (default_transaction_read_only)", {
      cure: "Turn it off for this role or database: alter role … set default_transaction_read_only = off",
      exitCode,
    });
  }
  return ok(name, "a primary that takes writes");
}

function encodingCheck({ encoding }: ServerInspection): Check {
  const name = "database encoding";
  if (encoding === "UTF8") return ok(name, encoding);
  return failure(name, `${encoding}, wanted UTF8`, {
    cure: "Claims hold any character. Create a database with: create database … encoding 'UTF8' template template0",
    exitCode,
  });
}

function durabilityCheck(server: ServerInspection): Check {
  const { has_fsync, has_full_page_writes, synchronous_commit, has_checksums } = server;
  const name = "database durability";
  const word = (isOn: boolean): string => (isOn ? "on" : "off");
  const found = `fsync ${word(has_fsync)}, full_page_writes ${word(has_full_page_writes)}, synchronous_commit ${synchronous_commit}, data checksums ${word(has_checksums)}`;
  if (!has_fsync || !has_full_page_writes) {
    return warning(
      name,
      found,
      "A crash of the machine can corrupt this database. Turn fsync and full_page_writes on unless the data may be lost.",
    );
  }
  if (synchronous_commit === "off") {
    return warning(
      name,
      found,
      "A crash can undo the last commits, a moved watermark among them; they are undone together, so the next run heals it. Turn synchronous_commit on to be sure.",
    );
  }
  return ok(name, found);
}

function compressionCheck({ has_lz4 }: ServerInspection): Check {
  const found = has_lz4
    ? "lz4"
    : "pglz: the server was built without lz4, so stored EOBs are slower to write";
  return ok("database compression", found);
}

function encryptionCheck(server: ServerInspection, { isLocal }: ServerWants): Check {
  const name = "database encryption";
  if (server.is_encrypted) return ok(name, server.tls_version ?? "TLS");
  if (isLocal) return ok(name, "none, on this machine");
  return warning(
    name,
    "claims and password cross the network in the clear",
    "Add sslmode=verify-full to DATABASE_URL, with sslrootcert where the server's CA is your own.",
  );
}

function logCheck({ log_error_verbosity, log_parameter_max_length_on_error }: ServerInspection): Check {
  const name = "database log";
  const found = `log_error_verbosity ${log_error_verbosity}, log_parameter_max_length_on_error ${log_parameter_max_length_on_error}`;
  if (log_error_verbosity === "terse" && log_parameter_max_length_on_error === 0) return ok(name, found);
  return warning(
    name,
    `${found}: when a statement fails, the server's log may quote rows`,
    "As superuser: alter role … set log_error_verbosity = 'terse'; alter role … set log_parameter_max_length_on_error = 0. Or guard that log as you guard the claims.",
  );
}

function connectionsCheck(server: ServerInspection, { connections }: ServerWants): Check {
  const name = "database connections";
  const { free_connections, max_connections } = server;
  const found = `${free_connections} of ${max_connections} are free, a command opens up to ${connections}`;
  if (free_connections >= connections) return ok(name, found);
  return warning(
    name,
    found,
    "Lower AB2D_LOADERS and AB2D_DOWNLOADS, raise max_connections, or raise the limit of the role or database.",
  );
}

function rightsCheck(server: ServerInspection): Check {
  const name = "database rights";
  const { schemas, may_create_schemas, may_use_schemas, owns_schemas, table_count, closed_tables } = server;
  const refused = ExitCode.refused;
  if (schemas.length === 0) {
    if (may_create_schemas) return ok(name, "the role may create the schemas");
    return failure(name, "there is no ab2d schema, and the role may not create one", {
      cure: "As owner of the database: grant create on database … to …; or let its owner run `ab2d migrate`.",
      exitCode: refused,
    });
  }
  if (!may_use_schemas) {
    return failure(name, `the role may not use ${schemas.join(" and ")}`, {
      cure: "As their owner: grant usage on schema ab2d, ab2d_etl to …",
      exitCode: refused,
    });
  }
  if (closed_tables.length > 0) {
    const [first] = closed_tables;
    const others = closed_tables.length === 1 ? "" : ` and ${closed_tables.length - 1} more`;
    return failure(
      name,
      `of ${table_count} tables and views, the role may not read or add to ${first}${others}`,
      {
        cure: "As administrator: grant ab2d_loader to … (`ab2d migrate --roles` makes it), or let the role own the ab2d schemas.",
        exitCode: refused,
      },
    );
  }
  if (server.has_roles && owns_schemas) {
    return warning(
      name,
      "the role owns the schemas, or is a superuser, although there is ab2d_loader for loading",
      "Keep this role for `ab2d migrate`. Let runs connect as a member of ab2d_loader, which cannot change tables or audit events.",
    );
  }
  const owner = owns_schemas ? "owns the schemas" : "does not own the schemas, so another one has to migrate";
  return ok(name, `the role may read and add to ${table_count} tables and views; it ${owner}`);
}

function rowLevelSecurityCheck({ has_row_level_security }: ServerInspection): Check {
  return ok(
    "row-level security",
    has_row_level_security
      ? "on: analysts see the claims of their own contracts"
      : "off: analysts see the claims of all contracts",
  );
}

/** Says how large the database is, where the room left for it can't be seen. */
export function unseenSpace(name: string, { database_bytes }: ServerInspection): Check {
  return ok(name, `${gigabytes(database_bytes)} used; the server's disk cannot be seen from here`);
}

import type pg from "pg";
import { sqlFile } from "./sql-file.ts";

/** A PostgreSQL server, a database of it and our rights there, as one session sees them. Bytes, connections, settings. */
export interface ServerInspection {
  /** `15.18`, without what packagers add. */
  readonly version: string;
  /** 150018 */
  readonly version_number: number;
  readonly is_standby: boolean;
  readonly is_read_only: boolean;
  readonly encoding: string;
  readonly has_fsync: boolean;
  readonly has_full_page_writes: boolean;
  readonly synchronous_commit: string;
  readonly has_checksums: boolean;
  readonly has_lz4: boolean;
  readonly is_encrypted: boolean;
  readonly tls_version: string | null;
  /** What the server, the database and the role allow beside us. */
  readonly free_connections: number;
  readonly max_connections: number;
  readonly database_bytes: number;
  /** `null` where the role may not know it. */
  readonly data_directory: string | null;
  readonly log_error_verbosity: string;
  /** Bytes of each parameter that an error's log entry quotes; -1: all. */
  readonly log_parameter_max_length_on_error: number;
  readonly may_create_schemas: boolean;
  /** Of `ab2d` and `ab2d_etl`, those that exist. */
  readonly schemas: readonly string[];
  readonly owns_schemas: boolean;
  readonly may_use_schemas: boolean;
  /** Whether the schemas belong to ab2d_owner, as sql/roles.sql leaves them. */
  readonly has_roles: boolean;
  readonly has_row_level_security: boolean;
  /** Tables and views of both schemas. */
  readonly table_count: number;
  /** Those whose rows we may not read, or not add to where loading does. */
  readonly closed_tables: readonly string[];
}

/** Inspects the server behind `client` with one statement. Changes nothing. Throws the server's errors. */
export async function inspectServer(client: Pick<pg.ClientBase, "query">): Promise<ServerInspection> {
  const { rows } = await client.query<ServerInspection>(sqlFile("control/inspect_server").text);
  return rows[0]!;
}

import pg from "pg";
import type { TestProject } from "vitest/node";
import { startEmbeddedPostgres } from "../../src/postgres/embedded.ts";
import { migrate } from "../../src/postgres/migrate.ts";
import { createPool } from "../../src/postgres/pool.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The server of this test run, on a database that nobody writes to. */
    readonly databaseUrl: string;
    /** The same as who may create roles: the embedded server's superuser, or the role of TEST_DATABASE_URL if that may. */
    readonly adminUrl: string;
    /** A migrated, empty database to copy from. */
    readonly template: string;
  }
}

/** One PostgreSQL for all tests: the embedded one, or the server of TEST_DATABASE_URL, whose role may create databases. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const embedded = process.env["TEST_DATABASE_URL"] ? undefined : await startEmbeddedPostgres();
  const databaseUrl = embedded?.url ?? process.env["TEST_DATABASE_URL"]!;
  const template = `ab2d_template_${process.pid}`;
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(`create database ${template}`);
  const pool = createPool(withDatabase(databaseUrl, template));
  await migrate(pool);
  await pool.end();
  project.provide("databaseUrl", databaseUrl);
  project.provide("adminUrl", embedded?.superuserUrl ?? databaseUrl);
  project.provide("template", template);
  return async () => {
    if (!embedded) await client.query(`drop database if exists ${template} with (force)`);
    await client.end();
    await embedded?.stop();
  };
}

/** `url` on another database of the same server. */
export function withDatabase(url: string, database: string): string {
  // A URL with the socket in its query has no host, which the URL class does not take.
  return url.replace(/^(postgres(?:ql)?:\/\/[^/]*\/)[^?]*/, `$1${database}`);
}

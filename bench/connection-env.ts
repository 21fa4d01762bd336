import pg from "pg";

/** `url` as psql's environment: a command line can be read by everybody. */
export function connectionEnv(url: string): Readonly<Record<string, string>> {
  const { host, port, user, password, database } = new pg.Client({ connectionString: url });
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGDATABASE: database ?? "",
    PGUSER: user ?? "",
    ...(typeof password === "string" ? { PGPASSWORD: password } : {}),
  };
}

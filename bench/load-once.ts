import { join } from "node:path";
import { createPool } from "../src/postgres/pool.ts";
import type { BenchServer } from "./bench-server.ts";
import { type ClaimFiles, EXPORTED_AT } from "./claim-files.ts";
import { isInstalled } from "./contenders.ts";
import { type ReadyRows, writeReadyRows } from "./copy-ready-rows.ts";
import { loadFiles } from "./load-files.ts";
import { run } from "./measure.ts";
import { type TableSize, tableSizes } from "./table-sizes.ts";

export interface LoadOnceOptions {
  readonly server: BenchServer;
  readonly folder: string;
  /** As {@link loadFiles} has it. */
  readonly program?: readonly string[];
}

/** Loads the claims with the product, untimed, for the rows that psql copies and for what they take on disk. */
export async function loadOnce(
  claims: ClaimFiles,
  { server, folder, program }: LoadOnceOptions,
): Promise<{ readonly ready: ReadyRows | undefined; readonly sizes: readonly TableSize[] }> {
  const database = await server.freshDatabase();
  const pool = createPool(database.url);
  try {
    const from = { url: database.url, exportedAt: EXPORTED_AT.first, loaders: 1, cwd: folder };
    await run(loadFiles({ ...from, files: claims.first }, program));
    const ready = isInstalled("psql")
      ? await writeReadyRows(join(folder, "rows"), { url: database.url, pool })
      : undefined;
    return { ready, sizes: await tableSizes(pool) };
  } finally {
    await pool.end();
    await database.drop();
  }
}

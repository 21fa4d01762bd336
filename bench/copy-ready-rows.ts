import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type pg from "pg";
import { CLAIM_TABLES } from "./claim-tables.ts";
import { columnsOf } from "./columns-of.ts";
import { connectionEnv } from "./connection-env.ts";
import { type Command, run } from "./measure.ts";

/**
 * The limit: psql's `\copy` of rows that are there already, in binary format, into the same tables with the same indexes. It
 * parses nothing, checks nothing and asks for nothing that is held; no loader that does can be faster by the same means.
 */
export interface ReadyRows {
  /** The command of each of `sessions` psql sessions side by side (1 or 2), which share the rows by their keys. */
  commands(url: string, sessions: 1 | 2): readonly Command[];
}

/** Writes the rows of the claim tables at `url` into files below `folder`, in the order in which they were loaded. */
export async function writeReadyRows(
  folder: string,
  { url, pool }: { readonly url: string; readonly pool: pg.Pool },
): Promise<ReadyRows> {
  await mkdir(folder, { recursive: true });
  const parts = { 1: ["true"], 2: ["hashtext(#) % 2 = 0", "hashtext(#) % 2 <> 0"] };
  const scripts: Record<1 | 2, string[]> = { 1: [], 2: [] };
  for (const sessions of [1, 2] as const) {
    for (const [index, condition] of parts[sessions].entries()) {
      const copyOut: string[] = [];
      const copyIn: string[] = [];
      for (const table of CLAIM_TABLES) {
        const columns = await columnsOf(pool, table);
        const path = join(folder, `${table}.${sessions}.${index}`);
        // Both tables' first columns are their rows' owners: a claim's id or a beneficiary's.
        const where = condition.replace("#", columns[0]!);
        const list = columns.join(", ");
        copyOut.push(`\\copy (select ${list} from ${table} where ${where}) to '${path}' (format binary)`);
        copyIn.push(`\\copy ${table} (${list}) from '${path}' (format binary)`);
      }
      const script = (direction: string): string => join(folder, `${direction}.${sessions}.${index}.sql`);
      await writeFile(script("out"), `${copyOut.join("\n")}\n`);
      await writeFile(script("in"), `${copyIn.join("\n")}\n`);
      await run(psql(url, script("out")));
      scripts[sessions].push(script("in"));
    }
  }
  return { commands: (target, sessions) => scripts[sessions].map((script) => psql(target, script)) };
}

/** psql runs `script` in one transaction. */
export function psql(url: string, script: string): Command {
  return {
    program: "psql",
    args: ["-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-f", script],
    env: connectionEnv(url),
  };
}

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type ClaimFiles, CONTRACT, EXPORTED_AT } from "./claim-files.ts";
import type { ReadyRows } from "./copy-ready-rows.ts";
import { flattenInSql } from "./flatten-in-sql.ts";
import { jqIntoPsql } from "./jq-into-psql.ts";
import { loadFiles } from "./load-files.ts";
import type { Command } from "./measure.ts";
import type { Contender, Step } from "./race.ts";

/** The one that all others are compared with. */
export const LIMIT = "psql \\copy of ready rows, 1 session";

export interface ContendersOptions {
  /** Absent without psql. */
  readonly ready: ReadyRows | undefined;
  /** A folder for what they write, without an `ab2d.yaml`. */
  readonly folder: string;
  /** Node's arguments that start our program and the inserting one; absent: as they are built. */
  readonly programs?: { readonly ab2d: readonly string[]; readonly insertRows: readonly string[] };
}

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const INSERT_ROWS = [`${ROOT}dist.bench/bench/insert-rows.js`];

/** Whether the machine has a program. */
export function isInstalled(program: string): boolean {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;
}

/** Who takes part, as far as the machine has their programs: the limit, the product, and what one would write instead. */
export function contenders(
  claims: ClaimFiles,
  { ready, folder, programs }: ContendersOptions,
): readonly Contender[] {
  const once = (label: string, commands: Step["commands"]): Contender => ({
    name: label,
    steps: [{ label, commands }],
  });
  const load = (loaders: number): Contender => {
    const name = `ab2d load, ${loaders} loader${loaders === 1 ? "" : "s"}`;
    const step = (what: string, exported: keyof typeof EXPORTED_AT, files: readonly string[]): Step => ({
      label: `${name}: ${what}`,
      commands: (url) => [
        loadFiles({ url, files, exportedAt: EXPORTED_AT[exported], loaders, cwd: folder }, programs?.ab2d),
      ],
    });
    return {
      name,
      steps: [
        step("first load", "first", claims.first),
        step("rerun, all lines unchanged", "rerun", claims.first),
        step("10% of lines newer", "newer", claims.newer),
      ],
    };
  };
  const insert = (url: string, files: readonly string[]): Command => ({
    program: process.execPath,
    args: [...(programs?.insertRows ?? INSERT_ROWS), CONTRACT, ...files],
    env: { DATABASE_URL: url },
    cwd: ROOT,
  });
  const inserting = "kysely, multi-row insert on conflict";
  const hasPsql = ready !== undefined;
  return [
    ...(hasPsql
      ? [
          once(LIMIT, (url) => ready.commands(url, 1)),
          once("psql \\copy of ready rows, 2 sessions", (url) => ready.commands(url, 2)),
        ]
      : []),
    load(1),
    load(2),
    {
      name: inserting,
      steps: [
        { label: `${inserting}: first load`, commands: (url) => [insert(url, claims.first)] },
        { label: `${inserting}: rerun`, commands: (url) => [insert(url, claims.first)] },
        { label: `${inserting}: 10% of lines newer`, commands: (url) => [insert(url, claims.newer)] },
      ],
    },
    ...(hasPsql
      ? [
          once("psql \\copy of lines, flattened in SQL", async (url) => [
            await flattenInSql(folder, { files: claims.first, url }),
          ]),
        ]
      : []),
    ...(hasPsql && isInstalled("jq")
      ? [
          once("jq, awk, psql \\copy", async (url) => [
            await jqIntoPsql(folder, { files: claims.first, url }),
          ]),
        ]
      : []),
  ];
}

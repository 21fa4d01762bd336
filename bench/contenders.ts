import { type ClaimFiles, EXPORTED_AT } from "./claim-files.ts";
import type { ReadyRows } from "./copy-ready-rows.ts";
import { loadFiles } from "./load-files.ts";
import type { Contender, Step } from "./race.ts";

/** The one that all others are compared with. */
export const LIMIT = "psql \\copy of ready rows, 1 session";

/** Who takes part: the limit and the product. */
export function contenders(
  claims: ClaimFiles,
  {
    ready,
    cwd,
    program,
  }: { readonly ready: ReadyRows; readonly cwd: string; readonly program?: readonly string[] },
): readonly Contender[] {
  const copy = (sessions: 1 | 2): Contender => {
    const label = sessions === 1 ? LIMIT : "psql \\copy of ready rows, 2 sessions";
    return { name: label, steps: [{ label, commands: (url) => ready.commands(url, sessions) }] };
  };
  const load = (loaders: number): Contender => {
    const step = (what: string, export_: keyof typeof EXPORTED_AT, files: readonly string[]): Step => ({
      label: `ab2d load, ${loaders} loader${loaders === 1 ? "" : "s"}: ${what}`,
      commands: (url) => [loadFiles({ url, files, exportedAt: EXPORTED_AT[export_], loaders, cwd }, program)],
    });
    return {
      name: `ab2d load, ${loaders} loaders`,
      steps: [
        step("first load", "first", claims.first),
        step("rerun, all lines unchanged", "rerun", claims.first),
        step("10% of lines newer", "newer", claims.newer),
      ],
    };
  };
  return [copy(1), copy(2), load(1), load(2)];
}

import type { CrashDatabase } from "./crash-database.ts";

/** Where in a run the last process died, by the states of the run, its job and its files. */
export async function placeOfDeath(database: CrashDatabase): Promise<string> {
  const [run] = await database.rows<{
    state: string;
    asked: boolean;
    job: string | null;
    listed: number;
    landed: number;
    loaded: number;
  }>(
    `select run.state, asked_at is not null as asked,
      (select state from ab2d_etl.export_job where run_id = run.run_id order by asked_at desc limit 1) as job,
      (select count(*) from ab2d_etl.output_file where run_id = run.run_id and state = 'listed')::integer as listed,
      (select count(*) from ab2d_etl.output_file where run_id = run.run_id and state = 'landed')::integer as landed,
      (select count(*) from ab2d_etl.output_file where run_id = run.run_id and state = 'loaded')::integer as loaded
    from ab2d_etl.run order by run_id desc limit 1`,
  );
  if (run === undefined) return "before the first run";
  if (run.state !== "open") return "after a run";
  if (run.job === null) return run.asked ? "asking for an export" : "run open, nothing asked";
  if (run.job !== "complete") return "waiting for the manifest";
  if (run.listed + run.landed + run.loaded === 0) return "manifest read";
  if (run.loaded > 0) return run.listed > 0 ? "some loaded, some not landed" : "all landed, some loaded";
  return run.landed > 0 ? "some landed, none loaded" : "files listed, none landed";
}

/** `12 here, 3 there`, the most frequent first. */
export function tally(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([word, count]) => `${word} ${count}`)
    .join(", ");
}

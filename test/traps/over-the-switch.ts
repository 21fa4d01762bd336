import { claimsTables } from "../support/claims-tables.ts";
import { days, type SyncBench, syncBench } from "../support/sync-bench.ts";
import { askedSinces, expectWell } from "./shared.ts";

const HOUR = 3_600_000;

/** Two runs with a switch of the clocks between them: what was asked for, and what is held. */
export async function overTheSwitch(startsAt: string): Promise<unknown> {
  const bench = await syncBench({ patients: 1, startsAt });
  await bench.sync();
  bench.clock.advance(36 * HOUR);
  await bench.sync();
  bench.clock.advance(days(14));
  await expectWell(bench);
  return {
    sinces: askedSinces(bench),
    tables: shown(await claimsTables(bench.database)),
    watermark: await standingAt(bench),
  };
}

async function standingAt({ database }: SyncBench): Promise<unknown> {
  const [row] = await database.rows(
    "select extract(epoch from exported_at)::integer as at from ab2d_etl.watermark",
  );
  return row;
}

/** Each run has its own start, and so have its rows. */
export function shown(tables: unknown): string {
  return JSON.stringify(tables).replaceAll(/"(exported_at|ranked_at|stamped_at|confirmed_at)":"[^"]*"/g, "");
}

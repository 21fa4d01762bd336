import pg from "pg";
import type { BenchServer } from "./bench-server.ts";
import { type Command, type Measured, measure } from "./measure.ts";
import { medianMeasured } from "./median-measured.ts";

/** Somebody who fills a fresh database, step by step. */
export interface Contender {
  readonly name: string;
  readonly steps: readonly Step[];
}

export interface Step {
  /** What is done, with the contender's name; unique. */
  readonly label: string;
  /** The programs that run side by side, to fill the database at `url`. */
  commands(url: string): readonly Command[] | Promise<readonly Command[]>;
}

/** What a step took, by rounds and in the middle. */
export interface Raced {
  readonly label: string;
  readonly rounds: readonly Measured[];
  readonly median: Measured;
}

export interface RaceOptions {
  readonly rounds: number;
  readonly onMeasured?: (label: string, measured: Measured) => void;
  /** Looks at a contender's database after its last step. */
  readonly onFilled?: (contender: Contender, url: string) => Promise<void>;
}

/**
 * Measures all contenders in turn, round by round: what else happens on the machine then falls on all of them, and their ratios
 * mean something where their seconds don't. Each begins with a database of its own; before a later step, as between two nights,
 * the database is vacuumed.
 */
export async function race(
  contenders: readonly Contender[],
  server: BenchServer,
  { rounds, onMeasured, onFilled }: RaceOptions,
): Promise<readonly Raced[]> {
  const results = new Map<string, Measured[]>();
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      const database = await server.freshDatabase();
      try {
        for (const [index, { label, commands }] of contender.steps.entries()) {
          if (index > 0) await vacuum(database.url);
          await server.checkpoint();
          const measured = await measure(await commands(database.url), server);
          onMeasured?.(label, measured);
          results.set(label, [...(results.get(label) ?? []), measured]);
        }
        await onFilled?.(contender, database.url);
      } finally {
        await database.drop();
      }
    }
  }
  return [...results].map(([label, measured]) => ({
    label,
    rounds: measured,
    median: medianMeasured(measured),
  }));
}

async function vacuum(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("vacuum analyze");
  } finally {
    await client.end();
  }
}

import type { Clock } from "../../src/clock.ts";
import type { Fault, RequestKind } from "../../src/simulator/faults/fault.ts";
import type { Reply } from "../../src/simulator/reply.ts";
import { attempt, expectOutcome, type Outcome, WELL } from "../support/outcome.ts";
import { days, type SyncBench, type SyncBenchOptions, syncBench } from "../support/sync-bench.ts";
import { faultOf, smallFiles } from "../support/test-faults.ts";

/** Of two members, by whom something is new in each fortnight. */
const SEED = 104;

/** A contract of a few members, in files of a few lines, that has never been exported. */
export function small({ faults = [], ...options }: SyncBenchOptions = {}): Promise<SyncBench> {
  return syncBench({ patients: 2, seed: SEED, faults: [smallFiles(), ...faults], ...options });
}

/** The same with a complete run and a fortnight behind it. */
export async function settled(options: SyncBenchOptions = {}): Promise<SyncBench> {
  const bench = await small(options);
  await expectWell(bench);
  bench.clock.advance(days(14));
  return bench;
}

/** Faults besides the small files. */
export function setFaults(bench: SyncBench, faults: readonly (Fault | string)[]): void {
  bench.simulator.setFaults([smallFiles(), ...faults]);
}

/** A run that ends well. */
export async function expectWell(
  bench: SyncBench,
  wanted: Partial<Outcome> = {},
  doing: Parameters<typeof attempt>[1] = undefined,
): Promise<void> {
  await expectOutcome(bench, await attempt(bench, doing), { ...WELL, ...wanted });
}

/** From the first such request on, every request of `kind` gets an answer of ours; `undefined` leaves it to the server. */
export function answers(kind: RequestKind, reply: (count: number) => Reply | undefined): Fault {
  return faultOf(() => {
    let count = 0;
    return { before: (request) => (request.kind === kind ? reply(count++) : undefined) };
  });
}

/** The requests of a kind that the simulator saw. */
export function requestsTo(bench: SyncBench, path: RegExp) {
  return bench.simulator.requests.filter((request) => path.test(request.path));
}

export const START = /\$export/;
export const STATUS = /\$status/;
export const FILE = /\/file\//;

/** The `_since` of every start, in order, decoded; `undefined` where it was left out. */
export function askedSinces(bench: SyncBench): (string | null)[] {
  return requestsTo(bench, START).map(({ path }) => new URLSearchParams(path.split("?")[1]).get("_since"));
}

/** The bench's clock, read by somebody whose own is wrong. */
export function skewed({ clock }: SyncBench, milliseconds: number): Clock {
  return {
    now: () => new Date(clock.now().getTime() + milliseconds),
    sleep: (duration, signal) => clock.sleep(duration, signal),
  };
}

/** When the contract's watermark stands, in epoch milliseconds. */
export async function watermarkOf({ database }: SyncBench, source = "ccw"): Promise<number> {
  const [row] = await database.rows<{ exported_at: Date }>(
    "select exported_at from ab2d_etl.watermark where source_system = $1",
    [source],
  );
  return row!.exported_at.getTime();
}

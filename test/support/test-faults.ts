import type { ExportJob, JobPlan } from "../../src/simulator/export-job.ts";
import type { Fault, FaultHooks } from "../../src/simulator/faults/fault.ts";
import { ndjson } from "./load-lines.ts";

/** A fault of one test. */
export function faultOf(arm: Fault["arm"]): Fault {
  return { name: "of-a-test", summary: "Made for one test", client: "heals", arm };
}

const inManyFiles = (plan: JobPlan): JobPlan => ({ ...plan, rollOverBytes: 1 });

/** Every file has at most so many lines. No fault at all: what large contracts always have. */
export function smallFiles(lines = 15): Fault {
  return faultOf(() => ({
    job: inManyFiles,
    async *batches(batches) {
      for await (const batch of batches) {
        const all = batch.toString("latin1").split(/(?<=\n)/);
        for (let from = 0; from < all.length; from += lines)
          yield Buffer.from(all.slice(from, from + lines).join(""), "latin1");
      }
    },
  }));
}

/** The files of a job: each a list of lines, or its bytes. */
export type Files = readonly (readonly unknown[] | Buffer)[];

/** The first job has the first files, the next one the next; the last ones come again and again. */
export function delivers(...jobs: readonly Files[]): Fault {
  return faultOf(() => {
    let job = 0;
    return {
      job: inManyFiles,
      async *batches() {
        for (const file of jobs[Math.min(job++, jobs.length - 1)]!)
          yield Buffer.isBuffer(file) ? file : Buffer.from(ndjson(file as readonly unknown[]));
      },
    };
  });
}

/** The fault, and how often it has changed anything since. */
export function watched(fault: Fault): { readonly fault: Fault; readonly strikes: () => number } {
  let count = 0;
  const struck = <Value>(value: Value, isStruck: boolean): Value => {
    if (isStruck) count += 1;
    return value;
  };
  const isOther = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);
  const watch = (hooks: FaultHooks): FaultHooks => {
    const seen: Record<string, unknown> = {
      before: (...args: Parameters<NonNullable<FaultHooks["before"]>>) => {
        const reply = hooks.before!(...args);
        return struck(reply, reply !== undefined);
      },
      rival: (url: string) => {
        const rival = hooks.rival!(url);
        return struck(rival, rival !== undefined);
      },
      download: (...[plan, request]: Parameters<NonNullable<FaultHooks["download"]>>) => {
        const changed = hooks.download!(plan, request);
        return struck(changed, changed !== plan);
      },
      enrolls: (...args: Parameters<NonNullable<FaultHooks["enrolls"]>>) => {
        const isEnrolled = hooks.enrolls!(...args);
        return struck(isEnrolled, !isEnrolled);
      },
      omits: (...args: Parameters<NonNullable<FaultHooks["omits"]>>) => {
        const isOmitted = hooks.omits!(...args);
        return struck(isOmitted, isOmitted);
      },
      manifest: (...[manifest, job]: [Parameters<NonNullable<FaultHooks["manifest"]>>[0], ExportJob]) => {
        const changed = hooks.manifest!(manifest, job);
        return struck(changed, isOther(changed, manifest));
      },
      async *batches(...[batches, plan]: Parameters<NonNullable<FaultHooks["batches"]>>) {
        const given: Buffer[] = [];
        const noted = async function* () {
          for await (const batch of batches) {
            given.push(batch);
            yield batch;
          }
        };
        const sent: Buffer[] = [];
        for await (const batch of hooks.batches!(noted(), plan)) {
          sent.push(batch);
          yield batch;
        }
        struck(undefined, given.length !== sent.length || !Buffer.concat(given).equals(Buffer.concat(sent)));
      },
    };
    for (const name of ["after", "tokenSeconds", "startUrl", "lowerBound", "job", "errorBatches"] as const) {
      const hook = hooks[name] as ((value: unknown, ...rest: unknown[]) => unknown) | undefined;
      seen[name] = (value: unknown, ...rest: unknown[]) => {
        const changed = hook!(value, ...rest);
        return struck(changed, changed !== value);
      };
    }
    return Object.fromEntries(
      Object.keys(hooks)
        .filter((name) => hooks[name as keyof FaultHooks] !== undefined)
        .map((name) => [name, seen[name]]),
    ) as FaultHooks;
  };
  return {
    fault: { ...fault, arm: (random, clock) => watch(fault.arm(random, clock)) },
    strikes: () => count,
  };
}

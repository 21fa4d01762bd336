import type { Clock } from "../../clock.ts";
import { randomFor } from "../random.ts";
import { FAULTS } from "./all-faults.ts";
import type { Fault, FaultHooks } from "./fault.ts";

/** The hooks of several faults as one set, in which none is missing. */
export type ArmedFaults = Required<FaultHooks>;

export interface ArmFaultsOptions {
  /** The same seed gives the same faults at the same moments, whichever others are on. */
  readonly seed: number;
  readonly clock: Pick<Clock, "now">;
}

/**
 * Arms `faults`: their counters start anew. They take their turns in the order of {@link FAULTS}, so that it does not matter in
 * which order they are given: a later one sees what an earlier one has changed; the first answer in place of the server's wins.
 */
export function armFaults(given: readonly Fault[], { seed, clock }: ArmFaultsOptions): ArmedFaults {
  const rank = ({ name }: Fault): number => FAULTS.findIndex((fault) => fault.name === name);
  const faults = [...given].sort((a, b) => rank(a) - rank(b));
  const hooks = faults.map((fault, index) => {
    const twins = faults.slice(0, index).filter(({ name }) => name === fault.name).length;
    return fault.arm(randomFor(seed, "fault", fault.name, twins), clock);
  });
  const steps = <Name extends keyof FaultHooks>(name: Name): Required<FaultHooks>[Name][] =>
    hooks.map((hook) => hook[name]).filter((step) => step !== undefined) as Required<FaultHooks>[Name][];
  const enrollments = steps("enrolls");
  const omissions = steps("omits");
  return {
    before: first(steps("before")),
    after: fold(steps("after")),
    tokenSeconds: fold(steps("tokenSeconds")),
    startUrl: fold(steps("startUrl")),
    rival: first(steps("rival")),
    lowerBound: fold(steps("lowerBound")),
    job: fold(steps("job")),
    batches: fold(steps("batches")),
    errorBatches: fold(steps("errorBatches")),
    manifest: fold(steps("manifest")),
    download: fold(steps("download")),
    enrolls: (claim, instant) => enrollments.every((enrolls) => enrolls(claim, instant)),
    omits: (claim, jobId) => omissions.some((omits) => omits(claim, jobId)),
  };
}

function fold<Value, Rest extends readonly unknown[]>(
  steps: readonly ((value: Value, ...rest: Rest) => Value)[],
): (value: Value, ...rest: Rest) => Value {
  return (value, ...rest) => steps.reduce((changed, step) => step(changed, ...rest), value);
}

function first<Asked, Answer>(
  steps: readonly ((asked: Asked) => Answer | undefined)[],
): (asked: Asked) => Answer | undefined {
  return (asked) => {
    for (const step of steps) {
      const answer = step(asked);
      if (answer !== undefined) return answer;
    }
    return undefined;
  };
}

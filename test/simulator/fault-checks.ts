import { describe, expect, it, onTestFinished } from "vitest";
import type { Fault } from "../../src/simulator/faults/fault.ts";
import type { SimulatorOptions } from "../../src/simulator/start-simulator.ts";
import {
  type Answer,
  jobIdOf,
  type Manifest,
  type SendOptions,
  type Setup,
  setup,
} from "./simulator-client.ts";

export const EXPORT = "/api/v2/fhir/Patient/$export";
export const GZIP = { headers: { "accept-encoding": "gzip" } };

/** Shows that a server with one fault does what the fault's summary says. */
export type Check = (server: Setup, fault: Fault) => Promise<void>;

/** Runs the check of each of `faults` against a server of its own, and makes sure that none lacks one. */
export function checkFaults(
  faults: readonly Fault[],
  checks: Readonly<Record<string, Check>>,
  options: SimulatorOptions = {},
): void {
  describe("Fault", () => {
    it("Fault has a check each", () => {
      expect(Object.keys(checks).sort()).toEqual(faults.map(({ name }) => name).sort());
    });
    it.each(faults.map((fault) => [fault.name, fault] as const))(
      "Fault %s does what it says",
      async (name, fault) => {
        const server = await faulty([fault], options);
        await checks[name]!(server, fault);
      },
    );
  });
}

/** A server with faults, for the time of a test. */
export async function faulty(
  faults: readonly (Fault | string)[],
  options: SimulatorOptions = {},
): Promise<Setup> {
  const server = await setup({ contracts: [{ number: "Z0001", patients: 4 }], faults, ...options });
  onTestFinished(() => server.stop());
  return server;
}

/** The statuses of so many requests, one after the other; 0 for a connection that was lost. Six seconds pass before each. */
export async function statuses(
  server: Setup,
  count: number,
  path: string,
  options: SendOptions = {},
): Promise<number[]> {
  const all: number[] = [];
  for (let index = 0; index < count; index++) {
    server.clock.advance(6000);
    all.push(
      await server.send(path, options).then(
        ({ status }) => status,
        () => 0,
      ),
    );
  }
  return all;
}

/** How often `value` is in `list`. */
export function countOf<T>(list: readonly T[], value: T): number {
  return list.filter((member) => member === value).length;
}

/** Starts a job and gives its id. */
export async function startedJob(server: Setup, path = EXPORT): Promise<string> {
  return jobIdOf(await server.send(path));
}

/** Polls a job after `seconds`. */
export function polled(server: Setup, jobId: string, seconds = 6): Promise<Answer> {
  server.clock.advance(seconds * 1000);
  return server.send(`/api/v2/fhir/Job/${jobId}/$status`);
}

/** The manifest of a new job. */
export async function manifestOf(server: Setup): Promise<Manifest & Record<string, unknown>> {
  return (await server.exported(EXPORT)).manifest as Manifest & Record<string, unknown>;
}

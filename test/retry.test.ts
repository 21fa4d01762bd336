import { describe, expect, it } from "vitest";
import { type RetryOptions, retry, TransientError } from "../src/retry.ts";
import { jumpingClock } from "./support/jumping-clock.ts";

function transient(retryAfter?: number): TransientError {
  return new TransientError("Cannot do it", {
    code: "TEST",
    exitCode: 69,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

function setup(overrides: Partial<RetryOptions> = {}) {
  const clock = jumpingClock();
  const abort = new AbortController();
  return { clock, abort, options: { clock, signal: abort.signal, random: () => 0.5, ...overrides } };
}

function failing(times: number, error: () => unknown = transient) {
  let calls = 0;
  return {
    calls: () => calls,
    operation: async (attempt: number) => {
      calls += 1;
      expect(attempt).toBe(calls);
      if (calls <= times) throw error();
      return "done";
    },
  };
}

describe("retry()", () => {
  it("returns what the operation returns", async () => {
    const { options, clock } = setup();
    expect(await retry(failing(0).operation, options)).toBe("done");
    expect(clock.sleeps).toEqual([]);
  });

  it("doubles the bound of the wait up to the longest, and waits a random part of it", async () => {
    const { options, clock } = setup({ firstDelay: 1_000, longestDelay: 5_000 });
    await retry(failing(5).operation, options);
    expect(clock.sleeps).toEqual([500, 1_000, 2_000, 2_500, 2_500]);
  });

  it("never waits less than the other side asked for", async () => {
    const { options, clock } = setup();
    await retry(failing(1, () => transient(90_000)).operation, options);
    expect(clock.sleeps).toEqual([90_000]);
  });

  it("throws the last error after the last attempt", async () => {
    const { options } = setup({ attempts: 3 });
    const { operation, calls } = failing(9);
    await expect(retry(operation, options)).rejects.toThrow("Cannot do it");
    expect(calls()).toBe(3);
  });

  it("begins no attempt after its time", async () => {
    const { options, clock } = setup({ giveUpAfter: 60_000, random: () => 1 });
    const began = clock.now().getTime();
    await expect(retry(failing(1_000).operation, options)).rejects.toBeInstanceOf(TransientError);
    expect(clock.now().getTime() - began).toBeLessThanOrEqual(60_000);
    expect(clock.sleeps).toEqual([1_000, 2_000, 4_000, 8_000, 16_000]);
  });

  it("does not try again what is not transient", async () => {
    const { options } = setup();
    const { operation, calls } = failing(1, () => new TypeError("bug"));
    await expect(retry(operation, options)).rejects.toThrow("bug");
    expect(calls()).toBe(1);
  });

  it("asks shouldRetry when it is given", async () => {
    const { options } = setup({ shouldRetry: (error) => error instanceof TypeError });
    expect(await retry(failing(2, () => new TypeError("odd")).operation, options)).toBe("done");
  });

  it("tells of each wait before it", async () => {
    const waits: unknown[] = [];
    const { options } = setup({ onRetry: (_error, wait) => waits.push(wait) });
    await retry(failing(2).operation, options);
    expect(waits).toEqual([
      { attempt: 1, delay: 500 },
      { attempt: 2, delay: 1_000 },
    ]);
  });

  it("throws the signal's reason when aborted before, within and between attempts", async () => {
    const reason = new Error("SIGTERM");
    const before = setup();
    before.abort.abort(reason);
    const { operation, calls } = failing(0);
    await expect(retry(operation, before.options)).rejects.toBe(reason);
    expect(calls()).toBe(0);

    const within = setup();
    const aborting = async () => {
      within.abort.abort(reason);
      throw transient();
    };
    await expect(retry(aborting, within.options)).rejects.toBe(reason);

    const between = setup({ onRetry: () => between.abort.abort(reason) });
    await expect(retry(failing(1).operation, between.options)).rejects.toBe(reason);
  });
});

import type { Measured } from "./measure.ts";

/** The median of each figure by itself; of an even number the higher one in the middle. */
export function medianMeasured(rounds: readonly Measured[]): Measured {
  return {
    seconds: median(rounds.map(({ seconds }) => seconds))!,
    clientCpu: median(rounds.map(({ clientCpu }) => clientCpu)),
    serverCpu: median(rounds.map(({ serverCpu }) => serverCpu)),
    peakBytes: median(rounds.map(({ peakBytes }) => peakBytes)),
    walBytes: median(rounds.map(({ walBytes }) => walBytes)),
  };
}

function median(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  return known[Math.floor(known.length / 2)];
}

import { EtlError, ExitCode } from "../errors.ts";
import type { SimulatorBehaviour } from "./behaviour.ts";

/** Misbehaviours by name, for a command line. */
export const NAMED_FAULTS = {
  "truncated-gzip": { truncateGzip: 2 },
  "corrupt-download": { corrupt: 1 },
  "wrong-checksum": { wrongChecksum: true },
  "wrong-length": { wrongLength: true },
  "cut-window": { cutWindowDays: 1 },
  "error-file": { errorFile: true },
  "empty-manifest": { emptyManifest: true },
  "duplicate-lines": { duplicateLines: true },
  "expired-token": { expireTokensAfter: 3 },
  "failed-job": { failJobs: true },
  maintenance: { maintenance: true },
  "server-errors": { failNext: [{ path: /\/api\//, status: 503, times: 3 }] },
  "dropped-connections": { dropConnection: { path: /\/file\//, afterBytes: 4096, times: 2 } },
} as const satisfies Readonly<Record<string, SimulatorBehaviour>>;

export type FaultName = keyof typeof NAMED_FAULTS;

export const FAULT_NAMES = Object.keys(NAMED_FAULTS) as readonly FaultName[];

/**
 * The behaviour that several names make together.
 *
 * @throws {EtlError} SIMULATOR_FAULT_UNKNOWN
 */
export function faultNamed(names: readonly string[]): SimulatorBehaviour {
  const behaviours = names.map((name): SimulatorBehaviour => {
    const known = FAULT_NAMES.find((fault) => fault === name);
    if (known) return NAMED_FAULTS[known];
    throw new EtlError(`Cannot simulate fault "${name}": wanted one of ${FAULT_NAMES.join(", ")}`, {
      code: "SIMULATOR_FAULT_UNKNOWN",
      exitCode: ExitCode.usage,
    });
  });
  return Object.assign({}, ...behaviours) as SimulatorBehaviour;
}

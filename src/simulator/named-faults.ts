import type { SimulatorBehaviour } from "./behaviour.ts";

/** Misbehaviours by name, for a command line. */
export const NAMED_FAULTS = {
  "truncated-downloads": { truncateGzip: 2 },
  "corrupt-download": { corrupt: 1 },
  "wrong-checksum": { wrongChecksum: true },
  "wrong-length": { wrongLength: true },
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

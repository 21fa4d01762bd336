import { CLOCK_FAULTS } from "./clock-faults.ts";
import { CONTENT_FAULTS } from "./content-faults.ts";
import { DOWNLOAD_FAULTS } from "./download-faults.ts";
import { ENROLLMENT_FAULTS } from "./enrollment-faults.ts";
import type { Fault } from "./fault.ts";
import { MANIFEST_FAULTS } from "./manifest-faults.ts";
import { START_FAULTS } from "./start-faults.ts";
import { STATUS_FAULTS } from "./status-faults.ts";
import { TOKEN_FAULTS } from "./token-faults.ts";

/** Every fault by where a run meets it, in the order of `docs/simulator.md` and in which several of them take their turns. */
export const FAULT_GROUPS = {
  Clock: CLOCK_FAULTS,
  Token: TOKEN_FAULTS,
  Start: START_FAULTS,
  Status: STATUS_FAULTS,
  Manifest: MANIFEST_FAULTS,
  Download: DOWNLOAD_FAULTS,
  Content: CONTENT_FAULTS,
  Enrollment: ENROLLMENT_FAULTS,
} as const satisfies Readonly<Record<string, readonly Fault[]>>;

export const FAULTS: readonly Fault[] = Object.values(FAULT_GROUPS).flat();

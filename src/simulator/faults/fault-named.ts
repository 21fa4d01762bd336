import { EtlError, ExitCode } from "../../errors.ts";
import { FAULTS } from "./all-faults.ts";
import type { Fault } from "./fault.ts";

/**
 * The fault of this name.
 *
 * @throws {EtlError} SIMULATOR_FAULT_UNKNOWN
 */
export function faultNamed(name: string): Fault {
  const fault = FAULTS.find((known) => known.name === name);
  if (fault) return fault;
  throw new EtlError(
    `Cannot simulate fault "${name}": wanted one of ${FAULTS.map((known) => known.name).join(", ")}`,
    { code: "SIMULATOR_FAULT_UNKNOWN", exitCode: ExitCode.usage },
  );
}

import { EtlError, ExitCode } from "../errors.ts";

const CONTRACT = /^([A-Z])(\d{4})$/;
const MBI_LETTERS = "ACDEFGHJKMNPQRTUVWXY";
const MBI_ALPHANUMERICS = `0123456789${MBI_LETTERS}`;
const DIGITS = "0123456789";

/** The most patients of one contract: their numbers have five digits. */
export const MAX_PATIENTS = 100_000;

/**
 * Checks a contract number: a capital letter and four digits.
 *
 * @throws {EtlError} SIMULATOR_CONTRACT_INVALID
 */
export function contractCode(contract: string): number {
  const match = CONTRACT.exec(contract);
  if (!match) {
    throw new EtlError(`Cannot simulate contract "${contract}": wanted a capital letter and four digits`, {
      code: "SIMULATOR_CONTRACT_INVALID",
      exitCode: ExitCode.usage,
      hint: "Try Z0001.",
    });
  }
  return (match[1]!.charCodeAt(0) - 55) * 10_000 + Number(match[2]);
}

/** Which claim a number is for. */
export interface ClaimPlace {
  readonly contract: string;
  readonly patient: number;
  /** 0 to 124. */
  readonly family: number;
  /** 0 to 7. */
  readonly version: number;
}

/** The claim ids of one event: V1 and V2 share one, V3 has a number of its own. Negative, as all synthetic ids are. */
export function claimIds(place: ClaimPlace): {
  readonly ccw: string;
  readonly idr: string;
  readonly group: string;
} {
  const owner = `${contractCode(place.contract)}${digits(place.patient, 5)}`;
  const slot = place.family * 8 + place.version;
  // Odd factors that 5 does not divide permute 0..999: ids of later versions are not always the higher ones.
  return {
    ccw: `-${owner}${digits((slot * 371) % 1000, 3)}`,
    idr: `-${contractCode(place.contract)}${digits((slot * 739 + 211) % 1000, 3)}${digits(place.patient, 5)}`,
    group: `-${owner}${digits(place.family, 3)}`,
  };
}

/** The patient's numbers: one in V1 and V2 (`BENE_ID`), another one in V3. */
export function patientIds(
  contract: string,
  patient: number,
): { readonly ccw: string; readonly idr: string } {
  const owner = `${contractCode(contract)}${digits(patient, 5)}`;
  return { ccw: `-10${owner}`, idr: `-${digits((Number(owner) * 7 + 3) % 99_999_999_977, 11)}` };
}

/** The MBI number `generation` of a patient; letter S in second place marks synthetic ones. Unique over contracts. */
export function mbiOf(contract: string, patient: number, generation: number): string {
  let rest = (contractCode(contract) * MAX_PATIENTS + patient) * 4 + generation;
  const tail = [
    DIGITS,
    DIGITS,
    MBI_LETTERS,
    MBI_LETTERS,
    DIGITS,
    MBI_ALPHANUMERICS,
    MBI_LETTERS,
    DIGITS,
    MBI_ALPHANUMERICS,
  ]
    .map((alphabet) => {
      const character = alphabet[rest % alphabet.length]!;
      rest = Math.floor(rest / alphabet.length);
      return character;
    })
    .reverse()
    .join("");
  return `${1 + (rest % 9)}S${tail}`;
}

function digits(value: number, length: number): string {
  return String(value).padStart(length, "0");
}

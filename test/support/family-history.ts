import { createHash } from "node:crypto";
import fc from "fast-check";
import type { ApiVersion } from "../../src/domain/api-version.ts";
import { eob } from "./eob.ts";

/** One line of one file: a text of an EOB, and the export and the contract that it came with. */
export interface Delivery {
  readonly eobId: string;
  /** What the versions of one claim share: its claim group, or without one the claim itself. */
  readonly family: string;
  readonly version: ApiVersion;
  readonly status: string;
  readonly finalAction: string | null;
  /** Microseconds since 1970. */
  readonly lastUpdated: number | null;
  readonly beneficiary: string;
  readonly mbis: readonly { readonly mbi: string; readonly currency: string }[];
  readonly codes: readonly string[];
  readonly quantities: readonly number[];
  readonly from: string;
  readonly line: string;
  readonly sha256: string;
  /** Microseconds since 1970; `null` for a stray file. */
  readonly exportedAt: number | null;
  /** Which of the exports it came with. */
  readonly export: number;
  /** 0 or 1. */
  readonly contract: number;
  /** In which of its export's files, and where among that file's lines; another file has it too. */
  readonly file: number;
  readonly place: number;
  readonly alsoInFile: number | null;
}

const DAY = 86_400_000_000;
const FIRST_DAY = Date.UTC(2024, 2, 1) * 1000;

/** Some day of the histories at midnight UTC, in microseconds since 1970. */
export function day(number: number): number {
  return FIRST_DAY + number * DAY;
}

/** One instant in several spellings, so that texts differ that were updated at the same time. */
const SPELLINGS = [
  { offset: "Z", minutes: 0, digits: 3 },
  { offset: "Z", minutes: 0, digits: 6 },
  { offset: "-05:00", minutes: -300, digits: 3 },
  { offset: "+05:30", minutes: 330, digits: 0 },
] as const;

function spell(micros: number, { offset, minutes, digits }: (typeof SPELLINGS)[number]): string {
  const local = new Date(Math.floor(micros / 1000) + minutes * 60_000).toISOString().slice(0, 19);
  const fraction = String(micros % 1_000_000).padStart(6, "0");
  // Digits are left out only where they are zeros.
  const shown = /^0*$/.test(fraction.slice(digits)) ? fraction.slice(0, digits) : fraction;
  return `${local}${shown === "" ? "" : `.${shown}`}${offset}`;
}

/** Exports start on days 2, 4, 6 and 8; the last is long after all of them. */
const dayOfUpdate = fc.constantFrom(1, 1, 2, 3, 3, 4, 5, 6, 7, 9, 40_000);

const text = fc.record({
  ccwVersion: fc.constantFrom<ApiVersion>("v1", "v2", "v2"),
  group: fc.constantFrom("a", "a", "a", "b", null),
  status: fc.constantFrom("active", "active", "active", "cancelled"),
  finalAction: fc.constantFrom("FinalAction", "FinalAction", "NotFinalAction", null),
  lastUpdated: fc.oneof(
    { weight: 1, arbitrary: fc.constant(null) },
    {
      weight: 12,
      arbitrary: fc.record({
        day: fc.nat({ max: 2 }),
        micros: fc.constantFrom(0, 0, 0, 0, 0, 1, 1000),
        spelling: fc.constantFrom(...SPELLINGS),
      }),
    },
  ),
  patient: fc.constantFrom("1", "1", "1", "2"),
  mbis: fc.array(
    fc.record({
      letter: fc.constantFrom("A", "B", "C"),
      currency: fc.constantFrom("current", "current", "historic", null),
    }),
    { maxLength: 3 },
  ),
  codes: fc.array(fc.constantFrom("E119", "I10", "N184"), { minLength: 1, maxLength: 3 }),
  quantities: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }),
  from: fc.constantFrom("2024-02-01", "2024-02-02", "2024-02-03"),
});

const arrival = fc.record({
  export: fc.nat({ max: 4 }),
  contract: fc.constantFrom(0, 0, 1),
  file: fc.nat({ max: 2 }),
  place: fc.nat({ max: 1_000_000 }),
  alsoInFile: fc.constantFrom(null, null, null, 0, 1, 2),
});

const version = fc.record({
  place: fc.integer({ min: 1, max: 6 }),
  texts: fc.array(fc.record({ text, arrivals: fc.array(arrival, { minLength: 1, maxLength: 2 }) }), {
    minLength: 1,
    maxLength: 3,
  }),
});

/**
 * What happened to one claim: up to six EOBs, each with up to three texts, each of which came once or twice. The texts were
 * updated on three days, so that many were at the same time.
 */
export const history = fc.record({
  source: fc.constantFrom("ccw", "ccw", "ccw", "idr", "both"),
  isOneGroup: fc.constantFrom(true, true, false),
  days: fc.tuple(dayOfUpdate, dayOfUpdate, dayOfUpdate),
  versions: fc.uniqueArray(version, { minLength: 1, maxLength: 6, selector: ({ place }) => place }),
});

type History = typeof history extends fc.Arbitrary<infer Value> ? Value : never;

/**
 * The lines of a history. No two numbers share an id of any kind. EOBs move between two claim groups and none, and between two
 * beneficiaries. The first and the fourth EOB bear the same claim id: without a group they are one claim.
 * `starts` are those of the five exports, `null` for stray files.
 */
export function deliveriesOf(
  { source: mode, isOneGroup, days, versions }: History,
  { number, starts }: { readonly number: number; readonly starts: readonly (number | null)[] },
): Delivery[] {
  return versions.flatMap(({ place, texts }) => {
    const isIdr = mode === "idr" || (mode === "both" && place % 2 === 0);
    const source = isIdr ? "idr" : "ccw";
    const type = place > 3 ? "carrier" : "outpatient";
    // Some claims of V1 and V2 have the bare numbers of V3.
    const numberOf = (which: number) => `${isIdr || number % 2 === 0 ? "" : "-"}${10_000 + number}${which}`;
    const claimId = numberOf(place === 4 ? 1 : place);
    const eobId = isIdr ? numberOf(place) : `${type}-${claimId}`;
    return texts.flatMap(({ text: told, arrivals }) => {
      const group = isOneGroup ? "a" : told.group;
      const claimGroup = isIdr || group === null ? null : `g${number}${group}`;
      const version = isIdr ? "v3" : told.ccwVersion;
      const patientId = `-${10_000 + number}${told.patient}`;
      const mbis = told.mbis.map(({ letter, currency }) => ({
        mbi: `1${letter}${letter}0${letter}${letter}0${1000 + number}`,
        currency,
      }));
      const updated = told.lastUpdated && day(days[told.lastUpdated.day]!) + told.lastUpdated.micros;
      const finalAction = isIdr ? told.finalAction : null;
      const line = JSON.stringify(
        eob({
          version,
          type,
          id: eobId,
          claimId,
          claimGroup,
          status: told.status,
          finalAction,
          lastUpdated: updated && told.lastUpdated ? spell(updated, told.lastUpdated.spelling) : null,
          patientId,
          mbis,
          from: told.from,
          to: "2024-02-05",
          diagnoses: told.codes,
          items: told.quantities.map((value, index) => ({ sequence: index + 1, quantity: { value } })),
        }),
      );
      return arrivals.map((came) => ({
        eobId,
        family: claimGroup === null ? `${isIdr ? "idr-claim" : "claim"}:${claimId}` : `group:${claimGroup}`,
        version,
        status: told.status,
        finalAction,
        lastUpdated: updated,
        beneficiary: `${source}:${patientId}`,
        mbis: mbis.map(({ mbi, currency }) => ({ mbi, currency: currency ?? "unknown" })),
        codes: told.codes,
        quantities: told.quantities,
        from: told.from,
        line,
        sha256: createHash("sha256").update(line).digest("hex"),
        exportedAt: starts[came.export] ?? null,
        ...came,
      }));
    });
  });
}

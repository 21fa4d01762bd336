import type { ClaimContent } from "./claim-content.ts";
import type { Patient, PopulationKey } from "./patient.ts";
import { type Random, randomFor } from "./random.ts";
import { LOAD_COUNT, loadInstant, weekAfter } from "./upstream-load.ts";

export type ClaimType = "carrier" | "dme" | "hha" | "hospice" | "inpatient" | "outpatient" | "snf";

/** One claim object: a claim id. Instants are epoch milliseconds. */
export interface VersionHistory {
  readonly version: number;
  readonly createdAt: number;
  /** When a newer version, or the cancellation of the family, made it `cancelled`; it may be born so. */
  readonly cancelledAt: number | undefined;
  /** When its source refreshed it without a change. */
  readonly touchedAt: readonly number[];
}

/** A claim family (claim group) and all that ever happens to it. */
export interface FamilyHistory {
  readonly family: number;
  readonly type: ClaimType;
  /** First and last day of service, `YYYY-MM-DD`. */
  readonly serviceFrom: string;
  readonly serviceTo: string;
  readonly versions: readonly VersionHistory[];
  /** What each version says, where that is written out; absent: it is drawn. */
  readonly contents?: readonly ClaimContent[];
}

interface Draft {
  family: number;
  type: ClaimType;
  serviceFrom: string;
  serviceTo: string;
  versions: { version: number; createdAt: number; cancelledAt: number | undefined; touchedAt: number[] }[];
}

const DAY = 86_400_000;
const FIRST_SERVICE = Date.UTC(2020, 11, 1);
const LAST_SERVICE = Date.UTC(2029, 9, 1);
const MAX_FAMILIES = 125;
/** With a hundred patients, one or two of them have a whole family cancelled in any fortnight. */
const FORTNIGHTS_BETWEEN_CANCELLATIONS = 80;
const WEEKS_BETWEEN_TOUCHES = 78;

const TYPES: readonly (readonly [ClaimType, number])[] = [
  ["carrier", 46],
  ["outpatient", 25],
  ["dme", 8],
  ["hha", 6],
  ["inpatient", 8],
  ["snf", 4],
  ["hospice", 3],
];
const TYPES_AFTER_A_STAY: readonly (readonly [ClaimType, number])[] = [
  ["carrier", 40],
  ["hha", 20],
  ["snf", 20],
  ["inpatient", 20],
];
const DAYS_OF_SERVICE: Readonly<Record<ClaimType, readonly [number, number]>> = {
  carrier: [0, 0],
  dme: [0, 1],
  hha: [6, 59],
  hospice: [10, 90],
  inpatient: [1, 14],
  outpatient: [0, 1],
  snf: [7, 40],
};

/**
 * All claim families of `patient`, from 2021 to the end of 2029, with every event: the first version, adjustments
 * (the old version is cancelled in the instant that the new one appears), cancellations of whole families, and
 * refreshes without a change. What is known at some instant is the part of it that lies before.
 */
export function claimHistory({ seed, contract }: PopulationKey, patient: Patient): readonly FamilyHistory[] {
  const random = randomFor(seed, contract, patient.index, "claims");
  const families = services(random);
  for (const family of families) adjust(family, random);
  cancelFamilies(families, patient.index, random);
  for (const family of families) touch(family, random);
  return families;
}

function services(random: Random): Draft[] {
  const daysBetween = 96 / (0.5 + random.next());
  const families: Draft[] = [];
  let from = FIRST_SERVICE + Math.floor(random.next() * daysBetween) * DAY;
  let afterStay = false;
  while (from < LAST_SERVICE && families.length < MAX_FAMILIES) {
    const type: ClaimType = random.weighted(afterStay ? TYPES_AFTER_A_STAY : TYPES);
    const [shortest, longest] = DAYS_OF_SERVICE[type];
    const to: number = from + random.between(shortest, longest) * DAY;
    const serviceTo = isoDate(to);
    const createdAt = loadInstant(weekAfter(serviceTo) + random.integer(5), random);
    families.push({
      family: families.length,
      type,
      serviceFrom: isoDate(from),
      serviceTo,
      versions: [{ version: 0, createdAt, cancelledAt: undefined, touchedAt: [] }],
    });
    afterStay = type === "inpatient" && random.chance(0.6);
    from = afterStay
      ? to + random.between(3, 27) * DAY
      : from + Math.ceil(daysBetween * (0.4 + 1.2 * random.next())) * DAY;
  }
  return families;
}

function adjust(family: Draft, random: Random): void {
  const adjustments = random.weighted([
    [0, 68],
    [1, 24],
    [2, 8],
  ]);
  for (let version = 1; version <= adjustments; version++) {
    const before = family.versions.at(-1)!;
    const at = laterLoad(before.createdAt, random.between(2, 30), random);
    if (at === undefined) return;
    before.cancelledAt = at;
    family.versions.push({ version, createdAt: at, cancelledAt: undefined, touchedAt: [] });
  }
}

function cancelFamilies(families: readonly Draft[], patientIndex: number, random: Random): void {
  for (let fortnight = 0; fortnight * 2 + 1 < LOAD_COUNT; fortnight++) {
    if ((fortnight * 37 + patientIndex) % FORTNIGHTS_BETWEEN_CANCELLATIONS !== 0) continue;
    // Always in the even week: any fourteen days then hold one of these loads.
    const at = loadInstant(fortnight * 2, random);
    const alive = families.filter(
      ({ versions }) => versions[0]!.createdAt < at && versions.at(-1)!.cancelledAt === undefined,
    );
    if (alive.length === 0) continue;
    const family = random.pick(alive.slice(-10));
    family.versions = family.versions.filter(({ createdAt }) => createdAt < at);
    const latest = family.versions.at(-1)!;
    latest.cancelledAt = at;
    if (random.chance(0.25)) {
      family.versions.push({ version: latest.version + 1, createdAt: at, cancelledAt: at, touchedAt: [] });
    }
  }
}

function touch(family: Draft, random: Random): void {
  let at: number | undefined = family.versions[0]!.createdAt;
  for (;;) {
    const weeks = Math.max(1, Math.ceil(-Math.log(1 - random.next()) * WEEKS_BETWEEN_TOUCHES));
    at = laterLoad(at, weeks, random);
    if (at === undefined) return;
    const instant = at;
    const existing = family.versions.filter(({ createdAt }) => createdAt < instant);
    const touched = random.weighted([
      [existing.slice(-1), 70],
      [existing, 20],
      [existing.slice(0, 1), 10],
    ]);
    for (const version of touched) version.touchedAt.push(instant);
  }
}

function laterLoad(after: number, weeks: number, random: Random): number | undefined {
  const week = weekAfter(isoDate(after)) - 1 + weeks;
  return week < LOAD_COUNT ? loadInstant(week, random) : undefined;
}

function isoDate(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}

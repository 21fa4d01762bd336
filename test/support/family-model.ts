import { type SourceSystem, sourceSystemOf } from "../../src/domain/api-version.ts";
import type { Delivery } from "./family-history.ts";

type Order = readonly (number | string)[];

function isAfter(a: Order, b: Order): boolean {
  const place = a.findIndex((value, index) => value !== b[index]);
  return place !== -1 && a[place]! > b[place]!;
}

/** Of the items with the same key the one that comes last in the order. */
function lastOf<T>(items: readonly T[], key: (item: T) => string, order: (item: T) => Order): T[] {
  const last = new Map<string, T>();
  for (const item of items) {
    const other = last.get(key(item));
    if (other === undefined || isAfter(order(item), order(other))) last.set(key(item), item);
  }
  return [...last.values()];
}

/**
 * The newest text of every EOB: by meta.lastUpdated (none ranks lowest, one in the future of its export as the export's start),
 * API version, start of the export (a stray file's is before all), hash.
 */
export function newestTexts(deliveries: readonly Delivery[]): Delivery[] {
  return lastOf(
    deliveries,
    ({ eobId }) => eobId,
    ({ lastUpdated, version, exportedAt, sha256 }) => [
      Math.min(lastUpdated ?? -Infinity, exportedAt ?? Infinity),
      version,
      exportedAt ?? -Infinity,
      sha256,
    ],
  );
}

/**
 * The current version of every family: the newest that is active and not tagged NotFinalAction, and whose source is the active
 * one of a contract that holds it. `sources` are the contracts' active ones.
 */
export function currentVersions(
  deliveries: readonly Delivery[],
  sources: readonly SourceSystem[],
): Delivery[] {
  const shown = newestTexts(deliveries).filter(
    ({ eobId, status, finalAction, version }) =>
      status === "active" &&
      finalAction !== "NotFinalAction" &&
      deliveries.some(
        (other) => other.eobId === eobId && sources[other.contract] === sourceSystemOf(version),
      ),
  );
  return lastOf(
    shown,
    ({ family }) => family,
    ({ lastUpdated, eobId }) => [lastUpdated ?? -Infinity, eobId],
  );
}

/** An MBI of a beneficiary, as the newest export that stamped it says. */
export interface KnownMbi {
  readonly beneficiary: string;
  readonly mbi: string;
  readonly currency: string;
  readonly exportedAt: number | null;
}

const CURRENCIES = ["unknown", "historic", "current"];

/** Every MBI ever stamped, on whatever line, and what the newest export that stamped it calls it; of one export the most. */
export function knownMbis(deliveries: readonly Delivery[]): KnownMbi[] {
  const stamps = deliveries.flatMap(({ beneficiary, exportedAt, mbis }) =>
    mbis.map((stamp) => ({ beneficiary, exportedAt, ...stamp })),
  );
  return lastOf(
    stamps,
    ({ beneficiary, mbi }) => `${beneficiary} ${mbi}`,
    ({ exportedAt, currency }) => [exportedAt ?? -Infinity, CURRENCIES.indexOf(currency)],
  );
}

/**
 * Of the MBIs that are called current the one that the newest export stamped, for every beneficiary that has one. When that one
 * is called historic by a still newer export, which calls no other current, the next older one counts again.
 */
export function currentMbis(deliveries: readonly Delivery[]): KnownMbi[] {
  return lastOf(
    knownMbis(deliveries).filter(({ currency }) => currency === "current"),
    ({ beneficiary }) => beneficiary,
    ({ exportedAt, mbi }) => [exportedAt ?? -Infinity, mbi],
  );
}

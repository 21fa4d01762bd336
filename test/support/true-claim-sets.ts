import type { ClaimLine } from "../../src/simulator/claim-lines.ts";
import { daysAfter, isBetween, latest } from "./iso-days.ts";
import type { TrueClaim } from "./true-claims.ts";

/** Claims that make one stay, the first one first, and its first and last day. */
export interface Span {
  from: string;
  to: string;
  claims: TrueClaim[];
}

/** `ab2d.code_list`. */
export type CodeLists = readonly { readonly list_name: string; readonly code_prefix: string }[];

/** The claims with a diagnosis of a list whose name begins so. */
export function evidence(claims: readonly TrueClaim[], lists: CodeLists, name: string): readonly TrueClaim[] {
  return claims.filter((claim) => codesOn(claim, lists, name).length > 0);
}

/** The codes of a claim that are on such a list, each once. */
export function codesOn({ diagnoses }: TrueClaim, lists: CodeLists, name: string): readonly string[] {
  const prefixes = lists.filter(({ list_name }) => list_name.startsWith(name));
  return distinct(diagnoses.map(({ code }) => code[0])).filter((code) =>
    prefixes.some(({ code_prefix }) => code.startsWith(code_prefix)),
  );
}

/** One stay, or claims of two days. */
export function isEstablished(claims: readonly TrueClaim[]): boolean {
  return (
    claims.some(({ type }) => type === "inpatient" || type === "snf") ||
    new Set(claims.map(({ serviceFrom }) => serviceFrom)).size > 1
  );
}

/** The claims' spans, those joined that overlap or follow within a day. */
export function merged(claims: readonly TrueClaim[]): readonly Span[] {
  const spans: Span[] = [];
  for (const claim of [...claims].sort(byFirst)) {
    const { serviceFrom, serviceTo } = claim;
    const last = spans.at(-1);
    if (last && serviceFrom <= daysAfter(last.to, 1)) {
      last.to = latest([last.to, serviceTo]);
      last.claims.push(claim);
    } else spans.push({ from: serviceFrom, to: serviceTo, claims: [claim] });
  }
  return spans;
}

/** Orders claims by their first day, their last, and their id. */
function byFirst(a: TrueClaim, b: TrueClaim): number {
  return [a.serviceFrom, a.serviceTo, a.eobId].join() < [b.serviceFrom, b.serviceTo, b.eobId].join() ? -1 : 1;
}

/** Orders claims with the last one first. */
export function byLast(a: TrueClaim, b: TrueClaim): number {
  const [days, otherDays] = [a, b].map(({ serviceFrom, serviceTo }) => `${serviceTo} ${serviceFrom}`);
  return days === otherDays ? (a.eobId < b.eobId ? -1 : 1) : days! > otherDays! ? -1 : 1;
}

/** The day of a line: its own, or the claim's first. */
export function dayOf({ served }: ClaimLine, { serviceFrom }: TrueClaim): string {
  return served?.from ?? serviceFrom;
}

/** The versions that count. */
export function current(versions: readonly TrueClaim[]): readonly TrueClaim[] {
  return versions.filter(({ isCurrent }) => isCurrent);
}

/** The claims that began on one of these days. */
export function inWindow(claims: readonly TrueClaim[], first: string, last: string): readonly TrueClaim[] {
  return claims.filter(({ serviceFrom }) => isBetween(serviceFrom, first, last));
}

/** The claims of each person. */
export function byPerson(claims: readonly TrueClaim[]): readonly [string, readonly TrueClaim[]][] {
  return [...groups(claims, ({ person }) => person.person_id)];
}

/** `list` by a key, in the order of its first appearance. */
export function groups<T>(list: readonly T[], key: (one: T) => string): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, T[]>();
  for (const one of list) {
    const group = found.get(key(one));
    if (group) group.push(one);
    else found.set(key(one), [one]);
  }
  return found;
}

/** Each once, in order. */
export function distinct(list: readonly string[]): readonly string[] {
  return [...new Set(list)].sort();
}

/** As SQL has an aggregate of nothing. */
export function nullIfEmpty<T>(list: readonly T[]): readonly T[] | null {
  return list.length > 0 ? list : null;
}

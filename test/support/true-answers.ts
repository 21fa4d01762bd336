import type { ApiVersion } from "../../src/domain/api-version.ts";
import { isInstitutional } from "../../src/simulator/claim-content.ts";
import type { FillRow } from "../../src/simulator/planted/planted-fills.ts";
import type { AnswerRow } from "./ask-question.ts";
import { daysAfter, daysBetween, firstOfMonths, isBetween, latest } from "./iso-days.ts";
import {
  byLast,
  byPerson,
  type CodeLists,
  codesOn,
  current,
  dayOf,
  distinct,
  evidence,
  groups,
  inWindow,
  isEstablished,
  merged,
  nullIfEmpty,
} from "./true-claim-sets.ts";
import type { TrueClaim } from "./true-claims.ts";
import { daysInEmergency } from "./true-emergency-days.ts";
import { partBDrugs } from "./true-part-b-drugs.ts";

/** What the answers depend on. */
export interface Asked {
  readonly apiVersion: ApiVersion;
  /** ISO date. */
  readonly asOf: string;
  /** Every claim version that exists. */
  readonly versions: readonly TrueClaim[];
  readonly codeLists: CodeLists;
  readonly fills: readonly FillRow[];
}

/** The rows of an answer, with those columns that all rows here have. */
export type TrueAnswer = readonly AnswerRow[];

/**
 * The answers to the questions that are asked of all members, worked out claim by claim from what was invented: nothing here
 * has been rendered, loaded or selected.
 */
export function trueAnswers(asked: Asked): Readonly<Record<number, TrueAnswer>> {
  return {
    1: mtmTargeting(asked),
    2: diabetesWithoutStatin(asked),
    4: readmissions(asked),
    5: recentDischarges(asked),
    6: emergencyDays(asked),
    8: newDiabetes(asked),
    9: partBDrugs(asked),
    10: drugHarm(asked),
    11: careSettings(asked),
    12: resourceUse(asked),
    13: sameServiceTwice(asked),
    14: outliers(asked),
    15: freshness(asked),
  };
}

function mtmTargeting({ versions, asOf, codeLists }: Asked): TrueAnswer {
  const lists = distinct(codeLists.map(({ list_name }) => list_name)).filter((name) =>
    name.startsWith("mtm:"),
  );
  return byPerson(inWindow(current(versions), firstOfMonths(24, asOf), asOf)).flatMap(
    ([person_id, claims]) => {
      const conditions = lists.filter((list) => isEstablished(evidence(claims, codeLists, list)));
      return conditions.length < 3
        ? []
        : {
            person_id,
            core_conditions: conditions.length,
            conditions: conditions.map((name) => name.slice(4)).sort(),
          };
    },
  );
}

function diabetesWithoutStatin({ versions, asOf, codeLists, fills }: Asked): TrueAnswer {
  const newYear = `${asOf.slice(0, 4)}-01-01`;
  return byPerson(current(versions)).flatMap(([person_id, claims]) => {
    const { mbis } = claims[0]!.person.patient;
    const year = inWindow(claims, newYear, asOf);
    const isLeftOut =
      evidence(year, codeLists, "supd-exclusion:").length > 0 ||
      claims.some(
        ({ type, serviceFrom, serviceTo }) =>
          type === "hospice" && serviceTo >= newYear && serviceFrom <= asOf,
      ) ||
      fills.some(
        ({ mbi, drugClass, fillDate }) =>
          drugClass === "statin" &&
          fillDate >= newYear &&
          fillDate <= asOf &&
          mbis.some(({ value }) => value === mbi),
      );
    const diabetes = evidence(inWindow(claims, firstOfMonths(12, asOf), asOf), codeLists, "mtm:diabetes");
    // All fills are of the contract whose claims these are.
    const fills_known_to = latest(fills.map(({ fillDate }) => fillDate));
    return isEstablished(diabetes) && !isLeftOut ? { person_id, fills_known_to } : [];
  });
}

function readmissions({ versions }: Asked): TrueAnswer {
  return byPerson(current(versions)).flatMap(([person_id, claims]) => {
    const stays = merged(claims.filter(({ type }) => type === "inpatient"));
    return stays.flatMap(({ from, to, claims: bills }, index) => {
      const next = stays[index + 1];
      return next !== undefined && next.from <= daysAfter(to, 30)
        ? {
            person_id,
            admitted: from,
            discharged: to,
            drg_code: drgOf([...bills].sort(byLast)),
            readmitted: next.from,
            readmission_drg_code: drgOf(next.claims),
          }
        : [];
    });
  });
}

function recentDischarges({ versions, asOf }: Asked): TrueAnswer {
  return byPerson(current(versions)).flatMap(([person_id, claims]) => {
    const begun = claims.filter(
      ({ type, serviceFrom }) => (type === "inpatient" || type === "snf") && serviceFrom <= asOf,
    );
    const last = merged(begun).at(-1);
    const isOpen = last && [...last.claims].sort(byLast)[0]!.queryCode === "1";
    return last && !isOpen && last.to <= asOf && last.to > daysAfter(asOf, -14)
      ? { person_id, discharged: last.to }
      : [];
  });
}

/** The DRG of the first claim that has one. */
function drgOf(claims: readonly TrueClaim[]): string | null {
  return claims.find(({ drg }) => drg !== undefined)?.drg?.padStart(3, "0") ?? null;
}

function emergencyDays({ versions, asOf, apiVersion }: Asked): TrueAnswer {
  return byPerson(current(versions)).flatMap(([person_id, claims]) => {
    const days = daysInEmergency(claims, { asOf, apiVersion });
    return days.length > 0
      ? { person_id, emergency_days: days.length, last_emergency_day: latest(days) }
      : [];
  });
}

function newDiabetes({ versions, asOf, codeLists }: Asked): TrueAnswer {
  return byPerson(current(versions)).flatMap(([person_id, claims]) => {
    const days = evidence(claims, codeLists, "mtm:diabetes")
      .map(({ serviceFrom }) => serviceFrom)
      .sort();
    const first = days.find((day) => day > daysAfter(asOf, -90) && day <= asOf);
    if (first === undefined) return [];
    const yearBefore = daysAfter(first, -365);
    const isClean = !days.some((day) => day < first && day >= yearBefore);
    const wasSeen = claims.some(({ serviceFrom }) => serviceFrom <= yearBefore);
    return isClean && wasSeen ? { person_id, first_diagnosed: first } : [];
  });
}

function drugHarm({ versions, asOf, codeLists }: Asked): TrueAnswer {
  const recent = inWindow(current(versions), firstOfMonths(12, asOf), asOf);
  return byPerson(recent).flatMap(([person_id, claims]) =>
    ["adverse-drug-event", "fall-fracture"].flatMap((list_name) => {
      const days = groups(evidence(claims, codeLists, list_name), ({ serviceFrom }) => serviceFrom);
      return [...days].map(([service_from, theirs]) => ({
        person_id,
        list_name,
        service_from,
        codes: distinct(theirs.flatMap((claim) => codesOn(claim, codeLists, list_name))),
        claims: theirs.length,
      }));
    }),
  );
}

function careSettings({ versions, asOf }: Asked): TrueAnswer {
  const open = current(versions).filter(
    ({ type, serviceFrom, serviceTo }) =>
      ["hospice", "hha", "snf"].includes(type) && serviceFrom <= asOf && serviceTo >= daysAfter(asOf, -60),
  );
  return [...groups(open, ({ person, type }) => `${person.person_id} ${type}`).values()].map((claims) => ({
    person_id: claims[0]!.person.person_id,
    claim_type: claims[0]!.type,
    service_to: latest(claims.map(({ serviceTo }) => serviceTo)),
  }));
}

function resourceUse({ versions, asOf, apiVersion }: Asked): TrueAnswer {
  return byPerson(current(versions)).flatMap(([person_id, all]) => {
    const claims = inWindow(all, firstOfMonths(12, asOf), asOf);
    const emergencies = daysInEmergency(all, { asOf, apiVersion });
    if (claims.length + emergencies.length === 0) return [];
    const stays = merged(claims.filter(({ type }) => type === "inpatient"));
    return {
      person_id,
      inpatient_stays: stays.length,
      inpatient_days: stays.reduce((sum, { from, to }) => sum + Math.max(daysBetween(from, to), 1), 0),
      emergency_days: emergencies.length,
      outpatient_claims: claims.filter(({ type }) => type === "outpatient").length,
      professional_claims: claims.filter(({ type }) => type === "carrier").length,
      claims: claims.length,
      drg_codes: nullIfEmpty(distinct(claims.flatMap(({ drg }) => drg?.padStart(3, "0") ?? []))),
      last_service_date: latest([...claims.map(({ serviceTo }) => serviceTo), ...emergencies]),
    };
  });
}

function sameServiceTwice({ versions, asOf, apiVersion }: Asked): TrueAnswer {
  const yearAgo = firstOfMonths(12, asOf);
  const services = current(versions).flatMap((claim) => {
    const isSilent = apiVersion === "v1" && isInstitutional(claim.type);
    const npi = isSilent ? undefined : claim.careTeam.find(({ role }) => role === "rendering")?.npi;
    return claim.lines.flatMap((line) => {
      const day = dayOf(line, claim);
      // V3 gives every line a day.
      const isDated = line.served !== undefined || apiVersion === "v3";
      return npi && line.hcpcs && isDated && isBetween(day, yearAgo, asOf)
        ? { claim, key: [claim.person.person_id, day, line.hcpcs, npi].join(" ") }
        : [];
    });
  });
  return [...groups(services, ({ key }) => key)].flatMap(([key, theirs]) => {
    const [person_id, service_from, hcpcs_code, rendering_npi] = key.split(" ");
    const eob_ids = distinct(theirs.map(({ claim }) => claim.eobId));
    return eob_ids.length > 1
      ? { person_id, service_from, hcpcs_code, rendering_npi, claims: eob_ids.length }
      : [];
  });
}

function outliers({ versions, asOf }: Asked): TrueAnswer {
  const yearAgo = firstOfMonths(12, asOf);
  const services = current(versions).flatMap((claim) => {
    const by = isInstitutional(claim.type)
      ? undefined
      : claim.careTeam.find(({ role }) => role === "rendering");
    return claim.lines
      .filter((line) => by && isBetween(dayOf(line, claim), yearAgo, asOf))
      .map(() => ({ npi: by!.npi!, specialty: by!.specialty[0], person: claim.person.person_id }));
  });
  const providers = [...groups(services, ({ npi, specialty }) => `${npi} ${specialty}`).values()].map(
    (theirs) => {
      const members = new Set(theirs.map(({ person }) => person)).size;
      return { ...theirs[0]!, members, services: theirs.length, perMember: theirs.length / members };
    },
  );
  return [...groups(providers, ({ specialty }) => specialty).values()].flatMap((peers) => {
    const average = peers.reduce((sum, { perMember }) => sum + perMember, 0) / peers.length;
    const deviation = Math.sqrt(
      peers.reduce((sum, { perMember }) => sum + (perMember - average) ** 2, 0) / (peers.length - 1),
    );
    return peers
      .filter(
        ({ members, perMember }) => peers.length >= 30 && members >= 5 && perMember > average + 3 * deviation,
      )
      .map(({ npi, specialty, members, services: count }) => ({
        rendering_npi: npi,
        rendering_specialty_code: specialty,
        members,
        services: count,
        peers: peers.length,
      }));
  });
}

function freshness({ versions, apiVersion }: Asked): TrueAnswer {
  return [...groups(versions, ({ type }) => type)].map(([claim_type, held]) => {
    const families = [...groups(held, ({ family }) => family).values()];
    return {
      api_version: apiVersion,
      claim_type,
      versions: held.length,
      current_claims: held.filter(({ isCurrent }) => isCurrent).length,
      // V3 sends no cancellation.
      cancelled_families:
        apiVersion === "v3"
          ? 0
          : families.filter((family) => !family.some(({ isCurrent }) => isCurrent)).length,
      newest_service_date: latest(held.map(({ serviceTo }) => serviceTo)),
      median_days_to_update: lowerMedian(
        held.map(({ lastUpdated, serviceTo }) =>
          daysBetween(serviceTo, lastUpdated.toISOString().slice(0, 10)),
        ),
      ),
    };
  });
}

function lowerMedian(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.ceil(numbers.length / 2) - 1]!;
}

import { createReadStream } from "node:fs";
import { attestationFloor } from "./attestation-floor.ts";
import type { ClaimOfMember, ClaimSource, ExportWindow } from "./claim-source.ts";
import type { ClaimTruth, Population } from "./population.ts";

const LINE_FEED = 10;
const BATCH_BYTES = 1024 * 1024;
const MBI_EXTENSION = "http://hl7.org/fhir/StructureDefinition/elementdefinition-identifier";
const CLAIM_GROUP = "https://bluebutton.cms.gov/resources/identifier/claim-group";

/** What the simulator reads in a line that it serves as it is. A line that is no EOB has none of it. */
interface LineFacts {
  readonly id: string | undefined;
  readonly familyKey: string;
  readonly patientId: string;
  /** Epoch milliseconds; NaN when absent. */
  readonly lastUpdated: number;
  readonly serviceFrom: string;
  readonly serviceTo: string;
  readonly isActive: boolean;
  readonly mbis: readonly { readonly value: string; readonly currency: string }[];
}

/**
 * NDJSON files served byte for byte, whatever the version asked for. Lines without a readable `meta.lastUpdated` are in
 * every window. The files are read once to learn the population.
 *
 * @throws the system's error when a file can't be read
 */
export async function fileSource(
  paths: readonly string[],
  { attestedOn }: { readonly attestedOn: string },
): Promise<ClaimSource> {
  const facts = await newestFacts(paths, attestationFloor(attestedOn));
  return {
    population: (_instant, delivers = () => true) =>
      populationOf(facts.filter((line) => delivers(claimOf(line)))),
    async *batches(window) {
      let batch: Buffer[] = [];
      let bytes = 0;
      let patientId: string | undefined;
      for await (const line of linesOf(paths)) {
        const facts = factsOf(line);
        if (!isInside(facts, window)) continue;
        if (bytes > BATCH_BYTES && facts.patientId !== patientId) {
          yield Buffer.concat(batch);
          batch = [];
          bytes = 0;
        }
        patientId = facts.patientId;
        batch.push(line);
        bytes += line.length;
      }
      if (batch.length > 0) yield Buffer.concat(batch);
    },
  };
}

/** Lines with their line feed; bytes are never decoded, so that what is broken stays broken. */
async function* linesOf(paths: readonly string[]): AsyncGenerator<Buffer> {
  for (const path of paths) {
    let pending: Buffer[] = [];
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      let start = 0;
      for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
        yield Buffer.concat([...pending, chunk.subarray(start, end + 1)]);
        pending = [];
        start = end + 1;
      }
      if (start < chunk.length) pending.push(chunk.subarray(start));
    }
    if (pending.length > 0) yield Buffer.concat([...pending, Buffer.from("\n")]);
  }
}

function claimOf({ patientId, serviceFrom, serviceTo }: LineFacts): ClaimOfMember {
  return { member: patientId, serviceFrom, serviceTo };
}

function isInside(facts: LineFacts, { after, until, serviceDates, delivers }: ExportWindow): boolean {
  if (delivers && !delivers(claimOf(facts))) return false;
  if (after !== undefined && facts.lastUpdated <= after) return false;
  if (until !== undefined && facts.lastUpdated > until) return false;
  return serviceDates.every(({ from, to }) => facts.serviceTo >= from && facts.serviceFrom <= to);
}

/** Of each claim its newest line, with all MBIs that its patient has in the files. */
async function newestFacts(
  paths: readonly string[],
  floor: number | undefined,
): Promise<readonly LineFacts[]> {
  const newest = new Map<string, LineFacts>();
  const mbis = new Map<string, Map<string, LineFacts["mbis"][number]>>();
  for await (const line of linesOf(paths)) {
    const facts = factsOf(line);
    if (facts.id === undefined || (floor !== undefined && facts.lastUpdated <= floor)) continue;
    const known = newest.get(facts.id);
    if (!known || !(facts.lastUpdated <= known.lastUpdated)) newest.set(facts.id, facts);
    const ofPatient = mbis.get(facts.patientId) ?? new Map<string, LineFacts["mbis"][number]>();
    for (const mbi of facts.mbis) ofPatient.set(mbi.value, mbi);
    mbis.set(facts.patientId, ofPatient);
  }
  return [...newest.values()].map((facts) => ({
    ...facts,
    mbis: [...(mbis.get(facts.patientId)?.values() ?? [])],
  }));
}

function populationOf(facts: readonly LineFacts[]): Population {
  const claims = truthsOf(facts);
  const patients = new Map(facts.map((line) => [line.patientId, line.mbis]));
  return {
    claims: { v1: claims, v2: claims, v3: claims },
    patients: [...patients].map(([id, mbis]) => {
      const current = mbis.find(({ currency }) => currency === "current")?.value;
      return {
        ccwId: id,
        idrId: id,
        currentMbi: current,
        historicMbis: mbis.map(({ value }) => value).filter((value) => value !== current),
      };
    }),
  };
}

function truthsOf(versions: readonly LineFacts[]): readonly ClaimTruth[] {
  const currentByFamily = new Map<string, LineFacts>();
  for (const facts of versions) {
    const known = currentByFamily.get(facts.familyKey);
    if (facts.isActive && !(known && known.lastUpdated >= facts.lastUpdated)) {
      currentByFamily.set(facts.familyKey, facts);
    }
  }
  return versions.map((facts) => ({
    eobId: facts.id!,
    familyKey: facts.familyKey,
    lastUpdated: new Date(facts.lastUpdated),
    isActive: facts.isActive,
    isCurrent: currentByFamily.get(facts.familyKey) === facts,
    patientId: facts.patientId,
  }));
}

function factsOf(line: Buffer): LineFacts {
  const eob = parsed(line);
  const id = typeof eob?.id === "string" ? eob.id : undefined;
  const group = eob?.identifier?.find?.(({ system }) => system === CLAIM_GROUP)?.value;
  const isNotFinal = eob?.meta?.tag?.some?.(({ code }) => code === "NotFinalAction") ?? false;
  return {
    id,
    familyKey: group ? `group:${group}` : `claim:${id?.replace(/^[a-z]+-(?=.)/, "")}`,
    patientId: eob?.patient?.reference?.replace("Patient/", "") ?? "",
    lastUpdated: Date.parse(eob?.meta?.lastUpdated ?? ""),
    serviceFrom: eob?.billablePeriod?.start ?? "0000-01-01",
    serviceTo: eob?.billablePeriod?.end ?? "9999-12-31",
    isActive: eob?.status === "active" && !isNotFinal,
    mbis: (eob?.extension ?? []).flatMap?.(({ url, valueIdentifier }) =>
      url === MBI_EXTENSION && valueIdentifier?.value
        ? [
            {
              value: valueIdentifier.value,
              currency: valueIdentifier.extension?.[0]?.valueCoding?.code ?? "unknown",
            },
          ]
        : [],
    ),
  };
}

/** The members of an EOB that the simulator looks at. */
interface EobView {
  readonly id?: unknown;
  readonly status?: string;
  readonly meta?: { readonly lastUpdated?: string; readonly tag?: readonly { readonly code?: string }[] };
  readonly identifier?: readonly { readonly system?: string; readonly value?: string }[];
  readonly patient?: { readonly reference?: string };
  readonly billablePeriod?: { readonly start?: string; readonly end?: string };
  readonly extension?: readonly {
    readonly url?: string;
    readonly valueIdentifier?: {
      readonly value?: string;
      readonly extension?: readonly { readonly valueCoding?: { readonly code?: string } }[];
    };
  }[];
}

function parsed(line: Buffer): EobView | undefined {
  try {
    const value: unknown = JSON.parse(line.toString("utf8"));
    return typeof value === "object" && value !== null ? (value as EobView) : undefined;
  } catch {
    // A broken line is served as it is: the client under test has to cope with it.
    return undefined;
  }
}

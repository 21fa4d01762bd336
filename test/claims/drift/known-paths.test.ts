import { describe, expect, it } from "vitest";
import { driftTally } from "../../../src/claims/drift/drift-tally.ts";
import { KNOWN_PATHS } from "../../../src/claims/drift/known-paths.ts";
import { spelledOut } from "../../../src/claims/drift/path-tree.ts";
import { mapEob } from "../../../src/claims/map-eob.ts";
import { parseEob } from "../../../src/claims/parse-eob.ts";
import type { ApiVersion } from "../../../src/domain/api-version.ts";
import { generatedSource } from "../../../src/simulator/generated-source.ts";
import { eob } from "../../support/eob.ts";
import { sampleLines } from "../../support/sample-lines.ts";
import { everyShape } from "./every-shape.ts";
import { recordedReads } from "./recorded-reads.ts";

const VERSIONS = ["v1", "v2", "v3"] as const;

async function simulatedLines(apiVersion: ApiVersion): Promise<string[]> {
  const source = generatedSource({ seed: 1, contract: "Z0001" }, { patients: 60, attestedOn: "2020-01-01" });
  const asOf = Date.parse("2026-11-06T09:00:00Z");
  const lines: string[] = [];
  for await (const batch of source.batches({
    apiVersion,
    asOf,
    after: undefined,
    until: undefined,
    serviceDates: [],
  }))
    lines.push(...batch.toString().split("\n").slice(0, -1));
  return lines;
}

const corpora = new Map<ApiVersion, Promise<readonly string[]>>();
function corpusOf(version: ApiVersion): Promise<readonly string[]> {
  const known = corpora.get(version);
  if (known) return known;
  const samples = sampleLines(version);
  if (!samples)
    process.stderr.write(`The ${version} sample is absent: the mapper's reads are recorded without it\n`);
  const corpus = simulatedLines(version).then((simulated) => [
    ...(samples ?? []),
    ...simulated,
    ...everyShape(version),
  ]);
  corpora.set(version, corpus);
  return corpus;
}

const consumedBy = (version: ApiVersion) => KNOWN_PATHS[version].consumed.flatMap(spelledOut);
/** Where a system is no matter to the mapper, the lists leave it out. */
const withoutSystem = (path: string) => path.replaceAll(/\([^)]*\)/g, "");

describe("KNOWN_PATHS", () => {
  it.each(VERSIONS)("has as consumed in %s what the mapper reads, and nothing else", async (version) => {
    const read = new Set<string>();
    for (const line of await corpusOf(version)) {
      const { kind, reads } = recordedReads(line, version);
      expect(kind).toBe("claim");
      for (const path of reads) read.add(path);
    }
    const consumed = new Set(consumedBy(version));
    expect([...read].filter((path) => !consumed.has(path) && !consumed.has(withoutSystem(path)))).toEqual([]);
    const any = new Set([...read, ...[...read].map(withoutSystem)]);
    expect([...consumed].filter((path) => !any.has(path))).toEqual([]);
  });

  it.each(VERSIONS)("has in %s no path twice, and a reason for what is not read", (version) => {
    const { unread } = KNOWN_PATHS[version];
    const all = [...consumedBy(version), ...unread.flatMap(({ paths }) => paths).flatMap(spelledOut)];
    expect(all.filter((path, index) => all.indexOf(path) !== index)).toEqual([]);
    for (const { reason, paths } of unread) {
      expect(reason).toMatch(/^[A-Z].{15,}[^.]$/);
      expect(paths).not.toEqual([]);
    }
  });

  it.each(VERSIONS)("knows all that CMS's samples and the simulator have in %s", async (version) => {
    const tally = driftTally(version);
    for (const line of await corpusOf(version)) tally.note(parseEob(line));
    // A shared system's claim, which the sample has and AB2D should not send.
    const notNative = "type.coding[system=https://bluebutton.cms.gov/fhir/CodeSystem/CLM-TYPE-CD].code=1800";
    expect([...tally.places().keys()].filter((place) => place !== notNative)).toEqual([]);
  });

  it.each(VERSIONS)("knows in %s the codes that the mapper knows", (version) => {
    const { values } = KNOWN_PATHS[version];
    const valuesAt = (end: RegExp) => Object.entries(values).find(([path]) => end.test(path))?.[1] ?? [];
    const mapped = (fields: Record<string, unknown>) => {
      const claim = mapEob(parseEob(JSON.stringify(eob({ version, fields }))), { apiVersion: version });
      return claim.kind === "claim" ? claim : undefined;
    };
    const types = valuesAt(/^type/);
    expect(types).toHaveLength(14);
    const [typePath] = Object.keys(values).filter((path) => path.startsWith("type"));
    const system = /system=([^\]]+)/.exec(typePath!)![1];
    for (const code of types) {
      expect(mapped({ type: { coding: [{ system, code }] } })?.header.claim_type).not.toBe("other");
    }
    expect(mapped({ type: { coding: [{ system, code: "99" }] } })?.header.claim_type).toBe("other");
    for (const status of valuesAt(/^status$/)) expect(mapped({ status })?.header.status).toBe(status);
    expect(mapped({ status: "queued" })).toBeUndefined();
    const rolePath = Object.keys(values).find((path) => path.startsWith("careTeam"))!;
    const roleSystem = /system=([^\]]+)/.exec(rolePath)![1];
    const roleOf = (code: string) =>
      mapped({
        careTeam: [
          {
            sequence: 1,
            provider: { identifier: { system: "http://hl7.org/fhir/sid/us-npi", value: "1234567893" } },
            role: { coding: [{ system: roleSystem, code }] },
          },
        ],
      })?.children.providers[0]?.role;
    for (const code of values[rolePath]!) expect(roleOf(code)).not.toBe("other");
    expect(roleOf("supervisor")).toBe("other");
  });
});

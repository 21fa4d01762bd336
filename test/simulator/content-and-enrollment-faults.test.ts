import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { CONTENT_FAULTS } from "../../src/simulator/faults/content-faults.ts";
import { ENROLLMENT_FAULTS, lateJoiners, optOut } from "../../src/simulator/faults/enrollment-faults.ts";
import { type Check, checkFaults, EXPORT, faulty, GZIP } from "./fault-checks.ts";
import { declared, type Setup, sha256Of } from "./simulator-client.ts";

const DAY = 86_400_000;
/** V1 without `_since` is always everything. */
const FULL = EXPORT.replace("v2", "v1");

/** The files of a new, full job, checked against their manifest, in the order of their numbers. */
async function files(server: Setup): Promise<{ name: string; text: Buffer }[]> {
  const { manifest } = await server.exported(FULL);
  const all = [];
  for (const entry of manifest.output) {
    const text = gunzipSync((await server.send(entry.url, GZIP)).body);
    expect([text.length, sha256Of(text)]).toEqual([declared(entry).length, declared(entry).sha256]);
    all.push({ name: entry.url.split("/").at(-1)!, text });
  }
  return all.sort((a, b) => a.name.length - b.name.length || (a.name < b.name ? -1 : 1));
}

async function linesOf(server: Setup): Promise<string[]> {
  return (await files(server)).flatMap(({ text }) => text.toString("latin1").split(/(?<=\n)/));
}

/** The lines with the fault, and without any at the same instant. */
async function both(server: Setup): Promise<{ with: string[]; without: string[] }> {
  const withFault = await linesOf(server);
  server.simulator.setFaults([]);
  const all = await server.lines(FULL);
  const without = all.map((line) => `${Buffer.from(line, "utf8").toString("latin1")}\n`);
  return { with: withFault, without };
}

/** Some lines differ from those without the fault, and each of these looks as `looks` says. */
function changesSome(looks: (line: string) => void): Check {
  return async (server) => {
    const lines = await both(server);
    const known = new Set(lines.without);
    const strange = lines.with.filter((line) => !known.has(line));
    expect(strange.length).toBeGreaterThanOrEqual(1);
    expect(strange.length).toBeLessThanOrEqual(3);
    for (const line of strange) looks(line);
    expect(lines.with.length).toBeGreaterThanOrEqual(lines.without.length);
  };
}

interface Line {
  readonly id: string;
  readonly status: string;
  readonly resourceType: string;
  readonly meta: { readonly lastUpdated?: string };
  readonly type: { readonly coding: readonly { readonly code?: string }[] };
}
const parse = (line: string): Line => JSON.parse(Buffer.from(line, "latin1").toString("utf8")) as Line;

function heldMembers(server: Setup): Set<string> {
  return new Set(server.simulator.population("Z0001").claims.v1.map(({ patientId }) => patientId));
}
const membersIn = (lines: readonly string[]) =>
  new Set(lines.map((line) => /"Patient\/([^"]+)"/.exec(line)![1]!));

checkFaults(
  [...CONTENT_FAULTS, ...ENROLLMENT_FAULTS],
  {
    async "many-files-numbering"(server) {
      const all = await files(server);
      expect(all.length).toBeGreaterThanOrEqual(16);
      expect(all.map(({ name }) => name)).toEqual(all.map((_, index) => `Z0001_${9990 + index}.ndjson`));
      expect(new Set(await linesOf(server)).size).toBe(server.simulator.population("Z0001").claims.v1.length);
    },
    async "duplicate-lines"(server) {
      const lines = await both(server);
      expect(new Set(lines.with)).toEqual(new Set(lines.without));
      expect(lines.with.length).toBeGreaterThan(lines.without.length * 1.3);
    },
    async "repeated-across-files"(server) {
      const all = await files(server);
      const [first, last] = [all[0]!.text.toString(), all.at(-1)!.text.toString()];
      expect(all.length).toBeGreaterThan(1);
      expect(last.split("\n")).toHaveLength(21);
      expect(first.startsWith(last)).toBe(true);
    },
    async "older-after-newer"(server) {
      const all = await files(server);
      const newer = all[0]!.text.toString("latin1").split("\n").slice(0, 20).map(parse);
      const older = all.at(-1)!.text.toString("latin1").split("\n").slice(0, 20).map(parse);
      expect(older.map(({ id }) => id)).toEqual(newer.map(({ id }) => id));
      older.forEach(({ meta, status }, index) => {
        const age = Date.parse(newer[index]!.meta.lastUpdated!) - Date.parse(meta.lastUpdated!);
        expect([age, status === newer[index]!.status]).toEqual([30 * DAY, false]);
      });
    },
    "last-updated-missing": changesSome((line) => {
      expect(Object.keys(parse(line).meta)).not.toContain("lastUpdated");
    }),
    "last-updated-future": changesSome((line) => {
      expect(Date.parse(parse(line).meta.lastUpdated!)).toBeGreaterThan(Date.parse("2027-01-01T00:00:00Z"));
    }),
    "nul-escape": changesSome((line) => {
      expect(line).toContain("\\u0000");
      parse(line);
    }),
    "lone-surrogate": changesSome((line) => {
      expect(line).toContain("\\ud800");
      parse(line);
    }),
    "part-d-claim": changesSome((line) => {
      expect(parse(line).type.coding.at(-1)!.code).toBe("PDE");
    }),
    "foreign-resource": changesSome((line) => expect(parse(line).resourceType).toBe("Patient")),
    "broken-line": changesSome((line) => expect(() => parse(line)).toThrow()),
    "invalid-utf8": changesSome((line) => {
      const decoder = new TextDecoder("utf-8", { fatal: true });
      expect(() => decoder.decode(Buffer.from(line, "latin1"))).toThrow();
    }),
    async "blank-lines"(server) {
      const lines = await both(server);
      expect(lines.with.filter((line) => line !== "\n")).toHaveLength(lines.without.length);
      expect(lines.with.length).toBeGreaterThanOrEqual(Math.ceil(lines.without.length * 1.2));
    },
    async "mapping-changed"(server) {
      const lines = await both(server);
      expect(lines.without.join("")).toMatch(/claim_query_cd"/);
      expect(lines.with.join("")).not.toMatch(/claim_query_cd"/);
      const known = new Set(lines.without);
      const before = (line: string) =>
        line.replace(/,"priority":{[^}]+}]}/, "").replaceAll("clm_query_cd", "claim_query_cd");
      expect(lines.with.filter((line) => known.has(line) || !known.has(before(line)))).toHaveLength(0);
    },
    async crlf(server) {
      for (const line of await linesOf(server)) expect(line.endsWith("}\r\n")).toBe(true);
    },
    async "byte-order-mark"(server) {
      const lines = await linesOf(server);
      expect(lines[0]!.startsWith("\xef\xbb\xbf{")).toBe(true);
      expect(lines.slice(1).every((line) => line.startsWith("{"))).toBe(true);
    },
    async "no-final-newline"(server) {
      const lines = await linesOf(server);
      expect(lines.at(-1)!.endsWith("}")).toBe(true);
      expect(lines.slice(0, -1).every((line) => line.endsWith("}\n"))).toBe(true);
    },

    async "silent-omission"(server) {
      const all = heldMembers(server);
      const first = membersIn(await linesOf(server));
      expect(first.size).toBeLessThan(all.size);
      expect(heldMembers(server)).toEqual(all);
      expect(membersIn(await linesOf(server))).toEqual(all);
    },
    async "late-joiners"(server) {
      const before = heldMembers(server);
      expect(membersIn(await linesOf(server))).toEqual(before);
      server.clock.advance(11 * DAY);
      const after = heldMembers(server);
      expect(after.size).toBeGreaterThan(before.size);
      expect(membersIn(await linesOf(server))).toEqual(after);
    },
    async "opt-out"(server) {
      const before = heldMembers(server);
      server.clock.advance(11 * DAY);
      const after = heldMembers(server);
      expect(after.size).toBeLessThan(before.size);
      expect(membersIn(await linesOf(server))).toEqual(after);
    },
    async "roster-correction"(server) {
      const ids = () => server.simulator.population("Z0001").claims.v1.map(({ eobId }) => eobId);
      const before = new Set(ids());
      server.clock.advance(11 * DAY);
      const after = new Set(ids());
      server.simulator.setFaults([]);
      const all = new Set(ids());
      expect([...before].some((id) => !after.has(id))).toBe(true);
      expect([...after].filter((id) => !before.has(id)).length).toBeGreaterThan(20);
      expect([...before, ...after].every((id) => all.has(id))).toBe(true);
    },
  },
  { contracts: [{ number: "Z0001", patients: 24 }] },
);

describe("lateJoiners()", () => {
  it("lateJoiners() leaves their older claims to a full export: an incremental one brings the news only", async () => {
    const server = await faulty([lateJoiners({ at: "2026-11-25T00:00:00Z", oneIn: 2 })], {
      contracts: [{ number: "Z0001", patients: 24 }],
    });
    const before = heldMembers(server);
    server.clock.advance(20 * DAY);
    const joined = server.simulator
      .population("Z0001")
      .claims.v1.filter(({ patientId }) => !before.has(patientId));
    const lines = await server.lines(`${FULL}?_since=2026-11-21T00:00:00Z`);
    const brought = new Set(lines.map((line) => parse(line).id));
    const news = joined.filter(
      ({ lastUpdated }) => lastUpdated.getTime() > Date.parse("2026-11-21T00:00:00Z"),
    );
    expect(joined.length).toBeGreaterThan(news.length);
    expect(joined.filter(({ eobId }) => brought.has(eobId)).length).toBe(news.length);
  });
});

describe("optOut()", () => {
  it("optOut() works on served files too", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ab2d-served-"));
    const line = (member: number) =>
      `{"id":"carrier-${member}","meta":{"lastUpdated":"2026-01-01T00:00:00Z"},"status":"active","patient":{"reference":"Patient/${member}"}}\n`;
    await writeFile(
      `${folder}/served.ndjson`,
      Array.from({ length: 40 }, (_, index) => line(index)).join(""),
    );
    const server = await faulty([optOut({ oneIn: 2, at: "2026-11-21T00:00:00Z" })], {
      contracts: [{ number: "Z0001", files: [`${folder}/served.ndjson`] }],
    });
    const held = heldMembers(server);
    expect(held.size).toBeGreaterThan(8);
    expect(held.size).toBeLessThan(32);
    expect(membersIn(await server.lines(FULL))).toEqual(held);
    await rm(folder, { recursive: true });
  });
});

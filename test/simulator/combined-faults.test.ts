import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FAULTS } from "../../src/simulator/faults/all-faults.ts";
import { truncatedGzip } from "../../src/simulator/faults/download-faults.ts";
import type { Fault } from "../../src/simulator/faults/fault.ts";
import { faultsOfSeed, MIXED_FAULTS } from "../../src/simulator/faults/faults-of-seed.ts";
import { EXPORT, faulty, GZIP } from "./fault-checks.ts";
import { type Manifest, type SendOptions, type Setup, setup, sha256Of } from "./simulator-client.ts";

/** What a simple client sees from beginning to end. */
async function journey(faults: readonly (Fault | string)[], faultSeed: number): Promise<string[]> {
  const server = await setup({ contracts: [{ number: "Z0001", patients: 4 }], faults, faultSeed });
  try {
    const seen: string[] = [];
    let token = "";
    async function ask(path: string, options: SendOptions = {}): Promise<Buffer | undefined> {
      server.clock.advance(20_000);
      const headers = { ...options.headers, authorization: `Bearer ${token}` };
      const answer = await server.send(path, { ...options, headers }).catch(() => undefined);
      const { apiUrl } = server.simulator;
      // How much of an answer arrives before its connection is lost is the network's business.
      const [status, text] = answer?.isComplete
        ? [
            answer.status,
            sha256Of(Buffer.from(answer.body.toString("latin1").replaceAll(apiUrl, ""), "latin1")),
          ]
        : [0, "lost"];
      const { server: _name, connection: _kept, ...told } = answer?.isComplete ? answer.headers : {};
      seen.push(`${status} ${JSON.stringify(told).replaceAll(apiUrl, "")} ${text}`);
      return status === 200 ? answer!.body : undefined;
    }
    for (let turn = 0; turn < 2; turn++) {
      token = await tokenOf(server);
      for (let start = 0; start < 3; start++) await ask(EXPORT);
      const id = await jobOf(server);
      for (let poll = 0; poll < 4; poll++) {
        const body = await ask(`/api/v2/fhir/Job/${id}/$status`);
        if (poll < 3) continue;
        for (const name of namesIn(body)) await ask(`/api/v2/fhir/Job/${id}/file/${name}`, GZIP);
      }
    }
    return seen;
  } finally {
    await server.stop();
  }
}

/** A token, or nonsense when there is none to be had. */
async function tokenOf(server: Setup): Promise<string> {
  return server.token().then(
    (token) => token,
    () => "none",
  );
}

/** The newest job's id, out of a 429 or a 202 that a start without faults gives. */
async function jobOf(server: Setup): Promise<string> {
  const answer = await server.send(EXPORT).catch(() => undefined);
  return /Job\/([0-9a-f-]{36})/.exec(String(answer?.headers["content-location"]))?.[1] ?? "none";
}

function namesIn(body: Buffer | undefined): string[] {
  try {
    const { output } = JSON.parse(body!.toString()) as Manifest;
    return output
      .map(({ url }) => url.split("/").at(-1)!)
      .filter((name) => /^\w+\.ndjson$/.test(name))
      .slice(0, 3);
  } catch {
    // Several faults leave no manifest to be read.
    return [];
  }
}

/** The bomb is left out for the time that it takes. */
const QUICK = MIXED_FAULTS.filter(({ name }) => name !== "endless-download");

describe("armFaults()", () => {
  it("armFaults() lets any faults live together: every request is answered or dropped on purpose, and a seed repeats it all", {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.constantFrom(...QUICK), { minLength: 2, maxLength: 6 }),
        fc.integer({ min: 0, max: 1_000_000 }),
        async (faults, seed) => {
          const first = await journey(faults, seed);
          expect(first.length).toBeGreaterThanOrEqual(14);
          expect(await journey([...faults].reverse(), seed)).toEqual(first);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("armFaults() lets two of the same kind strike both", async () => {
    const server = await faulty([
      "dropped-connections",
      truncatedGzip({ times: 1 }),
      truncatedGzip({ times: 2 }),
    ]);
    const { manifest } = await server.exported(EXPORT);
    let whole = 0;
    for (let count = 0; count < 8; count++) {
      const { isComplete, headers, body } = await server.send(manifest.output[0]!.url, GZIP);
      if (isComplete && headers["content-encoding"] === "gzip" && body.length > 20_000) whole++;
    }
    expect(whole).toBeGreaterThan(2);
  });

  it("armFaults() gives one fault the same moments whichever others are on", async () => {
    const moments = async (faults: readonly string[]): Promise<number[]> => {
      const server = await faulty(faults, { faultSeed: 11 });
      const seen = [];
      for (let count = 0; count < 10; count++)
        seen.push((await server.send("/api/v2/fhir/Job/x/$status")).status);
      return seen;
    };
    expect(await moments(["poll-errors", "crlf", "wrong-checksum"])).toEqual(await moments(["poll-errors"]));
  });
});

describe("faultsOfSeed()", () => {
  const seeds = Array.from({ length: 1000 }, (_, seed) => faultsOfSeed(seed));

  it("faultsOfSeed() gives one to four faults, the same for the same seed", () => {
    seeds.forEach((faults, seed) => {
      expect(faults.length).toBeGreaterThanOrEqual(1);
      expect(faults.length).toBeLessThanOrEqual(4);
      expect(new Set(faults).size).toBe(faults.length);
      expect(faultsOfSeed(seed)).toEqual(faults);
    });
    expect(new Set(seeds.map((faults) => faults.map(({ name }) => name).join())).size).toBeGreaterThan(500);
  });

  it("faultsOfSeed() mostly gives what a client heals, and in time everything that needs no real time", () => {
    const harmless = seeds.filter((faults) =>
      faults.every(({ client }) => client === "heals" || client === "unseen"),
    );
    expect(harmless.length).toBeGreaterThan(750);
    expect(harmless.length).toBeLessThan(950);
    expect(new Set(seeds.flat())).toEqual(new Set(MIXED_FAULTS));
    expect(FAULTS.length - MIXED_FAULTS.length).toBe(3);
  });

  it("faultsOfSeed() keeps to what it may choose among", () => {
    const among = FAULTS.filter(({ client }) => client === "stops").slice(0, 2);
    for (let seed = 0; seed < 50; seed++) {
      for (const fault of faultsOfSeed(seed, { among })) expect(among).toContain(fault);
    }
  });
});

import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { request } from "undici";
import { describe, expect, it, onTestFinished } from "vitest";
import { authenticate } from "../../src/ab2d/authenticate.ts";
import { awaitManifest } from "../../src/ab2d/await-manifest.ts";
import { openDispatchers } from "../../src/ab2d/dispatcher.ts";
import { openOutputFile } from "../../src/ab2d/open-output-file.ts";
import { startExport } from "../../src/ab2d/start-export.ts";
import { type ContractNumber, parseContractNumber } from "../../src/domain/contract-number.ts";
import { EtlError } from "../../src/errors.ts";
import { type SyncRequest, sync } from "../../src/pipeline.ts";
import { context } from "../support/context.ts";
import { eob } from "../support/eob.ts";
import { freshDatabase } from "../support/fresh-database.ts";
import { jumpingClock } from "../support/jumping-clock.ts";
import { ndjson, temporaryFolder } from "../support/load-lines.ts";
import { addressOf, MARK } from "./hostile-addresses.ts";
import { breaksHttp, outcomeOf, setUp } from "./hostile-bench.ts";
import type { RawAnswer } from "./raw-server.ts";
import { JOB_ID, outcomeAnswer, thrown } from "./setup.ts";
import { setTraps, watchDialling } from "./traps.ts";

const WINDOW = { since: undefined, until: undefined };
const REDIRECTS = [301, 302, 303, 307, 308];
const NAME = "Z0001_0001.ndjson";
const statusTail = (jobId = JOB_ID) => `/api/v2/fhir/Job/${jobId}/$status`;
const fileTail = (jobId = JOB_ID, name = NAME) => `/api/v2/fhir/Job/${jobId}/file/${name}`;

type Answer = (request: {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
}) => RawAnswer;

function manifestOf(
  files: { output: readonly string[]; error: readonly string[] },
  request: string,
): RawAnswer {
  const list = (urls: readonly string[]) => urls.map((url) => ({ type: "ExplanationOfBenefit", url }));
  return {
    status: 200,
    body: JSON.stringify({
      transactionTime: "Nov 06, 2026, 9:04:22 AM",
      request,
      requiresAccessToken: true,
      output: list(files.output),
      error: list(files.error),
    }),
  };
}

describe("hostile addresses", () => {
  it("would be seen if they were dialled, under a name that nobody can resolve as well", async () => {
    const traps = await setTraps();
    const { connects } = watchDialling();
    const dispatchers = openDispatchers();
    onTestFinished(() => dispatchers.destroy());
    for (const host of [`${MARK}.example.org`, traps.second]) {
      const url = new URL(`http://${host}/`);
      await expect(request(url, { dispatcher: dispatchers.for(url) })).rejects.toThrow();
    }
    expect(traps.caught.filter((text) => text.includes(`${MARK}.example.org`))).toHaveLength(1);
    expect(traps.caught).toHaveLength(2);
    expect(connects.size).toBeGreaterThan(0);
  });

  it("startExport() takes nothing but a job id from the Content-Location of a 202", async () => {
    const { api, session: open, addresses, expectNoLeak, expectOwnOriginsOnly } = await setUp();
    const session = await open();
    const ends = { started: 0, refused: 0, broken: 0 };
    for (const hostile of addresses) {
      const address = addressOf(hostile, statusTail());
      api.answer = () => ({ status: 202, headers: [["Content-Location", address]] });
      const outcome = await outcomeOf(startExport(session, WINDOW));
      expectNoLeak(address, outcome);
      if (!(outcome instanceof EtlError)) {
        expect(outcome).toMatchObject({ kind: "started", jobId: JOB_ID });
        ends.started += 1;
      } else if (outcome.exitCode === 76) {
        expect(outcome.code).toBe("JOB_LOCATION_INVALID");
        ends.refused += 1;
      } else {
        expect(outcome).toMatchObject({ code: "API_UNAVAILABLE", exitCode: 69 });
        expect(breaksHttp(address), address).toBe(true);
        ends.broken += 1;
      }
    }
    expectOwnOriginsOnly();
    expect(api.requests).toHaveLength(addresses.length);
    expect(new Set(addresses).size).toBeGreaterThanOrEqual(200);
    expect(ends.started).toBeGreaterThan(100);
    expect(ends.refused).toBeGreaterThan(30);
    expect(ends.broken).toBeGreaterThan(3);
  });

  it("startExport() takes nothing but job ids from the Content-Location of a 429", async () => {
    const { api, session: open, addresses, expectNoLeak, expectOwnOriginsOnly } = await setUp();
    const session = await open();
    const active = outcomeAnswer(429, "You already have active export requests in progress.");
    let named = 0;
    for (const [at, hostile] of addresses.entries()) {
      const address = addressOf(hostile, statusTail());
      // Alone, and in a list with its neighbour.
      const list = at % 2 === 0 ? address : [address, addressOf(addresses[at - 1]!, statusTail())].join(", ");
      api.answer = () => ({ status: 429, headers: [["Content-Location", list]], body: active.body! });
      const outcome = await outcomeOf(startExport(session, WINDOW));
      expectNoLeak(address, outcome);
      if (outcome instanceof EtlError) {
        expect(outcome).toMatchObject({ code: "API_UNAVAILABLE", exitCode: 69 });
        expect(breaksHttp(list), list).toBe(true);
      } else {
        expect(outcome.kind).toBe("busy");
        const jobIds = outcome.kind === "busy" ? outcome.jobIds : [];
        expect([JOB_ID, "33333333-1111-4222-8333-444444444444"]).toEqual(expect.arrayContaining([...jobIds]));
        named += jobIds.length > 0 ? 1 : 0;
      }
    }
    expectOwnOriginsOnly();
    expect(named).toBeGreaterThan(100);
  });

  it.each(["output", "error"] as const)(
    "awaitManifest() takes nothing but a file name from %s[].url, and openOutputFile() asks for it at the API",
    async (list) => {
      const { api, session: open, addresses, expectNoLeak, expectOwnOriginsOnly } = await setUp();
      const session = await open();
      const ends = { taken: 0, refused: 0 };
      for (const hostile of addresses) {
        const address = addressOf(hostile, fileTail());
        const manifest = manifestOf({ output: [], error: [], [list]: [address] }, api.url);
        api.answer = ({ url }) => (url?.endsWith("$status") ? manifest : { status: 200, body: "{}" });
        const outcome = await outcomeOf(awaitManifest(session, JOB_ID, { pollInterval: 30 }));
        api.requests.splice(0);
        if (outcome instanceof EtlError) {
          expect(outcome).toMatchObject({ code: "MANIFEST_INVALID", exitCode: 76 });
          ends.refused += 1;
        } else {
          const [file] = [...outcome.outputFiles, ...outcome.errorFiles];
          expect(file?.name).toBe(NAME);
          const { body } = await openOutputFile(session, { jobId: JOB_ID, name: file!.name });
          body.destroy();
          expect(api.requests).toEqual([`GET ${fileTail()}`]);
          ends.taken += 1;
        }
        expectNoLeak(address, outcome);
      }
      expectOwnOriginsOnly();
      expect(ends.taken).toBeGreaterThan(100);
      expect(ends.refused).toBeGreaterThan(50);
    },
  );

  it("no redirect of token, start, status or download is followed: 301, 302, 303, 307 and 308 in turn", async () => {
    const { api, identity, options, session: open, addresses, ...rest } = await setUp();
    const session = await open();
    const file = { jobId: JOB_ID, name: NAME };
    const places: readonly (readonly [tail: string, call: () => Promise<unknown>])[] = [
      ["/oauth2/v1/token", () => authenticate(options)],
      ["/api/v2/fhir/Patient/$export", () => startExport(session, WINDOW)],
      [statusTail(), () => awaitManifest(session, JOB_ID, { pollInterval: 30 })],
      [fileTail(), () => openOutputFile(session, file)],
    ];
    let broken = 0;
    for (const [at, hostile] of addresses.entries()) {
      for (const [place, [tail, call]] of places.entries()) {
        const address = addressOf(hostile, tail);
        const status = REDIRECTS[(at + place) % REDIRECTS.length]!;
        const redirect = { status, headers: [["Location", address]] } satisfies RawAnswer;
        api.answer = () => redirect;
        identity.answer = () => redirect;
        const outcome = await thrown(call());
        rest.expectNoLeak(address, outcome);
        if (outcome.exitCode === 76) expect(outcome.code, address).toBe("REDIRECT_REFUSED");
        else {
          expect(outcome, address).toMatchObject({ code: "API_UNAVAILABLE", exitCode: 69 });
          expect(breaksHttp(address), address).toBe(true);
          broken += 1;
        }
      }
    }
    rest.expectOwnOriginsOnly();
    expect(api.requests).toHaveLength(3 * addresses.length);
    expect(identity.requests).toHaveLength(1 + addresses.length);
    expect(broken).toBeLessThan(addresses.length / 2);
  });

  it("sync() brings everything by rebuilt addresses or ends with an error, and writes nothing outside of its landing folder", {
    timeout: 180_000,
  }, async () => {
    const { api, identity, options, addresses, expectNoLeak, expectOwnOriginsOnly } = await setUp();
    const database = await freshDatabase();
    const folder = await temporaryFolder();
    const landingDir = join(folder, "landing");
    const wanted: SyncRequest = {
      contract: parseContractNumber("Z0001") as ContractNumber,
      apiVersion: "v2",
      attestedOn: undefined,
      overlapDays: 1,
      sincePolicy: "run-start",
      apiUrl: options.apiUrl,
      tokenUrl: options.tokenUrl,
      credentials: options.credentials,
      pollInterval: 30,
      landingDir,
      downloads: 2,
      loaders: 1,
      keepLanded: true,
    };
    const at = context(database.pool, { clock: jumpingClock(), log: options.log });
    const around = await Promise.all([process.cwd(), tmpdir(), "/"].map((place) => readdir(place)));
    let run = 0;

    /** A run in which AB2D writes `hostile` wherever it writes an address, or where `only` says. */
    async function runWith(hostile: string, only: "all" | "manifest" = "all") {
      run += 1;
      const jobId = `00000000-0000-4000-8000-${String(run).padStart(12, "0")}`;
      const location = addressOf(only === "all" ? hostile : `${options.apiUrl}{tail}`, statusTail(jobId));
      const everywhere = [hostile, hostile].map((text) => addressOf(text, statusTail(jobId)));
      let asked = "";
      const answer: Answer = ({ url = "" }) => {
        if (url.includes("$export")) {
          asked = `${options.apiUrl}${url}`;
          return { status: 202, headers: [["Content-Location", location]] };
        }
        if (url === statusTail(jobId)) {
          const output = [addressOf(hostile, fileTail(jobId))];
          return manifestOf({ output, error: [] }, asked);
        }
        if (url !== fileTail(jobId)) return { status: 418 };
        const headers = breaksHttp(hostile)
          ? []
          : ["Location", "Refresh"].map((name, index) => [name, everywhere[index]!] as const);
        return { status: 200, headers, body: ndjson([eob({ claimId: `-${1000 + run}` })]) };
      };
      api.answer = answer;
      api.requests.splice(0);
      const outcome = await outcomeOf(sync(wanted, at));
      return { outcome, jobId };
    }

    const ends = { complete: 0, refused: 0, broken: 0 };
    const share = addresses.filter((_address, index) => index % 4 === 0);
    for (const hostile of share) {
      for (const only of ["all", "manifest"] as const) {
        const { outcome, jobId } = await runWith(hostile, only);
        expectNoLeak(hostile, outcome);
        if (!(outcome instanceof EtlError)) {
          expect(outcome.run).toMatchObject({ state: "complete", gaps: [] });
          expect(api.requests).toEqual([
            "GET /api/v2/fhir/Patient/$export",
            `GET ${statusTail(jobId)}`,
            `GET ${fileTail(jobId)}`,
          ]);
          ends.complete += 1;
          break; // With hostile addresses everywhere: nothing more to learn.
        }
        if (outcome.exitCode === 76) {
          expect(["JOB_LOCATION_INVALID", "MANIFEST_INVALID"]).toContain(outcome.code);
          ends.refused += 1;
        } else {
          expect(outcome).toMatchObject({ code: "API_UNAVAILABLE", exitCode: 69 });
          expect(breaksHttp(hostile), hostile).toBe(true);
          ends.broken += 1;
        }
      }
    }
    const { outcome } = await runWith("{tail}");
    expect(outcome).toMatchObject({ run: { state: "complete" } });

    expectOwnOriginsOnly();
    expect(share.length).toBeGreaterThanOrEqual(60);
    expect(ends.complete).toBeGreaterThan(40);
    expect(ends.refused).toBeGreaterThan(10);
    expect(await database.rows("select 1 from ab2d.claim_version")).toHaveLength(ends.complete + 1);
    expect(await readdir(folder)).toEqual(["landing"]);
    const landed = await readdir(landingDir, { recursive: true });
    for (const path of landed) expect(path).toMatch(/^Z0001(\/[0-9a-f-]{36}(\/Z0001_0001\.ndjson\.gz)?)?$/);
    expect(around.flat().filter((name) => name.includes(MARK) || name.includes("Z0001_0001"))).toEqual([]);
    const after = await Promise.all([process.cwd(), tmpdir(), "/"].map((place) => readdir(place)));
    expect(after.flat().filter((name) => name.includes(MARK) || name.includes("Z0001_0001"))).toEqual([]);
    expect(existsSync("/etc/Z0001_0001.ndjson.gz")).toBe(false);
    for (const { name } of await database.rows<{ name: string }>(
      "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname like 'ab2d%'",
    )) {
      expect(await database.rows(`select 1 from ${name} t where t::text like '%${MARK}%'`), name).toEqual([]);
    }
    expect(identity.requests.length).toBeGreaterThan(60);
  });
});

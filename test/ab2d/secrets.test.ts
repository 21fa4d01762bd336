import { inspect } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { authenticate } from "../../src/ab2d/authenticate.ts";
import { awaitManifest } from "../../src/ab2d/await-manifest.ts";
import { cancelExport } from "../../src/ab2d/cancel-export.ts";
import { openOutputFile } from "../../src/ab2d/open-output-file.ts";
import type { Session } from "../../src/ab2d/session.ts";
import { startExport } from "../../src/ab2d/start-export.ts";
import { EtlError } from "../../src/errors.ts";
import { type ScriptedAnswer, scriptedServer } from "../support/scripted-server.ts";
import {
  CANCEL,
  FILE,
  JOB_ID,
  outcomeAnswer,
  SECRET,
  START,
  STATUS,
  setup,
  setupSession,
  statusUrl,
  TOKEN,
  TOKENS,
} from "./setup.ts";

const MBI = "1S00E00DP42";
const BASIC = Buffer.from(`client-id:${SECRET}`).toString("base64");
const ECHO = `${SECRET} ${TOKEN} ${BASIC} ${MBI}`;

/** Everything that a printer of `error` could show. */
function everythingIn(error: unknown): string {
  const seen: unknown[] = [];
  for (let link = error; link instanceof Error && !seen.includes(link); link = link.cause) seen.push(link);
  return seen
    .map((link) => {
      const { message, stack, hint } = link as EtlError;
      const own = Object.getOwnPropertyNames(link).map((name) => String((link as never)[name]));
      return [
        message,
        stack,
        hint,
        JSON.stringify(link),
        inspect(link, { depth: 10, showHidden: true }),
        ...own,
      ].join("\n");
    })
    .join("\n");
}

function expectNoSecretIn(text: string): void {
  for (const secret of [SECRET, TOKEN, BASIC, MBI, encodeURIComponent(BASIC)])
    expect(text).not.toContain(secret);
}

const ANSWERS: readonly ScriptedAnswer[] = [
  ...[200, 202, 204, 302, 400, 401, 403, 404, 405, 418, 429, 500, 503].flatMap((status) => [
    {
      status,
      ...(status === 204 ? {} : { body: ECHO }),
      headers: { location: `http://${SECRET}@127.0.0.1/` },
    },
    ...(status === 204 ? [] : [outcomeAnswer(status, ECHO)]),
  ]),
  { status: 202, headers: { "content-location": `${ECHO}, ${ECHO}`, "retry-after": ECHO } },
  { status: 200, body: `{"transactionTime":"${ECHO}"` },
  { status: 200, body: `{"transactionTime":"","request":"","output":[{"url":"${ECHO}"}],"error":[]}` },
  { status: 200, headers: { "content-encoding": MBI }, body: ECHO },
  { ending: "refuse" },
  { status: 500, body: ECHO, ending: "reset" },
  { status: 200, body: ECHO, ending: "reset" },
];

const VERBS: readonly [string, (session: Session) => Promise<unknown>][] = [
  ["startExport", (session) => startExport(session, { since: undefined, until: undefined })],
  ["awaitManifest", (session) => awaitManifest(session, JOB_ID, { pollInterval: 36_000 })],
  [
    "openOutputFile",
    (session) =>
      openOutputFile(session, { jobId: JOB_ID, name: "Z0000_0001.ndjson" }).then(({ body }) =>
        body.toArray(),
      ),
  ],
  ["cancelExport", (session) => cancelExport(session, JOB_ID)],
];

describe("secrets", () => {
  it.each(VERBS)(
    "%s() puts no credential, token or server text into an error or the log",
    async (_name, verb) => {
      for (const answer of ANSWERS) {
        const { api, session, logged } = await setupSession({ patience: 2 });
        for (const route of [START, STATUS, CANCEL, FILE]) api.script(route, answer);
        await verb(session).catch((error: unknown) => expectNoSecretIn(everythingIn(error)));
        expectNoSecretIn(JSON.stringify(logged));
        await session.close();
      }
    },
  );

  it("authenticate() puts no credential or server text into an error or the log", async () => {
    for (const answer of ANSWERS) {
      const { identity, options, logged } = await setup({ patience: 2 });
      identity.script(TOKENS, answer);
      const error = await authenticate(options).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(EtlError);
      expectNoSecretIn(everythingIn(error));
      expectNoSecretIn(JSON.stringify(logged));
    }
  });

  it("a session shows neither credential nor token", async () => {
    const { session } = await setupSession();
    expectNoSecretIn(inspect(session, { depth: 10, showHidden: true }) + JSON.stringify(session));
  });

  it("the token goes to the API's origin only, Basic to the identity provider's only, nothing elsewhere", async () => {
    const { api, identity, session } = await setupSession({ patience: 0 });
    const foreign = await scriptedServer();
    onTestFinished(() => foreign.close());
    const foreignStatus = statusUrl(JOB_ID, { base: `${foreign.url}/api/v2/fhir` });
    const output = [{ url: `${foreign.url}/api/v2/fhir/Job/${JOB_ID}/file/Z0000_0001.ndjson` }];
    api.script(START, { status: 202, headers: { "content-location": foreignStatus } });
    api.script(
      STATUS,
      { status: 202, headers: { "content-location": foreignStatus, location: foreign.url } },
      { body: JSON.stringify({ transactionTime: "x", request: foreign.url, output, error: [] }) },
    );
    api.script(FILE, { status: 301, headers: { location: output[0]!.url } });
    await startExport(session, { since: undefined, until: undefined });
    const manifest = await awaitManifest(session, JOB_ID, { pollInterval: 30 });
    await openOutputFile(session, { jobId: JOB_ID, name: manifest.outputFiles[0]!.name }).catch(() => {});
    expect(foreign.requests).toEqual([]);
    expect(api.requests).toHaveLength(4);
    expect(api.requests.every(({ headers }) => headers.authorization === `Bearer ${TOKEN}-1`)).toBe(true);
    expect(identity.requests.map(({ headers }) => headers.authorization)).toEqual([`Basic ${BASIC}`]);
  });
});

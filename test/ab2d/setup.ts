import { onTestFinished } from "vitest";
import { authenticate } from "../../src/ab2d/authenticate.ts";
import type { Ab2dOptions, Session } from "../../src/ab2d/session.ts";
import { EtlError } from "../../src/errors.ts";
import type { LogFields } from "../../src/log.ts";
import { type JumpingClock, jumpingClock } from "../support/jumping-clock.ts";
import { type ScriptedAnswer, type ScriptedServer, scriptedServer } from "../support/scripted-server.ts";

export const JOB_ID = "f900700b-a669-462c-9694-99adc4f88844";
export const OTHER_JOB_ID = "33333333-1111-4222-8333-444444444444";
export const SECRET = "s3cr3t-canary-value";
export const TOKEN = "token-canary";

export const START = "GET /api/v2/fhir/Patient/$export";
export const STATUS = `GET /api/v2/fhir/Job/${JOB_ID}/$status`;
export const CANCEL = `DELETE /api/v2/fhir/Job/${JOB_ID}/$status`;
export const FILE = `GET /api/v2/fhir/Job/${JOB_ID}/file/Z0000_0001.ndjson`;
export const TOKENS = "POST /oauth2/v1/token";

export interface Setup {
  readonly api: ScriptedServer;
  readonly identity: ScriptedServer;
  readonly clock: JumpingClock;
  readonly abort: AbortController;
  readonly options: Ab2dOptions;
  readonly logged: { readonly event: string; readonly fields: LogFields | undefined }[];
}

/** An API and an identity provider, each on its own origin, that hand out tokens `token-canary-1`, `token-canary-2` and so on. */
export async function setup(overrides: Partial<Ab2dOptions> = {}): Promise<Setup> {
  const api = await scriptedServer();
  const identity = await scriptedServer();
  onTestFinished(async () => {
    await api.close();
    await identity.close();
  });
  identity.script(TOKENS, ...[1, 2, 3, 4, 5, 6, 7, 8].map((number) => tokenAnswer(`${TOKEN}-${number}`)));
  const clock = jumpingClock();
  const abort = new AbortController();
  const logged: Setup["logged"] = [];
  const keep = (event: string, fields?: LogFields) => void logged.push({ event, fields });
  const options: Ab2dOptions = {
    apiUrl: api.url,
    tokenUrl: `${identity.url}/oauth2/v1/token`,
    apiVersion: "v2",
    credentials: { clientId: "client-id", clientSecret: SECRET },
    clock,
    log: { debug: keep, info: keep, warn: keep },
    signal: abort.signal,
    random: () => 0.5,
    ...overrides,
  };
  return { api, identity, clock, abort, options, logged };
}

/** The same with a session that is closed after the test. */
export async function setupSession(
  overrides: Partial<Ab2dOptions> = {},
): Promise<Setup & { session: Session }> {
  const parts = await setup(overrides);
  const session = await authenticate(parts.options);
  onTestFinished(() => session.close());
  return { ...parts, session };
}

export function tokenAnswer(token: string, expiresIn: number | undefined = 1800): ScriptedAnswer {
  return {
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ access_token: token, token_type: "Bearer", expires_in: expiresIn }),
  };
}

export function outcomeAnswer(
  status: number,
  text: string,
  { code = "invalid", headers = {} }: { code?: string; headers?: Record<string, string> } = {},
): ScriptedAnswer {
  const issue = [{ severity: "error", code, details: { text } }];
  return { status, headers, body: JSON.stringify({ resourceType: "OperationOutcome", issue }) };
}

/** A URL of a job's status as some server might write it. */
export function statusUrl(jobId: string, { base = "https://api.ab2d.cms.gov/api/v2/fhir" } = {}): string {
  return `${base}/Job/${jobId}/$status`;
}

/** The EtlError that `promise` rejects with; anything else fails the test. */
export async function thrown(promise: Promise<unknown>): Promise<EtlError> {
  const error = await promise.then(
    () => new Error("nothing was thrown"),
    (reason: unknown) => reason,
  );
  if (error instanceof EtlError) return error;
  throw error;
}

import { createHash } from "node:crypto";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { gunzipSync } from "node:zlib";
import { type AcceleratedClock, acceleratedClock } from "../../src/clock.ts";
import {
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "../../src/simulator/start-simulator.ts";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As received, before any decompression. */
  readonly body: Buffer;
  /** False when the connection was lost inside the body. */
  readonly isComplete: boolean;
}

export interface Entry {
  readonly type: string;
  readonly url: string;
  readonly extension: readonly {
    readonly url: string;
    readonly valueString?: string;
    readonly valueDecimal?: number;
  }[];
}

export interface Manifest {
  readonly transactionTime: string;
  readonly request: string;
  readonly requiresAccessToken: boolean;
  readonly output: readonly Entry[];
  readonly error: readonly Entry[];
}

export interface SendOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A simulator, a clock that moves when it is told to, and a client with a token. */
export interface Setup {
  readonly simulator: Simulator;
  readonly clock: AcceleratedClock;
  /** Sends a request, with a token unless `headers` has an authorization of its own. */
  send(path: string, options?: SendOptions): Promise<Answer>;
  token(contract?: string): Promise<string>;
  /** Starts an export and waits for its manifest. */
  exported(path: string): Promise<{ jobId: string; manifest: Manifest }>;
  /** Every line of an export's output files, after a check of their length and checksum. */
  lines(path: string): Promise<string[]>;
  stop(): Promise<void>;
}

export const NOW = new Date("2026-11-21T12:00:00Z");

export async function setup(options: SimulatorOptions = {}): Promise<Setup> {
  const clock = acceleratedClock({ startsAt: NOW, speed: 0 });
  const simulator = await startSimulator({ clock, ...options });
  let held: { readonly token: string; readonly since: number } | undefined;
  const firstContract = options.contracts?.[0]?.number ?? "Z0001";

  async function token(contract = firstContract): Promise<string> {
    const { base64 } = simulator.credentials(contract);
    const answer = await sendTo(`${simulator.tokenUrl}?grant_type=client_credentials&scope=clientCreds`, {
      method: "POST",
      headers: { authorization: `Basic ${base64}` },
    });
    return (JSON.parse(answer.body.toString()) as { access_token: string }).access_token;
  }

  async function send(path: string, { method, headers = {}, body }: SendOptions = {}): Promise<Answer> {
    const now = clock.now().getTime();
    // Tests that live through days need new tokens on the way.
    if (!headers.authorization && (!held || now > held.since + 600_000))
      held = { token: await token(), since: now };
    const authorization = headers.authorization ?? `Bearer ${held!.token}`;
    const url = path.startsWith("http") ? path : `${simulator.apiUrl}${path}`;
    return sendTo(url, {
      ...(method ? { method } : {}),
      ...(body ? { body } : {}),
      headers: { ...headers, authorization },
    });
  }

  async function exported(path: string) {
    const started = await send(path);
    if (started.status !== 202) throw new Error(`export not started: ${started.status}`);
    const jobId = jobIdOf(started);
    clock.advance(6000);
    const polled = await send(`/api/v2/fhir/Job/${jobId}/$status`);
    if (polled.status !== 200) throw new Error(`export not complete: ${polled.status}`);
    return { jobId, manifest: JSON.parse(polled.body.toString()) as Manifest };
  }

  async function lines(path: string): Promise<string[]> {
    const { manifest } = await exported(path);
    const all: string[] = [];
    for (const entry of manifest.output) {
      const { body } = await send(entry.url, { headers: { "accept-encoding": "gzip" } });
      const text = gunzipSync(body);
      const { sha256, length } = declared(entry);
      if (text.length !== length || sha256Of(text) !== sha256)
        throw new Error("a file is not what the manifest says");
      all.push(...text.toString("utf8").split("\n").slice(0, -1));
    }
    return all;
  }

  return { simulator, clock, send, token, exported, lines, stop: () => simulator.stop() };
}

export function jobIdOf({ headers }: Answer): string {
  const location = headers["content-location"];
  return /\/Job\/([0-9a-f-]{36})\/\$status$/.exec(String(location))![1]!;
}

export function declared({ extension }: Entry): { sha256: string; length: number } {
  const checksum = extension.find(({ url }) => url.endsWith("/checksum"))!.valueString!;
  return {
    sha256: checksum.replace("sha256:", ""),
    length: extension.find(({ url }) => url.endsWith("/file_length"))!.valueDecimal!,
  };
}

export function sha256Of(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The text of an OperationOutcome, or the whole body. */
export function outcomeText({ body }: Answer): string {
  const outcome = JSON.parse(body.toString()) as {
    resourceType: string;
    issue: { severity: string; code: string; details: { text: string } }[];
  };
  return `${outcome.resourceType} ${outcome.issue[0]!.severity} ${outcome.issue[0]!.code}: ${outcome.issue[0]!.details.text}`;
}

export function sendTo(
  url: string,
  { method = "GET", headers = {}, body }: SendOptions = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      const answer = (isComplete: boolean): void =>
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          body: Buffer.concat(chunks),
          isComplete,
        });
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => answer(true));
      response.on("error", () => answer(false));
    });
    request.on("error", reject);
    request.end(body);
  });
}

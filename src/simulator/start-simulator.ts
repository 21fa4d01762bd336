import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "../clock.ts";
import { EtlError, ExitCode, errorCode } from "../errors.ts";
import { type Log, silentLog } from "../log.ts";
import { type ArmedFaults, armFaults } from "./faults/arm-faults.ts";
import type { Fault, SeenRequest } from "./faults/fault.ts";
import { faultNamed } from "./faults/fault-named.ts";
import { seeRequest } from "./faults/see-request.ts";
import { fileSource } from "./file-source.ts";
import { generatedSource } from "./generated-source.ts";
import type { Population } from "./population.ts";
import { type Random, randomFor } from "./random.ts";
import { outcomeReply, type Reply } from "./reply.ts";
import { routeRequest, TOKEN_PATH } from "./route-request.ts";
import { sendReply } from "./send-reply.ts";
import type { ServedContract, Simulation } from "./simulation.ts";

/** A contract to serve. */
export interface SimulatedContract {
  /** A capital letter and four digits. */
  readonly number: string;
  /** Default: derived from the seed. */
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** Default 100, at most 100,000. */
  readonly patients?: number;
  /** ISO date; default 2020-01-01. */
  readonly attestedOn?: string;
  /**
   * ISO date: adds the members of `planted/`, whose claims are written so that `sql/questions`, asked for this day, have known
   * answers. Eleven days later all their claims are there. Default: none.
   */
  readonly plantedOn?: string;
  /** Default 1, as in production. */
  readonly maxParallelJobs?: number;
  /** NDJSON files to serve byte for byte, in place of an invented population. */
  readonly files?: readonly string[];
}

export interface SimulatorOptions {
  /** Default: Z0001. */
  readonly contracts?: readonly SimulatedContract[];
  /** Default 0: any free port. */
  readonly port?: number;
  /** The server's time, in every respect; default the machine's. */
  readonly clock?: Clock;
  /** All that is invented derives from it; default 1. */
  readonly seed?: number;
  /** How long a job runs; default 2. */
  readonly jobSeconds?: number;
  /** `expires_in`; default 1800. */
  readonly tokenSeconds?: number;
  /** Round `_since` down and say so in `Since-Datetime`, as documented in 2021; default false, as today's server. */
  readonly sinceDatetime?: boolean;
  /** Default 200 MiB. */
  readonly rollOverBytes?: number;
  /** Completed downloads of a file; default 6. */
  readonly maxDownloads?: number;
  /** Life of a file from its job's completion; default 72. */
  readonly fileHours?: number;
  /** Contracts that may use V3; default all. */
  readonly v3AllowList?: readonly string[] | "all";
  /** How it misbehaves, by name or as made; default: not at all. */
  readonly faults?: readonly (Fault | string)[];
  /** The faults' moments derive from it; default: `seed`. */
  readonly faultSeed?: number;
  /** Called for `POST /simulator/advance?days=N&hours=N`, which no AB2D has, with days, whole or not; without it that path is unknown here too. */
  readonly onAdvance?: (days: number) => void;
  readonly log?: Log;
}

/** What a client sent, without anything secret. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query as received. */
  readonly path: string;
  /** In lower case. */
  readonly headerNames: readonly string[];
  readonly hasAuthorization: boolean;
  /** What was answered; `undefined` while it is not. */
  readonly status: number | undefined;
}

type OpenRecord = Omit<RecordedRequest, "status"> & { status: number | undefined };

/** A running AB2D on loopback. */
export interface Simulator {
  /** `http://127.0.0.1:PORT` */
  readonly apiUrl: string;
  readonly tokenUrl: string;
  /** @throws {EtlError} SIMULATOR_CONTRACT_UNKNOWN */
  credentials(contract: string): { clientId: string; clientSecret: string; base64: string };
  /**
   * What a client that asked for everything at an instant, by default now, would hold: of what AB2D delivers now, whatever a fault keeps back by mistake.
   *
   * @throws {EtlError} SIMULATOR_CONTRACT_UNKNOWN
   */
  population(contract: string, at?: Date): Population;
  /** The last 10,000 requests, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /**
   * Replaces the faults, by name or as made; their counters start anew.
   *
   * @throws {EtlError} SIMULATOR_FAULT_UNKNOWN
   */
  setFaults(faults: readonly (Fault | string)[], options?: { readonly seed?: number }): void;
  /** Closes every connection and removes all files. May be called again. */
  stop(): Promise<void>;
}

const MAX_RECORDED = 10_000;
const MEBIBYTE = 1024 * 1024;

/**
 * Starts an AB2D server on 127.0.0.1: token endpoint, exports, status, cancellation, downloads, and a population that
 * lives by the clock. Plain HTTP; for the demo and for tests.
 *
 * @throws {EtlError} SIMULATOR_CONTRACT_INVALID, SIMULATOR_FAULT_UNKNOWN
 * @throws the system's error when the port is taken or a file can't be read
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { contracts = [{ number: "Z0001" }], port = 0, clock = systemClock, seed = 1 } = options;
  const arm = (faults: readonly (Fault | string)[], faultSeed = options.faultSeed ?? seed): ArmedFaults =>
    armFaults(
      faults.map((fault) => (typeof fault === "string" ? faultNamed(fault) : fault)),
      { seed: faultSeed, clock },
    );
  const faults = arm(options.faults ?? []);
  const served = new Map<string, ServedContract>();
  for (const contract of contracts) served.set(contract.number, await serve(contract, seed));
  const stopping = new AbortController();
  const simulation: Simulation = {
    clock,
    log: options.log ?? silentLog,
    // The start is part of the key: a client's ledger may outlive a simulator, and job ids must not come again.
    random: randomFor(seed, "server", clock.now().getTime()),
    contracts: served,
    tokens: new Map(),
    jobs: new Map(),
    settings: {
      jobSeconds: options.jobSeconds ?? 2,
      tokenSeconds: options.tokenSeconds ?? 1800,
      sinceDatetime: options.sinceDatetime ?? false,
      rollOverBytes: options.rollOverBytes ?? 200 * MEBIBYTE,
      maxDownloads: options.maxDownloads ?? 6,
      fileHours: options.fileHours ?? 72,
      v3AllowList: options.v3AllowList ?? "all",
    },
    // mkdtemp makes it 0700.
    folder: await mkdtemp(join(tmpdir(), "ab2d-simulator-")),
    signal: stopping.signal,
    faults,
    onAdvance: options.onAdvance,
  };
  const requests: RecordedRequest[] = [];
  const server = createServer((request, response) => {
    void answer(simulation, { request, response, record: recorded(requests, request) });
  });
  async function stop(): Promise<void> {
    stopping.abort(new Error("simulator stopped"));
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
    await Promise.all([...simulation.jobs.values()].map(({ written }) => written));
    await rm(simulation.folder, { recursive: true, force: true });
  }
  try {
    await listening(server, port);
  } catch (error) {
    await stop();
    throw error;
  }
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    apiUrl,
    tokenUrl: `${apiUrl}${TOKEN_PATH}`,
    credentials(number) {
      const { clientId, clientSecret } = servedContract(served, number);
      return {
        clientId,
        clientSecret,
        base64: Buffer.from(`${clientId}:${clientSecret}`).toString("base64"),
      };
    },
    population(number, at = clock.now()) {
      const now = at.getTime();
      return servedContract(served, number).source.population(now, (claim) =>
        simulation.faults.enrolls(claim, now),
      );
    },
    requests,
    setFaults(wanted, { seed: faultSeed } = {}) {
      simulation.faults = arm(wanted, faultSeed);
    },
    stop,
  };
}

async function serve(contract: SimulatedContract, seed: number): Promise<ServedContract> {
  const { number, files, patients = 100, attestedOn = "2020-01-01", plantedOn } = contract;
  const random = randomFor(seed, number, "credentials");
  return {
    number,
    clientId: contract.clientId ?? `0oa${alphanumeric(random, 17)}`,
    clientSecret: contract.clientSecret ?? alphanumeric(random, 40),
    attestedOn,
    maxParallelJobs: contract.maxParallelJobs ?? 1,
    source: files
      ? await fileSource(files, { attestedOn })
      : generatedSource({ seed, contract: number }, { patients, attestedOn, plantedOn }),
  };
}

function servedContract(contracts: ReadonlyMap<string, ServedContract>, number: string): ServedContract {
  const contract = contracts.get(number);
  if (contract) return contract;
  throw new EtlError(
    `Cannot find contract "${number}" in the simulator: it serves ${[...contracts.keys()].join(", ")}`,
    {
      code: "SIMULATOR_CONTRACT_UNKNOWN",
      exitCode: ExitCode.usage,
    },
  );
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly record: OpenRecord;
}

async function answer(simulation: Simulation, { request, response, record }: Exchange): Promise<void> {
  try {
    const reply = await replyTo(simulation, request);
    record.status = reply.status;
    simulation.log.debug("simulator_answered", { method: record.method, status: reply.status });
    await sendReply(response, reply, {
      now: simulation.clock.now(),
      withoutBody: request.method === "HEAD",
    });
  } catch (error) {
    // The client went away, or the simulator is being stopped: there is nobody left to tell.
    simulation.log.debug("simulator_connection_lost", { method: record.method, reason: errorCode(error) });
    response.destroy();
  }
}

async function replyTo(simulation: Simulation, request: IncomingMessage): Promise<Reply> {
  const { faults } = simulation;
  const seen = seeRequest(request);
  return faults.after(faults.before(seen) ?? (await realReply(simulation, request, seen)), seen);
}

async function realReply(
  simulation: Simulation,
  request: IncomingMessage,
  seen: SeenRequest,
): Promise<Reply> {
  try {
    return await routeRequest(simulation, request, seen);
  } catch (error) {
    simulation.log.warn("simulator_fault", { reason: errorCode(error) });
    return outcomeReply(500, "An internal error occurred");
  }
}

function recorded(
  requests: RecordedRequest[],
  { method = "GET", url = "/", headers }: IncomingMessage,
): OpenRecord {
  const record: OpenRecord = {
    method,
    path: url,
    headerNames: Object.keys(headers),
    hasAuthorization: headers.authorization !== undefined,
    status: undefined,
  };
  if (requests.length >= MAX_RECORDED) requests.shift();
  requests.push(record);
  return record;
}

function listening(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
}

function alphanumeric(random: Random, length: number): string {
  const alphabet = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"];
  return Array.from({ length }, () => random.pick(alphabet)).join("");
}

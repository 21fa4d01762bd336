import { spawn } from "node:child_process";
import type { BenchServer } from "./bench-server.ts";
import { childrenSeconds, peakBytes, serverSeconds } from "./process-times.ts";

/** A program to run, with nothing of our environment but the path. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** What a run of one or more programs took; undefined is what this machine does not tell. */
export interface Measured {
  readonly seconds: number;
  /** Processor seconds of the programs and of the server. */
  readonly clientCpu: number | undefined;
  readonly serverCpu: number | undefined;
  /** The most memory of the programs together, in bytes. */
  readonly peakBytes: number | undefined;
  /** What the server wrote to its log. */
  readonly walBytes: number | undefined;
}

const LOOKS_MS = 20;

/** Runs programs side by side to their end, and measures them and a server meanwhile. Throws when one fails. */
export async function measure(commands: readonly Command[], server?: BenchServer): Promise<Measured> {
  const serverCpu = (): number | undefined =>
    server?.postmaster === undefined ? undefined : serverSeconds(server.postmaster);
  const before = { client: childrenSeconds(), server: serverCpu(), wal: await server?.walPosition() };
  const start = performance.now();
  const peaks = await Promise.all(commands.map(run));
  const seconds = (performance.now() - start) / 1000;
  return {
    seconds,
    clientCpu: difference(childrenSeconds(), before.client),
    serverCpu: difference(serverCpu(), before.server),
    peakBytes: before.client === undefined ? undefined : peaks.reduce((sum, peak) => sum + peak, 0),
    walBytes: server && Number((await server.walPosition()) - before.wal!),
  };
}

/** Runs one program to its end and returns its peak of memory. */
export function run({ program, args, env = {}, cwd }: Command): Promise<number> {
  const child = spawn(program, [...args], {
    cwd,
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let peak = 0;
  let complaint = "";
  child.stderr.on("data", (text) => (complaint += text));
  const look = setInterval(() => {
    if (child.pid !== undefined && process.platform === "linux") peak = Math.max(peak, peakBytes(child.pid));
  }, LOOKS_MS);
  return new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(peak);
      else
        reject(
          new Error(`${program} ${args[0] ?? ""} ended with exit code ${code}: ${complaint.slice(0, 2000)}`),
        );
    });
  }).finally(() => clearInterval(look));
}

function difference(after: number | undefined, before: number | undefined): number | undefined {
  return after === undefined || before === undefined ? undefined : after - before;
}

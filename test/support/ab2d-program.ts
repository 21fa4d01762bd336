import { type ChildProcess, spawn } from "node:child_process";

const PROGRAM = new URL("../../src/launch.mjs", import.meta.url).pathname;

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningProgram {
  readonly child: ChildProcess;
  readonly ended: Promise<Ran>;
}

/** Starts the program as a person would, with nothing of this process's environment but what is given. */
export function startAb2d(
  args: readonly string[],
  {
    env,
    cwd,
    stdin,
  }: {
    readonly env: Readonly<Record<string, string>>;
    readonly cwd: string;
    /** What it reads; nothing without. */
    readonly stdin?: string;
  },
): RunningProgram {
  const child = spawn(process.execPath, ["--max-semi-space-size=4", PROGRAM, ...args], {
    cwd,
    env: { PATH: process.env["PATH"] ?? "", HOME: cwd, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.end(stdin);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text) => (stdout += text));
  child.stderr.on("data", (text) => (stderr += text));
  const ended = new Promise<Ran>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
}

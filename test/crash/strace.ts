import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Which threads of the program: the one that speaks to AB2D and PostgreSQL, or those that read and write files. */
export type Threads = "main" | "others";

export interface Injection {
  readonly threads: Threads;
  readonly call: string;
  /** Which of the thread's calls from now on. */
  readonly nth: number;
  /** As strace writes it: `signal=SIGKILL`, `error=EIO`. */
  readonly what: string;
  /** Only calls on this file. */
  readonly path?: string;
}

/** Why system calls can't be disturbed here; `undefined` where they can. */
export function whyNoStrace(): string | undefined {
  const tried = spawnSync("strace", ["-f", "-o", "/dev/null", "-e", "inject=fsync:error=EIO:when=1", "true"]);
  if (tried.error) return "there is no strace here";
  return tried.status === 0 ? undefined : "strace may not trace processes here";
}

/**
 * Disturbs one system call of a running program: stops it, attaches strace to its threads, lets it go on. Counting from this
 * moment on leaves the hundreds of calls of a start out. Resolves when the program runs again; strace ends with it.
 */
export async function inject(
  program: ChildProcess,
  { threads, call, nth, what, path }: Injection,
): Promise<void> {
  const pid = program.pid!;
  program.kill("SIGSTOP");
  const all = readdirSync(`/proc/${pid}/task`);
  const wanted = all.filter((thread) => (thread === String(pid)) === (threads === "main"));
  const strace = spawn(
    "strace",
    [
      ...["-o", "/dev/null", "-e", `trace=${call}`, "-e", `inject=${call}:${what}:when=${nth}`],
      ...(path ? ["-P", path] : []),
      ...wanted.flatMap((thread) => ["-p", thread]),
    ],
    { stdio: "ignore" },
  );
  const ended = new Promise<void>((resolve) =>
    strace.on("exit", () => resolve()).on("error", () => resolve()),
  );
  const attached = (): boolean => wanted.every((thread) => isTraced(pid, thread));
  const startedAt = performance.now();
  while (!attached() && strace.exitCode === null && performance.now() - startedAt < 10_000) {
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 2))]);
  }
  program.kill("SIGCONT");
}

function isTraced(pid: number, thread: string): boolean {
  try {
    return /^TracerPid:\s+[1-9]/m.test(readFileSync(`/proc/${pid}/task/${thread}/status`, "utf8"));
  } catch {
    return true; // Threads end as they like.
  }
}

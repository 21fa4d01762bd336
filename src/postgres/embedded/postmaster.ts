import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { errorCode } from "../../errors.ts";
import { clusterFolder } from "./home.ts";

/** What PostgreSQL says about its running server in `postmaster.pid`. */
export interface Postmaster {
  readonly pid: number;
  /** Seconds since 1970. */
  readonly startedAt: number;
  readonly port: number;
  /** Folder of the Unix socket; empty where there is none (Windows). */
  readonly socketFolder: string;
  /** It accepts connections; false while it starts, recovers or stops. */
  readonly ready: boolean;
}

/** Above the highest process id of Linux (2^22) and macOS (99 998): never alive. */
const NO_PROCESS = 99_999_999;
const SURELY_SETTLED_S = 60;

/**
 * Reads `postmaster.pid` of the home `folder`; `undefined` without one. It may be left over from a server that was killed.
 *
 * Lines, by PostgreSQL's `src/include/utils/pidfile.h`: pid, data folder, start, port, first socket folder, listen address,
 * shared memory key, status.
 */
export function readPostmaster(folder: string): Postmaster | undefined {
  const lines = readLines(folder);
  const pid = Number(lines?.[0]);
  if (lines === undefined || !(pid > 0)) return undefined;
  return {
    pid,
    startedAt: Number(lines[2]),
    port: Number(lines[3]),
    socketFolder: lines[4] ?? "",
    ready: lines[7]?.trim() === "ready",
  };
}

/** Whether a process has the postmaster's id (it need not be the postmaster). */
export function isAlive({ pid }: Postmaster): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

/** Whether a server answers where the postmaster listens. */
export function answers({ socketFolder, port }: Postmaster): Promise<boolean> {
  return new Promise((resolve) => {
    const socket =
      socketFolder === ""
        ? net.connect(port, "127.0.0.1")
        : net.connect(path.join(socketFolder, `.s.PGSQL.${port}`));
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket
      .on("connect", () => settle(true))
      .on("error", () => settle(false))
      .setTimeout(1_000, () => settle(false));
  });
}

/**
 * Marks a left-over `postmaster.pid` as such. After a crash and a reboot another process of the same user may have its id, and
 * PostgreSQL then refuses to start for good. Only the id is replaced: the rest of the file lets PostgreSQL find out whether
 * sessions of the dead server still use its shared memory. Does nothing to a file younger than a minute, whose server may be
 * about to listen.
 */
export function retirePostmaster(folder: string, { startedAt }: Postmaster): void {
  if (!(Date.now() / 1000 - startedAt > SURELY_SETTLED_S)) return;
  const lines = readLines(folder);
  if (lines === undefined) return;
  const file = openSync(postmasterFile(folder), constants.O_WRONLY | constants.O_NOFOLLOW);
  try {
    ftruncateSync(file);
    writeSync(file, [NO_PROCESS, ...lines.slice(1)].join("\n"));
  } finally {
    closeSync(file);
  }
}

function readLines(folder: string): string[] | undefined {
  try {
    return readFileSync(postmasterFile(folder), "utf8").split("\n");
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

function postmasterFile(folder: string): string {
  return path.join(clusterFolder(folder), "data/postmaster.pid");
}

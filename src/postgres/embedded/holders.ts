import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { errorCode } from "../../errors.ts";
import type { Home } from "./home.ts";
import { answers, isAlive, type Postmaster, readPostmaster, retirePostmaster } from "./postmaster.ts";

/** Our part of a running server: it lives at least until the file descriptor `pipe` closes. */
export interface Holding {
  readonly postmaster: Postmaster;
  readonly pipe: number;
}

/** What goes on in a home. */
export type Finding =
  | { readonly state: "held"; readonly holding: Holding }
  /** A server starts or stops there. */
  | { readonly state: "busy" }
  /** A server runs whose watchdog is gone: nobody would stop it. */
  | { readonly state: "unwatched"; readonly postmaster: Postmaster }
  | { readonly state: "free" };

const PIPE_TOO_OLD_MS = 60_000;
const WRITE_END = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
const READ_END = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

/**
 * Takes hold of the server of a home if one is ready. Whether a server is there is asked of its watchdog's named pipe, which
 * nobody can open for writing once the watchdog is gone; a process id alone may belong to somebody else by now, or count
 * in another container.
 */
export async function holdServer({ folder }: Home): Promise<Finding> {
  const postmaster = readPostmaster(folder);
  if (postmaster?.ready) {
    const pipe = openPipe(pipeOf(folder, postmaster));
    if (pipe !== undefined) {
      greet(pipe);
      return { state: "held", holding: { postmaster, pipe } };
    }
  }
  if (pipesOf(folder).some(isWatched)) return { state: "busy" };
  if (postmaster !== undefined && isAlive(postmaster)) {
    if (await answers(postmaster)) return { state: "unwatched", postmaster };
    retirePostmaster(folder, postmaster);
  }
  return { state: "free" };
}

/** Lets go of a server; it stops unless it {@link isHeld} by somebody else. */
export function letGo({ pipe }: Holding): void {
  closeSync(pipe);
}

/** Whether anybody holds the server. */
export function isHeld({ folder }: Home, { postmaster }: Holding): boolean {
  const name = pipeOf(folder, postmaster);
  const reader = openPipe(name, READ_END) ?? openPipe(`${name}.closing`, READ_END);
  if (reader === undefined) return false;
  try {
    let greetings = 0;
    for (let read = tryRead(reader); read !== 0; read = tryRead(reader)) {
      if (read === "held") {
        // What we have read was for the watchdog, which may be waiting for it.
        if (greetings > 0) for (const each of [name, `${name}.closing`]) greetAt(each);
        return true;
      }
      greetings += read;
    }
    return false;
  } finally {
    closeSync(reader);
  }
}

/** Whether the server is gone, its watchdog too, and an ephemeral home with them. */
export function isStopped({ folder, ephemeral }: Home, { postmaster }: Holding): boolean {
  if (ephemeral) return !existsSync(folder);
  const name = pipeOf(folder, postmaster);
  return !isWatched(name) && !isWatched(`${name}.closing`);
}

function pipeOf(folder: string, { pid }: Postmaster): string {
  return path.join(folder, `holders.${pid}`);
}

function pipesOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.startsWith("holders."))
    .map((name) => path.join(folder, name));
}

/** Whether a watchdog reads there; a pipe that was left behind is removed. */
function isWatched(name: string): boolean {
  const pipe = openPipe(name);
  if (pipe !== undefined) {
    closeSync(pipe);
    return true;
  }
  // Young ones stay: a watchdog makes its pipe a moment before it reads from it.
  const madeAt = statSync(name, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  if (Date.now() - madeAt > PIPE_TOO_OLD_MS) unlinkSync(name);
  return false;
}

/** `undefined` if the pipe is not there or has nobody at its other end. */
function openPipe(name: string, end: number = WRITE_END): number | undefined {
  try {
    const file = openSync(name, end);
    if (fstatSync(file).isFIFO()) return file;
    closeSync(file);
    return undefined;
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENXIO" || code === "ELOOP") return undefined;
    throw error;
  }
}

/** Writes the line that tells a watchdog about to stop that somebody came in. */
function greet(pipe: number): void {
  try {
    writeSync(pipe, "\n");
  } catch (error) {
    // A full pipe holds greetings enough. A broken one has lost its watchdog: the server is unwatched but runs.
    const code = errorCode(error);
    if (code !== "EAGAIN" && code !== "EPIPE") throw error;
  }
}

function greetAt(name: string): void {
  const pipe = openPipe(name);
  if (pipe === undefined) return;
  greet(pipe);
  closeSync(pipe);
}

/** Bytes read; 0 at the end of file, when nobody has the pipe open for writing. */
function tryRead(reader: number): number | "held" {
  try {
    return readSync(reader, Buffer.alloc(256));
  } catch (error) {
    if (errorCode(error) === "EAGAIN") return "held";
    throw error;
  }
}

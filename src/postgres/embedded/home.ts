import { createHash, randomBytes } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { type Account, permits, serverAccount } from "./account.ts";
import { failure } from "./failure.ts";

/** Where a server lives and who runs it. */
export interface Home {
  /** Absolute. Holds `cluster/` (the data and its passwords), `postgres.log`, and while it runs the socket and `holders.*`. */
  readonly folder: string;
  /** Who owns the folder and runs the server; `undefined` is our own account. */
  readonly account: Account | undefined;
  /** Goes with its last holder. */
  readonly ephemeral: boolean;
}

/** Where root's servers live whose own folder the server's account cannot reach. */
const SYSTEM_FOLDER = "/var/lib/ab2d";

/**
 * Chooses the home of a server and, if it is persistent, makes the folder. Without `folder` it is a new name in the temporary
 * folder. As root, a folder that the server's account cannot reach (a project below `/root`) is replaced by
 * `/var/lib/ab2d/<12 hexadecimal digits of the sha256 of the folder's path>`; a home that holds a cluster already wins over
 * one that does not.
 *
 * @throws {EtlError} `EMBEDDED_POSTGRES_FOLDER` if the folder cannot be made, written to or taken over,
 * `EMBEDDED_POSTGRES_ACCOUNT` if root cannot step down.
 */
export function chooseHome(folder: string | undefined): Home {
  if (folder === undefined) {
    const account = serverAccount();
    const name = `ab2d-${randomBytes(6).toString("hex")}`;
    return { folder: path.join(temporaryFolder(account), name), account, ephemeral: true };
  }
  const wanted = path.resolve(folder);
  const chosen = process.getuid?.() === 0 ? reachable(wanted) : wanted;
  const account = serverAccount(chosen);
  try {
    make(chosen, account);
  } catch (cause) {
    throw failure(`Cannot make the folder ${chosen} of the embedded PostgreSQL`, {
      code: "EMBEDDED_POSTGRES_FOLDER",
      hint: "Choose a folder that you may write to",
      cause,
    });
  }
  const owner = statSync(chosen).uid;
  const runner = account?.uid ?? process.getuid?.() ?? owner;
  if (owner !== runner || !permits(account, { path: chosen, to: "w" })) {
    throw failure(
      `Cannot keep the embedded PostgreSQL in ${chosen}: it belongs to uid ${owner}, the server runs as uid ${runner}, which must own it and be able to reach and write it`,
      { code: "EMBEDDED_POSTGRES_FOLDER", hint: "Choose another folder" },
    );
  }
  return { folder: chosen, account, ephemeral: false };
}

/** The folder for temporary files that `account` may write to. */
export function temporaryFolder(account: Account | undefined): string {
  const own = os.tmpdir();
  return permits(account, { path: own, to: "w" }) ? own : "/tmp";
}

/** The folder of the cluster within a home; it appears there complete or not at all. */
export function clusterFolder(folder: string): string {
  return path.join(folder, "cluster");
}

/** Whether a server was made for `folder` already. Changes nothing. */
export function homeExists(folder: string): boolean {
  const wanted = path.resolve(folder);
  return existsSync(clusterFolder(process.getuid?.() === 0 ? reachable(wanted) : wanted));
}

function reachable(wanted: string): string {
  if (existsSync(clusterFolder(wanted))) return wanted;
  const name = createHash("sha256").update(wanted).digest("hex").slice(0, 12);
  const substitute = path.join(SYSTEM_FOLDER, name);
  if (existsSync(clusterFolder(substitute))) return substitute;
  let above = path.dirname(wanted);
  while (!existsSync(above)) above = path.dirname(above);
  return permits(serverAccount(wanted), { path: above, to: "x" }) ? wanted : substitute;
}

function make(folder: string, account: Account | undefined): void {
  const above = path.dirname(folder);
  const first = mkdirSync(above, { recursive: true });
  if (account !== undefined && first !== undefined) {
    // Root's umask may be 077: the server's account has to pass through what we made, though not to list it.
    for (let made = above; made.startsWith(first); made = path.dirname(made)) chmodSync(made, 0o711);
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (account !== undefined && statSync(folder).uid !== account.uid && readdirSync(folder).length === 0) {
    chownSync(folder, account.uid, account.gid);
    chmodSync(folder, 0o700);
  }
}

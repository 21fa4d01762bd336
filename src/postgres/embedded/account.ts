import { spawnSync } from "node:child_process";
import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { errorCode } from "../../errors.ts";
import { failure } from "./failure.ts";

/** A user of this machine, by number. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Accounts that own nothing of worth and exist already, best first. None is ever created. */
const UNPRIVILEGED = ["postgres", "nobody", "daemon"];

/**
 * The account that runs the server: `undefined` is our own. PostgreSQL refuses uid 0, so root steps down: to the owner of
 * `folder` if that is a known user, else to the first of `postgres`, `nobody` and `daemon` that exists.
 *
 * @throws {EtlError} `EMBEDDED_POSTGRES_ACCOUNT` if there is no such account or we may not change to it.
 */
export function serverAccount(folder?: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = knownUsers();
  const owner = folder === undefined ? undefined : statSync(folder, { throwIfNoEntry: false })?.uid;
  const user =
    users.find(({ uid }) => uid === owner) ??
    UNPRIVILEGED.map((name) => users.find((candidate) => candidate.name === name)).find((found) => found);
  if (user === undefined) {
    throw failure(
      `Cannot start the embedded PostgreSQL as root: PostgreSQL refuses root, and none of the accounts ${UNPRIVILEGED.join(", ")} exists`,
      { code: "EMBEDDED_POSTGRES_ACCOUNT", hint: "Run as an ordinary user" },
    );
  }
  return { uid: user.uid, gid: user.gid };
}

/** Whether `account` may enter (`x`) or write to (`w`) what is at `path`, all folders above it included. */
export function permits(
  account: Account | undefined,
  { path, to }: { path: string; to: "x" | "w" },
): boolean {
  if (account === undefined) {
    try {
      accessSync(path, to === "x" ? constants.X_OK : constants.W_OK);
      return true;
    } catch {
      return false;
    }
  }
  // Only the kernel knows (ACLs, mounts, capabilities), so the question is asked as that account.
  const asked = spawnSync("/bin/sh", ["-c", `test -${to} "$1"`, "sh", path], { ...account, cwd: "/" });
  if (asked.error !== undefined) {
    throw failure(
      `Cannot start the embedded PostgreSQL as root: PostgreSQL refuses root, and changing to uid ${account.uid} failed with ${errorCode(asked.error)}`,
      { code: "EMBEDDED_POSTGRES_ACCOUNT", hint: "Run as an ordinary user", cause: asked.error },
    );
  }
  return asked.status === 0;
}

function knownUsers(): { name: string; uid: number; gid: number }[] {
  return readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .map(([name = "", , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ uid, gid }) => uid > 0 && gid >= 0);
}

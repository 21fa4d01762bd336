import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { EtlError, ExitCode, errorCode } from "../../errors.ts";

/** An MBI with dashes and blanks around it is far shorter. */
const LONGEST = 1024;
const HINT = "The file, or stdin for -, holds one MBI: eleven letters and digits, with or without dashes.";

/**
 * Reads the MBI that `path` holds, or stdin for `-`: upper case, without dashes. It never comes by the command line, which every
 * user of the machine can read. Throws an EtlError MBI_NOT_READABLE (74) or MBI_MALFORMED (64); neither quotes what was read.
 */
export async function readMbi(path: string, stdin: Readable = process.stdin): Promise<string> {
  const text = await readStart(path === "-" ? stdin : createReadStream(path, { end: LONGEST }), path);
  const mbi = text
    .replace(/^\ufeff/, "")
    .trim()
    .replaceAll("-", "")
    .toUpperCase();
  if (!/^[0-9A-Z]{11}$/.test(mbi)) {
    throw new EtlError("Cannot ask about a member: what --mbi-file names holds no MBI, or more than one", {
      code: "MBI_MALFORMED",
      exitCode: ExitCode.usage,
      hint: HINT,
    });
  }
  return mbi;
}

async function readStart(source: Readable, path: string): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of source) {
      const bytes = Buffer.from(chunk as Buffer | string);
      chunks.push(bytes);
      length += bytes.length;
      if (length > LONGEST) break;
    }
  } catch (error) {
    // The path may be an MBI that was given in place of a file.
    throw new EtlError(
      `Cannot ask about a member: ${path === "-" ? "stdin" : "the file of --mbi-file"} can't be read (${errorCode(error) ?? "unknown reason"})`,
      { code: "MBI_NOT_READABLE", exitCode: ExitCode.io, hint: HINT },
    );
  }
  return Buffer.concat(chunks).toString("utf8");
}

import type { Readable } from "node:stream";
import { EtlError, ExitCode } from "../errors.ts";
import { answerError } from "./answer-error.ts";
import type { HttpResponse } from "./exchange.ts";
import { filePath } from "./job-id.ts";
import { patiently } from "./patiently.ts";
import { OUTPUT_FILE_NAME } from "./read-manifest.ts";
import { readRefusal } from "./refusal.ts";
import type { Session } from "./session.ts";

export interface OutputFileRequest {
  readonly jobId: string;
  /** As the manifest names it. */
  readonly name: string;
}

/** A file's bytes as they come over the wire. Whoever opened it reads it to its end or destroys it. */
export interface OpenedOutputFile {
  readonly body: Readable;
  readonly encoding: "gzip" | "identity";
}

/**
 * Begins the download of an output or error file. Each completed one counts, and AB2D gives a file six times. The body is not
 * verified: its end may come too soon without an error. A failure before the body is borne for the session's patience.
 *
 * Throws `FILE_UNOBTAINABLE` (75: six downloads, expired, gone or unknown; a new job is needed), `ENCODING_UNSUPPORTED` and
 * `UNEXPECTED_ANSWER` (76), `ACCESS_REFUSED` (77), `API_UNAVAILABLE` (69), and what {@link Session.request} throws.
 */
export function openOutputFile(
  session: Session,
  { jobId, name }: OutputFileRequest,
): Promise<OpenedOutputFile> {
  const doing = `download output file "${name}" of export job ${jobId}`;
  return patiently(session, async () => {
    if (!OUTPUT_FILE_NAME.test(name)) {
      throw new EtlError(`Cannot download an output file of export job ${jobId}: its name is unsafe`, {
        code: "UNSAFE_PATH",
        exitCode: ExitCode.invariantBroken,
      });
    }
    const response = await session.request({
      method: "GET",
      path: filePath(jobId, name),
      headers: { accept: "application/fhir+ndjson", "accept-encoding": "gzip" },
    });
    if (response.status === 200) return { body: response.body, encoding: encodingOf(response, { doing }) };
    const refusal = await readRefusal(response, { now: session.clock.now() });
    const { meaning, words } = refusal.outcome;
    const isGone = meaning === "download-limit" || meaning === "file-expired" || meaning === "file-gone";
    if (isGone || refusal.status === 404) {
      throw new EtlError(`Cannot ${doing}: ${words ?? "AB2D does not have it"}`, {
        code: "FILE_UNOBTAINABLE",
        exitCode: ExitCode.tryAgainLater,
        hint: "A new export job of the same window is needed; files that were loaded stay",
      });
    }
    throw answerError(refusal, { doing });
  });
}

function encodingOf(
  response: HttpResponse,
  { doing }: { readonly doing: string },
): OpenedOutputFile["encoding"] {
  const encoding = response.header("content-encoding")?.trim().toLowerCase() ?? "identity";
  if (encoding === "gzip" || encoding === "x-gzip") return "gzip";
  if (encoding === "identity" || encoding === "") return "identity";
  response.body.destroy();
  throw new EtlError(`Cannot ${doing}: its Content-Encoding is neither gzip nor identity`, {
    code: "ENCODING_UNSUPPORTED",
    exitCode: ExitCode.protocol,
    hint: "Something between here and AB2D changes the content: check the proxy",
  });
}

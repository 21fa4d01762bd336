import { z } from "zod";
import { EtlError, ExitCode } from "../errors.ts";
import { parseJson } from "./parse-json.ts";
import { type RequestedExport, requestedExport } from "./requested-export.ts";
import { parseTransactionTime } from "./transaction-time.ts";

/** A file that a manifest lists. */
export interface ManifestFile {
  /** The URL's last segment: `Z0000_0001.ndjson`. Unique in its job, also where a file system ignores case. */
  readonly name: string;
  /** Of the uncompressed file, in lower-case hex. */
  readonly sha256: string | undefined;
  /** Of the uncompressed file. */
  readonly byteLength: number | undefined;
}

/** What a completed export job offers. */
export interface Manifest {
  readonly jobId: string;
  /** As AB2D wrote it. */
  readonly transactionTime: string;
  /** The same, read as UTC. Corroboration only: it is the job's creation, printed without a zone. */
  readonly transactionInstant: Date | undefined;
  /** The request as AB2D echoes it. */
  readonly request: string;
  /** What `request` says was asked for. */
  readonly requested: RequestedExport;
  /** When AB2D may delete the files. */
  readonly expiresAt: Date | undefined;
  /** NDJSON of ExplanationOfBenefit. Empty: there was nothing to export. */
  readonly outputFiles: readonly ManifestFile[];
  /** NDJSON of OperationOutcome; not empty: AB2D dropped claims. Their `type` says otherwise, so the list decides. */
  readonly errorFiles: readonly ManifestFile[];
}

export interface ReadManifestOptions {
  /** The job that was asked for; every file must be its. */
  readonly jobId: string;
  /** The answer's `Expires`. */
  readonly expiresAt: Date | undefined;
}

/** A file name as AB2D makes it. Nothing else becomes part of an address or a path. */
export const OUTPUT_FILE_NAME = /^[A-Za-z0-9]{1,32}_\d{4,16}(?:_error)?\.ndjson$/;

const CHECKSUM = "https://ab2d.cms.gov/checksum";
const FILE_LENGTH = "https://ab2d.cms.gov/file_length";
const FILE_URL = /\/Job\/([^/?#]+)\/file\/([^/?#]+)$/;

const FILE = z.object({
  url: z.string().max(2_048),
  extension: z
    .array(
      z.object({
        url: z.string(),
        valueString: z.string().optional(),
        valueDecimal: z.number().optional(),
      }),
    )
    .nullish(),
});

const MANIFEST = z.object({
  transactionTime: z.string().max(200),
  request: z.string().max(65_536),
  output: z.array(FILE),
  error: z.array(FILE).nullish(),
});

/**
 * Reads and checks a completed job's manifest. Throws `MANIFEST_INVALID` (76) that names the broken rule and, where there is
 * one, the entry's place; the server's text is not quoted.
 */
export function readManifest(text: string, { jobId, expiresAt }: ReadManifestOptions): Manifest {
  const parsed = MANIFEST.safeParse(parseJson(text));
  if (!parsed.success) {
    const place = parsed.error.issues[0]?.path.map(String).join(".") || "its JSON object";
    throw invalid(jobId, `${place} is missing or of the wrong type`);
  }
  const { transactionTime, request, output, error } = parsed.data;
  const names = new Set<string>();

  function readFiles(list: "output" | "error", entries: readonly z.infer<typeof FILE>[]): ManifestFile[] {
    return entries.map((entry, index) => {
      const place = `${list}.${index}`;
      const [, job, name] = FILE_URL.exec(entry.url) ?? [];
      if (name === undefined) throw invalid(jobId, `${place}.url does not end in /Job/{id}/file/{name}`);
      if (job !== jobId) throw invalid(jobId, `${place}.url belongs to another job`);
      if (!OUTPUT_FILE_NAME.test(name)) throw invalid(jobId, `${place}.url has an unsafe file name`);
      if (names.has(name.toLowerCase())) throw invalid(jobId, `${place}.url repeats a file name`);
      names.add(name.toLowerCase());
      return { name, sha256: sha256Of(entry, place), byteLength: byteLengthOf(entry, place) };
    });
  }

  function sha256Of({ extension }: z.infer<typeof FILE>, place: string): string | undefined {
    const values = extension?.filter(({ url }) => url === CHECKSUM) ?? [];
    if (values.length === 0) return undefined;
    const hex = /^sha256:([0-9a-f]{64})$/i.exec(values[0]?.valueString ?? "")?.[1];
    if (!hex || values.length > 1) throw invalid(jobId, `${place} has no single sha256 of 64 hex digits`);
    return hex.toLowerCase();
  }

  function byteLengthOf({ extension }: z.infer<typeof FILE>, place: string): number | undefined {
    const values = extension?.filter(({ url }) => url === FILE_LENGTH) ?? [];
    if (values.length === 0) return undefined;
    const length = values[0]?.valueDecimal ?? -1;
    if (!Number.isSafeInteger(length) || length < 0 || values.length > 1) {
      throw invalid(jobId, `${place} has no single file_length that is a whole number of bytes`);
    }
    return length;
  }

  return {
    jobId,
    transactionTime,
    transactionInstant: parseTransactionTime(transactionTime),
    request,
    requested: requestedExport(request),
    expiresAt,
    outputFiles: readFiles("output", output),
    errorFiles: readFiles("error", error ?? []),
  };
}

function invalid(jobId: string, rule: string): EtlError {
  return new EtlError(`Cannot use the manifest of export job ${jobId}: ${rule}`, {
    code: "MANIFEST_INVALID",
    exitCode: ExitCode.protocol,
    hint: "Run again; if it stays so, AB2D has changed or something between answers in its place: report it",
  });
}

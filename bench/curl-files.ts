import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Job } from "./download-files.ts";
import type { Command } from "./measure.ts";

export interface CurlFilesOptions {
  /** Where its script and its token go. */
  readonly folder: string;
  readonly landing: string;
  readonly atOnce: number;
}

/**
 * The shell's way to land a job's files: the bytes as they come go to disk, and through gunzip to sha256sum, whose sum is compared
 * with the manifest's. It leaves out: the length, fsync and the rename at the end, another try, and a watch over the pace.
 */
export async function curlFiles(job: Job, { folder, landing, atOnce }: CurlFilesOptions): Promise<Command> {
  const headers = join(folder, "headers");
  await writeFile(headers, `Authorization: Bearer ${await token(job)}\nAccept: application/fhir+ndjson\n`, {
    mode: 0o600,
  });
  const list = join(folder, "files");
  await writeFile(list, job.files.map(({ name, sha256 }) => `${name} ${sha256}\n`).join(""));
  const land = `sum=$(curl -sSf -H @"$0" -H "Accept-Encoding: gzip" "$1/$3" | tee "$2/$3.gz" | gunzip | sha256sum) && [ "\${sum%% *}" = "$4" ]`;
  return {
    program: "/bin/sh",
    args: [
      "-c",
      'list=$1 land=$2; shift 2; xargs -P "$1" -n 2 sh -c "$land" "$2" "$3" "$4" <"$list"',
      ...["sh", list, land, String(atOnce), headers],
      ...[`${job.apiUrl}/api/v2/fhir/Job/${job.jobId}/file`, landing],
    ],
  };
}

async function token({ tokenUrl, credentials: { clientId, clientSecret } }: Job): Promise<string> {
  const response = await fetch(tokenUrl, {
    method: "POST",
    headers: {
      accept: "application/json",
      authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`,
    },
    body: new URLSearchParams({ grant_type: "client_credentials", scope: "clientCreds" }),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Duplex, Readable } from "node:stream";
import { createGunzip, createGzip } from "node:zlib";
import { accepts } from "./accepts.ts";
import { filesExpireAt, statusOf } from "./export-job.ts";
import type { DownloadPlan } from "./faults/fault.ts";
import type { OutputFile } from "./output-files.ts";
import { outcomeReply, problemReply, type Reply, type StreamedBody } from "./reply.ts";
import type { ApiRequest, Simulation } from "./simulation.ts";

export interface FileDownloadOptions {
  readonly jobId: string;
  readonly fileName: string;
}

/**
 * Answers `Job/{id}/file/{name}`. AB2D stores gzip: it sends that when `Accept-Encoding` has a token that is exactly
 * `gzip`, and decompresses otherwise. No length, no ranges. `HEAD` runs the same code and takes a download.
 */
export async function fileDownload(
  simulation: Simulation,
  request: ApiRequest,
  { jobId, fileName }: FileDownloadOptions,
): Promise<Reply> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return problemReply(405, "Method Not Allowed", "Only GET is supported.");
  }
  if (!accepts(request.headers.accept, ["application/fhir+ndjson"])) {
    return problemReply(406, "Not Acceptable", "Acceptable representations: [application/fhir+ndjson].");
  }
  const found = findFile(simulation, request, { jobId, fileName });
  if ("status" in found) return found;
  const { file } = found;
  const isGzip = (request.headers["accept-encoding"] ?? "")
    .split(",")
    .some((token) => token.trim().toLowerCase() === "gzip");
  const { size: stored } = await stat(file.path);
  const plan = simulation.faults.download(
    {
      size: { stored, text: file.length },
      contentEncoding: isGzip ? "gzip" : undefined,
      text: [],
      encode: isGzip ? "stored" : "plain",
      wire: [],
    },
    request.seen,
  );
  return {
    status: 200,
    headers: {
      "Content-Type": "application/fhir+ndjson",
      "Content-Disposition": `inline; swaggerDownload="attachment"; filename="${file.name}"`,
      "Content-Encoding": plan.contentEncoding,
    },
    body: () => streamsOf(file, plan),
    onSent: () => {
      file.downloads++;
    },
  };
}

function findFile(
  simulation: Simulation,
  { contract }: ApiRequest,
  { jobId, fileName }: FileDownloadOptions,
): { readonly file: OutputFile } | Reply {
  if (!/^[0-9a-f-]{36}$/i.test(jobId)) return outcomeReply(404, `Invalid job UUID provided: '${jobId}'`);
  if (!/^\w+\.ndjson(\.gz)?$/.test(fileName))
    return outcomeReply(404, `Invalid filename provided: '${fileName}'`);
  const job = simulation.jobs.get(jobId);
  if (!job) return outcomeReply(404, `No job with jobUuid ${jobId} was found`);
  if (job.contract !== contract) return outcomeReply(403, "Unauthorized");
  const now = simulation.clock.now().getTime();
  const files = statusOf(job, now) === "SUCCESSFUL" ? job.files! : [];
  const file = files.find(({ name }) => name === fileName.replace(/\.gz$/, ""));
  if (!file) return outcomeReply(404, `No Job Output with the file name ${fileName} exists in our records`);
  if (file.downloads >= simulation.settings.maxDownloads) {
    return outcomeReply(500, "The file has already been download the maximum number of allowed times.");
  }
  if (now >= filesExpireAt(job, simulation.settings)) {
    return outcomeReply(500, "The file is not present as it has expired. Please resubmit the job.");
  }
  return { file };
}

function streamsOf({ path }: OutputFile, { size, text, encode, wire }: DownloadPlan): StreamedBody {
  const streams: [Readable, ...Duplex[]] = [createReadStream(path)];
  if (encode !== "stored" || text.length > 0) {
    streams.push(createGunzip(), ...text.map((make) => make()));
    if (encode !== "plain") streams.push(encode === "stored" ? createGzip({ level: 1 }) : encode());
  }
  const bytes = encode === "plain" ? size.text : size.stored;
  return [...streams, ...wire.map((make) => make(bytes))];
}

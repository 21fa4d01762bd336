import type { Duplex } from "node:stream";
import type { DateTime } from "luxon";
import type { Clock } from "../../clock.ts";
import type { ClaimOfMember } from "../claim-source.ts";
import type { ExportJob, JobPlan } from "../export-job.ts";
import type { ManifestDraft } from "../manifest.ts";
import type { Random } from "../random.ts";
import type { Reply } from "../reply.ts";

/**
 * What a good client is expected to do about a fault:
 * `heals`: the run ends well, with everything, within its usual retries;
 * `gaps`: the run ends, says that claims may be missing, and holds its watermark;
 * `stops`: the run fails, loses nothing, and the next undisturbed one brings everything;
 * `unseen`: nobody can notice now, and a later full export heals it.
 */
export type ClientDuty = "heals" | "gaps" | "stops" | "unseen";

/** One way in which the server misbehaves. */
export interface Fault {
  /** In kebab case. */
  readonly name: string;
  /** One line: what the server does. */
  readonly summary: string;
  readonly client: ClientDuty;
  /** Its hooks, with their counters at the start. The same stream of random numbers gives the same faults at the same moments. */
  arm(random: Random, clock: Pick<Clock, "now">): FaultHooks;
}

/** Where a fault may reach into the server. Each hook is optional; several faults' hooks run one after the other. */
export interface FaultHooks {
  /** Answers a request in place of the server, which never sees it. */
  readonly before?: (request: SeenRequest) => Reply | undefined;
  /** Changes an answer, also one that `before` gave. */
  readonly after?: (reply: Reply, request: SeenRequest) => Reply;
  /** Changes the life of a token, in seconds, as it is told and kept. */
  readonly tokenSeconds?: (seconds: number) => number;
  /** Changes path and query of a start request before the server reads them. */
  readonly startUrl?: (url: string) => string;
  /** Path and query of an export that somebody else starts just before this one, where the contract is idle. */
  readonly rival?: (url: string) => string | undefined;
  /** Changes where the window of a job starts, and what the answer says of it. */
  readonly lowerBound?: (bound: LowerBound, asked: AskedSince) => LowerBound;
  /** Changes a job before it starts. */
  readonly job?: (plan: JobPlan) => JobPlan;
  /** Changes the NDJSON that a job exports: whole batches of lines, before length and checksum are taken. */
  readonly batches?: (batches: AsyncIterable<Buffer>, plan: JobPlan) => AsyncIterable<Buffer>;
  /** Adds to the contents of a job's error files, one buffer a batch. */
  readonly errorBatches?: (batches: readonly Buffer[]) => readonly Buffer[];
  /** Changes a manifest each time that it is asked for. */
  readonly manifest?: (manifest: ManifestDraft, job: ExportJob) => ManifestDraft;
  /** Changes how a file goes over the wire. */
  readonly download?: (plan: DownloadPlan, request: SeenRequest) => DownloadPlan;
  /** Whether AB2D counts a claim's member as the contract's, at an instant (epoch milliseconds). False in one fault: it does not. */
  readonly enrolls?: (claim: ClaimOfMember, instant: number) => boolean;
  /** Whether a job leaves out a claim that belongs into it. */
  readonly omits?: (claim: ClaimOfMember, jobId: string) => boolean;
}

/** What a request is about. */
export type RequestKind = "token" | "start" | "status" | "cancel" | "download" | "other";

/** A request as faults see it. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query as received. */
  readonly url: string;
  readonly kind: RequestKind;
  /** Of a status, cancel or download request. */
  readonly jobId: string | undefined;
  /** The header as received: what tells one token from another. */
  readonly authorization: string | undefined;
}

export interface LowerBound {
  readonly since: DateTime | undefined;
  /** For `Since-Datetime`. */
  readonly told: DateTime | undefined;
}

export interface AskedSince {
  /** The request's `_since`. */
  readonly asked: DateTime | undefined;
  readonly now: Date;
}

/** How a file's bytes become those on the wire. */
export interface DownloadPlan {
  /** Bytes of the stored gzip and of the text. */
  readonly size: { readonly stored: number; readonly text: number };
  /** The header; `undefined`: none. */
  readonly contentEncoding: string | undefined;
  /** What the text passes through first. */
  readonly text: readonly (() => Duplex)[];
  /** How the text is encoded: as it is stored, as it is, or by a stream. */
  readonly encode: "stored" | "plain" | (() => Duplex);
  /** What the encoded bytes pass through last; told how many there would be. */
  readonly wire: readonly ((bytes: number) => Duplex)[];
}

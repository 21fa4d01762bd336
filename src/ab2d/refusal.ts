import type { HttpResponse } from "./exchange.ts";
import { type OperationOutcome, readOperationOutcome } from "./operation-outcome.ts";
import { retryAfter } from "./retry-after.ts";

const MAX_REFUSAL_BYTES = 64 * 1024;

/** An answer that is not the wanted one, read to its end. */
export interface Refusal {
  readonly status: number;
  /** Whether the answer had no body: how AB2D says maintenance (503). */
  readonly isEmpty: boolean;
  readonly outcome: OperationOutcome;
  /** Milliseconds that the server asked to wait. */
  readonly retryAfter: number | undefined;
}

/** Reads a refusal. Throws `TransientError` when its body breaks off. */
export async function readRefusal(response: HttpResponse, { now }: { readonly now: Date }): Promise<Refusal> {
  const text = await response.text(MAX_REFUSAL_BYTES);
  return {
    status: response.status,
    isEmpty: text === "",
    outcome: readOperationOutcome(text),
    retryAfter: retryAfter(response, { now }),
  };
}

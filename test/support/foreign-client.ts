import { expect } from "vitest";
import type { SyncBench } from "./sync-bench.ts";

/** Somebody else of the same organization, who knows nothing of us. */
export interface ForeignClient {
  /** Starts an export and gives its job's id. */
  start(pathAndQuery: string): Promise<string>;
  /** Polls a job that is done and downloads each of its files once. */
  fetchAll(jobId: string): Promise<number>;
}

/** Makes a {@link ForeignClient}. */
export async function foreignClient({ simulator, contract }: SyncBench): Promise<ForeignClient> {
  const { base64 } = simulator.credentials(contract);
  const token = await fetch(`${simulator.tokenUrl}?grant_type=client_credentials&scope=clientCreds`, {
    method: "POST",
    headers: { authorization: `Basic ${base64}`, "content-type": "application/x-www-form-urlencoded" },
  });
  const { access_token } = (await token.json()) as { access_token: string };
  const get = (path: string) =>
    fetch(new URL(path, simulator.apiUrl), { headers: { authorization: `Bearer ${access_token}` } });
  return {
    async start(pathAndQuery) {
      const started = await get(pathAndQuery);
      expect(started.status).toBe(202);
      return /Job\/([0-9a-f-]{36})/.exec(started.headers.get("content-location") ?? "")![1]!;
    },
    async fetchAll(jobId) {
      const done = await get(`/api/v2/fhir/Job/${jobId}/$status`);
      const { output } = (await done.json()) as { output: { url: string }[] };
      for (const { url } of output) {
        const file = await get(new URL(url).pathname);
        expect(file.status).toBe(200);
        await file.arrayBuffer();
      }
      return output.length;
    },
  };
}

import type { AnsweredRequest } from "./crash-bench.ts";

/** What AB2D delivered, one run after the other; a refused download is none. */
export interface Spending {
  /** Takes the requests of one run, and tells how many of its files AB2D had begun to deliver before. */
  add(requests: readonly AnsweredRequest[]): number;
  /** The most that any file of any job was delivered. */
  mostDownloads(): number;
}

/** Makes an account that is empty. */
export function spending(): Spending {
  const downloads = new Map<string, number>();
  return {
    add(requests) {
      const urls = requests.filter(isDelivered).map(({ url }) => url);
      const again = urls.filter((url) => downloads.has(url)).length;
      for (const url of urls) downloads.set(url, (downloads.get(url) ?? 0) + 1);
      return again;
    },
    mostDownloads: () => Math.max(0, ...downloads.values()),
  };
}

function isDelivered({ kind, status }: AnsweredRequest): boolean {
  return kind === "download" && status === 200;
}

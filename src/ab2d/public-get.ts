import { type ExchangeOptions, exchange, type HttpResponse } from "./exchange.ts";

/**
 * Asks for a resource of the API that needs no token, and sends none. `path` is below the API's address: `/health`.
 * Throws what {@link exchange} throws.
 */
export function publicGet(apiUrl: URL, path: string, options: ExchangeOptions): Promise<HttpResponse> {
  const url = new URL(apiUrl);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}${path}`;
  return exchange({ url, method: "GET", headers: { accept: "application/json" } }, options);
}

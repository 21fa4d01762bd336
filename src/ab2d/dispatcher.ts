import { Agent, type Dispatcher, EnvHttpProxyAgent } from "undici";
import { EtlError, ExitCode } from "../errors.ts";
import { isLoopback } from "./secure-url.ts";

const MAX_HEADER_BYTES = 64 * 1024; // A 429 lists every active job; the sandbox allows a thousand.

/** The two ways out, one for this machine and one for all others. */
export interface Dispatchers {
  /** The connections that serve `url`. */
  for(url: URL): Dispatcher;
  /** Cuts every connection. */
  destroy(): Promise<void>;
}

/**
 * Opens connections that honour HTTPS_PROXY, HTTP_PROXY and NO_PROXY. Loopback never goes through a proxy: it is the one
 * place where http is allowed, and a proxy would see the token.
 *
 * Throws `PROXY_INVALID` (78) when a proxy variable holds no address.
 */
export function openDispatchers(): Dispatchers {
  const options = { maxHeaderSize: MAX_HEADER_BYTES, connect: { timeout: 30_000 } };
  const direct = new Agent(options);
  const proxied = viaProxy(options);
  return {
    for: (url) => (isLoopback(url.hostname) ? direct : proxied),
    async destroy() {
      await Promise.all([direct.destroy(), proxied.destroy()]);
    },
  };
}

function viaProxy(options: Agent.Options): EnvHttpProxyAgent {
  try {
    return new EnvHttpProxyAgent(options);
  } catch {
    // The cause is left out: it quotes the variable, which may hold the proxy's password.
    throw new EtlError("Cannot use the proxy: HTTPS_PROXY or HTTP_PROXY is not an address", {
      code: "PROXY_INVALID",
      exitCode: ExitCode.configuration,
      hint: "Write it as http://proxy.example.org:3128",
    });
  }
}

import { Agent, type Dispatcher, EnvHttpProxyAgent, Pool } from "undici";
import { EtlError, ExitCode, errorCode } from "../errors.ts";
import { isLoopback } from "./secure-url.ts";

/** Milliseconds for a proxy to open a tunnel. */
const TUNNEL_PATIENCE = 30_000;
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
    return new EnvHttpProxyAgent({ ...options, clientFactory: tunnelPool });
  } catch {
    // The cause is left out: it quotes the variable, which may hold the proxy's password.
    throw new EtlError("Cannot use the proxy: HTTPS_PROXY or HTTP_PROXY is not an address", {
      code: "PROXY_INVALID",
      exitCode: ExitCode.configuration,
      hint: "Write it as http://proxy.example.org:3128",
    });
  }
}

/**
 * The connections to a proxy. undici 7 takes a proxy that closes before it answers for a passing fault and dials it again at
 * once, thousands of times a second, for ever (nodejs/undici#3897); an error of another code ends the request.
 */
function tunnelPool(proxy: URL, options: Pool.Options): Pool {
  const pool = new Pool(proxy, { ...options, headersTimeout: TUNNEL_PATIENCE });
  const connect = pool.connect.bind(pool);
  async function connectOnce(request: Parameters<typeof connect>[0]): Promise<Dispatcher.ConnectData> {
    try {
      return await connect(request);
    } catch (error) {
      if (errorCode(error) !== "UND_ERR_SOCKET") throw error;
      throw Object.assign(new Error("the proxy closed the connection"), { code: "PROXY_CLOSED" });
    }
  }
  return Object.assign(pool, { connect: connectOnce as Pool["connect"] });
}

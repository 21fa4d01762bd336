import { EtlError, ExitCode, errorCode } from "../errors.ts";
import { TransientError } from "../retry.ts";

const TLS_CODE =
  /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|EPROTO|INVALID_CA|PATH_LENGTH_|UND_ERR_PRX_TLS)/;
const OWN_FAULT = new Set(["UND_ERR_DESTROYED", "UND_ERR_CLOSED", "UND_ERR_INVALID_ARG"]);

/**
 * What a failed exchange with `origin` means. The signal's own reason is thrown on abort.
 *
 * The original never becomes the cause: undici's parser error holds bytes of the answer, and a URL error its input.
 */
export function connectionError(
  error: unknown,
  { origin, signal }: { readonly origin: string; readonly signal: AbortSignal },
): EtlError {
  signal.throwIfAborted();
  if (error instanceof EtlError) return error;
  const code = errorCode(error) ?? "unknown error";
  const message = `Cannot reach ${origin}: ${code}`;
  if (OWN_FAULT.has(code)) {
    return new EtlError(message, { code: "SESSION_CLOSED", exitCode: ExitCode.invariantBroken });
  }
  if (TLS_CODE.test(code)) {
    return new EtlError(message, {
      code: "TLS_REFUSED",
      exitCode: ExitCode.unavailable,
      hint: /^(?:EPROTO|ERR_SSL_)/.test(code)
        ? "No TLS of version 1.2 or later could be agreed on. Check the address, and that the proxy's begins with http:// unless it speaks TLS itself"
        : "The server's certificate could not be verified. Behind a proxy that opens TLS, name its CA file in NODE_EXTRA_CA_CERTS",
    });
  }
  const proxyStatus = /^Proxy response \((\d{3})\)/.exec(error instanceof Error ? error.message : "")?.[1];
  if (proxyStatus?.startsWith("4")) {
    return new EtlError(`Cannot reach ${origin}: the proxy answered ${proxyStatus}`, {
      code: "PROXY_REFUSED",
      exitCode: ExitCode.unavailable,
      hint: "Check the user and password in HTTPS_PROXY, and that the proxy allows this host; or list the host in NO_PROXY",
    });
  }
  return new TransientError(
    proxyStatus ? `Cannot reach ${origin}: the proxy answered ${proxyStatus}` : message,
    {
      code: "CONNECTION_FAILED",
      exitCode: ExitCode.unavailable,
      hint: "Check the network, HTTPS_PROXY and NO_PROXY. Production also drops addresses that are not on its allow-list",
    },
  );
}

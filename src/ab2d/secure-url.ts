import { EtlError, ExitCode } from "../errors.ts";

/** Whether `hostname`, as a `URL` normalises it, is this machine: 127.0.0.0/8, ::1 or `localhost`. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/**
 * Reads a configured address. `setting` names it in messages; the address itself is not shown, because it may hold a password.
 *
 * Throws `INSECURE_URL` (78) for plain http to anything but loopback, and `INVALID_URL` (78) for what is no http address
 * or carries a user, a query or a fragment.
 */
export function secureUrl(text: string, { setting }: { readonly setting: string }): URL {
  // The error of the URL constructor quotes its input: it must not become a cause.
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url?.protocol === "https:" || url?.protocol === "http:";
  if (!url || !isHttp || url.username || url.password || url.search || url.hash) {
    throw new EtlError(
      `Cannot use the ${setting}: it is not an https address without user, query and fragment`,
      {
        code: "INVALID_URL",
        exitCode: ExitCode.configuration,
        hint: "The sandbox's is https://sandbox.ab2d.cms.gov, the production API's https://api.ab2d.cms.gov",
      },
    );
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    throw new EtlError(
      `Cannot use the ${setting}: plain http would send credentials and claims in the clear to ${url.hostname}`,
      {
        code: "INSECURE_URL",
        exitCode: ExitCode.configuration,
        hint: "Use https; http is for loopback (127.0.0.1, ::1, localhost) only",
      },
    );
  }
  return url;
}

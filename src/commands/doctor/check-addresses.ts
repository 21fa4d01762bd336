import { secureUrl } from "../../ab2d/secure-url.ts";
import { ENVIRONMENTS, type Settings } from "../../config.ts";
import { ExitCode } from "../../errors.ts";
import { type Check, failure, failureOf, ok, warning } from "./check.ts";

export interface CheckedAddresses {
  readonly checks: readonly Check[];
  /** Absent when it can't be used. */
  readonly apiUrl: URL | undefined;
  readonly tokenUrl: URL | undefined;
}

/** Checks that both addresses of AB2D are set, safe to use and of one environment. Asks nobody. */
export function checkAddresses(
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
): CheckedAddresses {
  const preset = settings.environment && ENVIRONMENTS[settings.environment];
  const api = readAddress("API address", settings.apiUrl ?? preset?.apiUrl);
  const token = readAddress("token address", settings.tokenUrl ?? preset?.tokenUrl);
  const [apiOf, tokenOf] = [environmentOf(api.url), environmentOf(token.url)];
  const isMixed = apiOf !== undefined && tokenOf !== undefined && apiOf !== tokenOf;
  const proxy = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"].find((name) => env[name]);
  const via = proxy ? `, proxy from ${proxy}` : "";
  return {
    apiUrl: api.url,
    tokenUrl: token.url,
    checks: [
      api.failure ??
        (preset && api.url?.origin !== new URL(preset.apiUrl).origin
          ? warning(
              "API address",
              `${api.url?.origin}${via}, although the environment is ${settings.environment}`,
              "An address wins over the environment. Unset AB2D_API_URL, or the environment, unless this is a way to it.",
            )
          : ok("API address", `${api.url?.origin}${apiOf ? ` (${apiOf})` : ""}${via}`)),
      isMixed
        ? warning(
            "token address",
            `${token.url?.origin} is the ${tokenOf}'s, the API address the ${apiOf}'s`,
            "Set AB2D_ENVIRONMENT alone, or both addresses to those of one environment: the API refuses another one's tokens.",
          )
        : (token.failure ?? ok("token address", `${token.url?.origin}${tokenOf ? ` (${tokenOf})` : ""}`)),
    ],
  };
}

interface Address {
  readonly url: URL | undefined;
  readonly failure?: Check;
}

function readAddress(name: "API address" | "token address", text: string | undefined): Address {
  if (text === undefined) {
    return {
      url: undefined,
      failure: failure(name, "it is not set", {
        cure: "Set AB2D_ENVIRONMENT to sandbox or production, or both AB2D_API_URL and AB2D_TOKEN_URL; `ab2d init` asks for it.",
        exitCode: ExitCode.configuration,
      }),
    };
  }
  try {
    return { url: secureUrl(text, { setting: name }) };
  } catch (error) {
    return { url: undefined, failure: failureOf(name, error) };
  }
}

function environmentOf(url: URL | undefined): string | undefined {
  return Object.entries(ENVIRONMENTS).find(([, { apiUrl, tokenUrl }]) =>
    [apiUrl, tokenUrl].some((known) => new URL(known).origin === url?.origin),
  )?.[0];
}

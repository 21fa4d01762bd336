import { type ContractSettings, ENVIRONMENTS, type Settings } from "../config.ts";
import { readCredentials } from "../credentials.ts";
import type { ApiVersion } from "../domain/api-version.ts";
import { EtlError, ExitCode } from "../errors.ts";
import type { SyncRequest } from "../pipeline.ts";
import type { Door } from "./command.ts";

/** The settings by which a command reaches AB2D. */
export const ACCESS_SETTINGS = ["environment", "apiUrl", "tokenUrl", "credentialsFile"] as const;

/** The settings of a command that exports: how to reach AB2D, to land and to load. */
export const EXPORT_SETTINGS = [
  ...ACCESS_SETTINGS,
  "landingDir",
  "pollInterval",
  "overlapDays",
  "downloads",
  "loaders",
  "keepLanded",
  "logLevel",
] as const;

/** What a run needs beside its window: how to reach AB2D for a contract, and how to land and load. */
export type ContractAccess = Pick<
  SyncRequest,
  | "contractName"
  | "apiUrl"
  | "tokenUrl"
  | "credentials"
  | "pollInterval"
  | "landingDir"
  | "downloads"
  | "loaders"
  | "keepLanded"
>;

/** The API version for a contract: a flag wins over the contract's own in `ab2d.yaml`, that over the setting for all. */
export function apiVersionOf(
  contract: Pick<ContractSettings, "apiVersion">,
  { flags, settings }: Pick<Door, "flags" | "settings">,
): ApiVersion {
  return flags.apiVersion === undefined ? (contract.apiVersion ?? settings.apiVersion) : settings.apiVersion;
}

/** The credentials file for a contract, by the same order. */
export function credentialsFileOf(
  contract: Pick<ContractSettings, "credentialsFile">,
  { flags, settings }: Pick<Door, "flags" | "settings">,
): string | undefined {
  return flags.credentialsFile ?? contract.credentialsFile ?? settings.credentialsFile;
}

/** Reads a contract's access from the settings. Throws ENVIRONMENT_MISSING, CREDENTIALS_MISSING (78), what reading credentials throws. */
export function contractAccess(
  contract: ContractSettings,
  { flags, settings }: Pick<Door, "flags" | "settings">,
): ContractAccess {
  const credentialsFile = credentialsFileOf(contract, { flags, settings });
  if (credentialsFile === undefined) {
    throw new EtlError(`Cannot reach AB2D for contract ${contract.number}: no credentials file is set`, {
      code: "CREDENTIALS_MISSING",
      exitCode: ExitCode.configuration,
      hint: "Set AB2D_CREDENTIALS_FILE to the path of a file with Base64 of id:secret.",
    });
  }
  return {
    ...addresses(settings),
    contractName: contract.name,
    credentials: readCredentials(credentialsFile),
    pollInterval: settings.pollInterval,
    landingDir: settings.landingDir,
    downloads: settings.downloads,
    loaders: settings.loaders,
    keepLanded: settings.keepLanded,
  };
}

/** The addresses of the settings: each one's own, or those of the environment. */
export function addresses(settings: Settings): { readonly apiUrl: string; readonly tokenUrl: string } {
  const environment = settings.environment && ENVIRONMENTS[settings.environment];
  const apiUrl = settings.apiUrl ?? environment?.apiUrl;
  const tokenUrl = settings.tokenUrl ?? environment?.tokenUrl;
  if (apiUrl === undefined || tokenUrl === undefined) {
    throw new EtlError("Cannot reach AB2D: it is not set which one to ask", {
      code: "ENVIRONMENT_MISSING",
      exitCode: ExitCode.configuration,
      hint: "Set AB2D_ENVIRONMENT to sandbox or production, or both AB2D_API_URL and AB2D_TOKEN_URL.",
    });
  }
  return { apiUrl, tokenUrl };
}

import { z } from "zod";
import type { ApiVersion } from "../domain/api-version.ts";
import type { ExchangeOptions } from "./exchange.ts";
import { parseJson } from "./parse-json.ts";
import { publicGet } from "./public-get.ts";

/** What a server's CapabilityStatement says of an API version. */
export interface Metadata {
  readonly status: number;
  /** As in `4.0.0`; `undefined` when the answer is no CapabilityStatement with such a version. */
  readonly fhirVersion: string | undefined;
}

const CAPABILITY_STATEMENT = z.object({
  resourceType: z.literal("CapabilityStatement"),
  fhirVersion: z.string().regex(/^\d{1,2}\.\d{1,2}\.\d{1,2}$/),
});
const MAX_STATEMENT_BYTES = 1024 * 1024;

/** Reads the CapabilityStatement of an API version, which needs no token. Throws what an exchange throws. */
export async function checkMetadata(
  apiUrl: URL,
  { apiVersion, ...options }: ExchangeOptions & { readonly apiVersion: ApiVersion },
): Promise<Metadata> {
  const response = await publicGet(apiUrl, `/api/${apiVersion}/fhir/metadata`, options);
  const statement = CAPABILITY_STATEMENT.safeParse(parseJson(await response.text(MAX_STATEMENT_BYTES)));
  return { status: response.status, fhirVersion: statement.data?.fhirVersion };
}

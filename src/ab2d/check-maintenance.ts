import { z } from "zod";
import type { ExchangeOptions } from "./exchange.ts";
import { parseJson } from "./parse-json.ts";
import { publicGet } from "./public-get.ts";

/** AB2D writes the word as a string (MaintenanceModeAPI.java). */
const STATUS = z.object({ maintenanceMode: z.union([z.boolean(), z.enum(["true", "false"])]) });
const MAX_STATUS_BYTES = 64 * 1024;

/** Whether AB2D is in maintenance mode, in which it starts no job; `undefined` when it does not say. Throws what an exchange throws. */
export async function checkMaintenance(apiUrl: URL, options: ExchangeOptions): Promise<boolean | undefined> {
  const response = await publicGet(apiUrl, "/status", options);
  const answer = STATUS.safeParse(parseJson(await response.text(MAX_STATUS_BYTES)));
  return response.status === 200 && answer.success
    ? String(answer.data.maintenanceMode) === "true"
    : undefined;
}

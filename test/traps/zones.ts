import { expect } from "vitest";

/** Does `work` with the process in another time zone. */
export async function inZone<Result>(zone: string, work: () => Promise<Result>): Promise<Result> {
  const own = process.env["TZ"];
  process.env["TZ"] = zone;
  try {
    expect(Intl.DateTimeFormat().resolvedOptions().timeZone).toBe(zone);
    return await work();
  } finally {
    if (own === undefined) delete process.env["TZ"];
    else process.env["TZ"] = own;
  }
}

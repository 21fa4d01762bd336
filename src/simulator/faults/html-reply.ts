import type { Reply } from "../reply.ts";

/** The page of a proxy that wants to know who is there. */
export const LOGIN_PAGE =
  "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><form action=/login><input name=user></form></body></html>\n";

/** The answer of something that stands between client and AB2D: HTML. */
export function htmlReply(
  status: number,
  body = `<html><body><h1>${status}</h1><hr>awselb/2.0</body></html>\n`,
): Reply {
  return { status, headers: { "Content-Type": "text/html; charset=utf-8" }, body };
}

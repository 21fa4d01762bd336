import type { ExportWindow } from "./start-export.ts";

/**
 * The window that a manifest's `request` says was asked for. AB2D percent-encodes the query twice (`%253A`), so each value is decoded
 * twice; a plus sign stays one, because a date-time holds no space. A value that can't be decoded counts as absent.
 */
export function requestedWindow(request: string): ExportWindow {
  const query = /\?([^#]*)/.exec(request)?.[1] ?? "";
  const values = new Map<string, string | undefined>();
  for (const pair of query.split("&")) {
    const equals = pair.indexOf("=");
    const name = pair.slice(0, equals);
    if (equals > 0 && !values.has(name)) values.set(name, decodeTwice(pair.slice(equals + 1)));
  }
  return { since: values.get("_since"), until: values.get("_until") };
}

function decodeTwice(value: string): string | undefined {
  try {
    return decodeURIComponent(decodeURIComponent(value));
  } catch {
    return undefined;
  }
}

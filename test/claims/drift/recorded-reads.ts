import { mapEob } from "../../../src/claims/map-eob.ts";
import { parseEob } from "../../../src/claims/parse-eob.ts";
import type { ApiVersion } from "../../../src/domain/api-version.ts";

type Json = Readonly<Record<string, unknown>>;

const BY: Readonly<Record<string, string>> = {
  extension: "url",
  coding: "system",
  identifier: "system",
  valueIdentifier: "system",
  tag: "system",
  security: "system",
  contained: "resourceType",
};

/** Reads a line, maps it, and tells the places of all values that the mapper read, in the words of the lists. */
export function recordedReads(line: string, apiVersion: ApiVersion): { kind: string; reads: Set<string> } {
  const reads = new Set<string>();
  const { kind } = mapEob(recording(parseEob(line), { path: "", name: "" }, reads), { apiVersion });
  return { kind, reads };
}

/** `value` behind a proxy that notes which of its values are read. What tells an element apart is not noted. */
function recording(
  value: unknown,
  { path, name }: { readonly path: string; readonly name: string },
  reads: Set<string>,
): unknown {
  if (typeof value !== "object" || value === null) return value;
  return new Proxy(value, {
    get(target, key) {
      const found = Reflect.get(target, key) as unknown;
      if (typeof key === "symbol" || found === undefined || found === null || typeof found === "function")
        return found;
      if (Array.isArray(target)) {
        if (key === "length") return found;
        const place = `${path}[${typeof found === "object" ? whatItIs(name, found as Json) : ""}]`;
        if (typeof found !== "object") reads.add(place);
        return recording(found, { path: place, name }, reads);
      }
      const place = `${path === "" ? "" : `${path}.`}${key}`;
      if (typeof found !== "object" && BY[name] !== key) reads.add(place);
      const isToldApart = !Array.isArray(found) && (key === "identifier" || key === "valueIdentifier");
      const what = isToldApart ? `(${whatItIs(key, found as Json)})` : "";
      return recording(found, { path: place + what, name: key }, reads);
    },
  });
}

function whatItIs(name: string, element: Json): string {
  if (name === "supportingInfo") {
    const { coding } = element.category as { coding: { code: string }[] };
    return `category=${coding.find(({ code }) => code !== "info")?.code}`;
  }
  const by = BY[name];
  if (by === undefined) return "";
  const value = element[by];
  if (typeof value === "string") return `${by}=${value.replace(/(poa_ind_sw)\d+$/, "$1N")}`;
  const type = element.type as { coding: { code: string }[] } | undefined;
  return type ? `type=${type.coding[0]!.code}` : "";
}

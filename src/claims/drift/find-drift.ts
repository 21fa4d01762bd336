import { isJsonObject, type JsonObject, objectAt, objectsAt } from "../json-fields.ts";
import { DISCRIMINATORS, type Discriminator, type PathNode } from "./path-tree.ts";
import { addressName, codeName, fieldName, UNSHOWN } from "./place-name.ts";

/** Told a place that is not known, as often as an EOB has it. */
export type OnDrift = (place: string) => void;

/**
 * Finds what in an EOB is not among the places that `tree` knows: fields, extensions, codes of other systems, a value of
 * another JSON type, and values that decide how a claim is read and are none of those known. Of what is unknown only its
 * topmost place is told. Names are shown as `place-name.ts` allows; no value is, but codes from a code list.
 */
export function findDrift(eob: JsonObject, tree: PathNode, onDrift: OnDrift): void {
  inObject(eob, tree, onDrift);
}

/** Fields of an object whose places are remembered. */
const MAX_SHAPE = 64;

function inObject(object: JsonObject, node: PathNode, onDrift: OnDrift): void {
  const { fields, shape } = node;
  let at = 0;
  for (const key in object) {
    const value = object[key];
    let known: PathNode | undefined;
    // Comparing with the key that stood here in the last such object takes a fraction of a look-up's time.
    if (shape.keys[at] === key) known = shape.nodes[at];
    else {
      known = fields.get(key);
      if (known !== undefined && at < MAX_SHAPE) {
        shape.keys[at] = key;
        shape.nodes[at] = known;
      }
    }
    at += 1;
    if (value === null) continue;
    if (known !== undefined) inValue(value, known, onDrift);
    else unknownField(value, { key, parent: node.path }, onDrift);
  }
}

function inValue(value: unknown, node: PathNode, onDrift: OnDrift): void {
  if (node.kind === "leaf") {
    const type = typeof value;
    if (type === "object") otherKind(value, node, onDrift);
    else if (node.type !== undefined && type !== node.type) onDrift(`${node.path} (${type})`);
    else if (node.values !== undefined && !node.values.has(String(value))) {
      onDrift(`${node.path}=${codeName(String(value))}`);
    }
  } else if (node.kind === "array") {
    if (Array.isArray(value)) inElements(value, node, onDrift);
    else otherKind(value, node, onDrift);
  } else if (isJsonObject(value)) {
    if (node.discriminator === undefined) inObject(value, node, onDrift);
    else inVariant(value, node, onDrift);
  } else otherKind(value, node, onDrift);
}

function inElements(values: readonly unknown[], node: PathNode, onDrift: OnDrift): void {
  const { element, discriminator } = node;
  for (const value of values) {
    if (value === null) continue;
    if (discriminator === undefined) inValue(value, element!, onDrift);
    else if (isJsonObject(value)) inVariant(value, node, onDrift);
    else onDrift(`${node.path}[] (${typeof value})`);
  }
}

/** An element of a discriminated array, or a discriminated object. */
function inVariant(value: JsonObject, node: PathNode, onDrift: OnDrift): void {
  const known = variantOf(value, node);
  if (known !== undefined) inObject(value, known, onDrift);
  else {
    const what = saysItIs(value, node.discriminator!);
    onDrift(node.kind === "array" ? `${node.path}[${what}` : `${node.path}(${what.replace(/\]/, ")")}`);
  }
}

function variantOf(value: JsonObject, node: PathNode): PathNode | undefined {
  const by = node.discriminator === "category" ? categoryOf(value) : value[node.discriminator!];
  if (typeof by !== "string") return node.typed.get(typeOf(value) ?? "") ?? node.element;
  if (node.recent.by === by) return node.recent.node;
  const known = node.variants.get(by) ?? numbered(by, node);
  if (known !== undefined) {
    node.recent.by = by;
    node.recent.node = known;
  }
  return known;
}

/** Addresses that end in a number may be of a family: `…/clm_poa_ind_sw12`. */
function numbered(by: string, { variants }: PathNode): PathNode | undefined {
  const last = by.charCodeAt(by.length - 1);
  return last >= 0x30 && last <= 0x39 ? variants.get(by.replace(/\d{1,2}$/, "N")) : undefined;
}

/** The category's own word: V2 and V3 write the general `info` beside it, before or after. */
function categoryOf(information: JsonObject): string | undefined {
  let general: string | undefined;
  for (const { code } of objectsAt(objectAt(information, "category"), "coding")) {
    if (typeof code !== "string") continue;
    if (code !== "info") return code;
    general = code;
  }
  return general;
}

function typeOf(identifier: JsonObject): string | undefined {
  const code = objectsAt(objectAt(identifier, "type"), "coding")[0]?.code;
  return typeof code === "string" ? code : undefined;
}

/** What tells an unknown element apart, with the closing bracket; an extension's kind of value behind it. */
function saysItIs(value: JsonObject, discriminator: Discriminator): string {
  const by = discriminator === "category" ? categoryOf(value) : value[discriminator];
  if (discriminator === "url") {
    const kind = Object.keys(value).find((key) => key.startsWith("value"));
    return `url=${typeof by === "string" ? addressName(by) : UNSHOWN}]${kind === undefined ? "" : `.${fieldName(kind)}`}`;
  }
  if (typeof by === "string") {
    const name = discriminator === "system" ? addressName(by) : codeName(by);
    return `${discriminator}=${name}]`;
  }
  const type = typeOf(value);
  return type === undefined ? "]" : `type=${codeName(type)}]`;
}

/** A list or object where something else is known, or the other way round. */
function otherKind(value: unknown, { path }: PathNode, onDrift: OnDrift): void {
  if (Array.isArray(value)) {
    if (value.length > 0) onDrift(`${path}[]`);
  } else if (isJsonObject(value)) {
    for (const key in value) onDrift(`${path}.${fieldName(key)}`);
  } else onDrift(`${path} (${typeof value})`);
}

function unknownField(
  value: unknown,
  { key, parent }: { readonly key: string; readonly parent: string },
  onDrift: OnDrift,
): void {
  const path = `${parent === "" ? "" : `${parent}.`}${fieldName(key)}`;
  if (!Array.isArray(value)) {
    onDrift(path);
    return;
  }
  const discriminator = DISCRIMINATORS.get(key);
  if (discriminator === undefined) {
    if (value.length > 0) onDrift(`${path}[]`);
    return;
  }
  for (const element of value) {
    onDrift(isJsonObject(element) ? `${path}[${saysItIs(element, discriminator)}` : `${path}[]`);
  }
}

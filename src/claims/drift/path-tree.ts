import type { KnownPaths } from "./known-paths.ts";

/** What tells the elements of an array, or an object, of one name apart. */
export type Discriminator = "url" | "system" | "resourceType" | "category";

/** A place in an EOB that is known. */
export interface PathNode {
  /** As it is shown: `item[].servicedDate`. */
  readonly path: string;
  readonly kind: "leaf" | "object" | "array";
  /** Of a leaf: the JSON type of its value; `undefined` where parsing may change it. */
  readonly type: "string" | "number" | "boolean" | undefined;
  /** Of a leaf that decides how a claim is read: the values that are known. */
  readonly values: ReadonlySet<string> | undefined;
  /** Of an object. */
  readonly fields: ReadonlyMap<string, PathNode>;
  readonly discriminator: Discriminator | undefined;
  /** What a discriminated array or object may be, by what its discriminator says. */
  readonly variants: ReadonlyMap<string, PathNode>;
  /** By the code of its type, where an identifier has no system. */
  readonly typed: ReadonlyMap<string, PathNode>;
  /** An element of an array without discriminator, and a discriminated one that does not say. */
  readonly element: PathNode | undefined;
  /** The keys of the last such object and what they are, in order. */
  readonly shape: { readonly keys: string[]; readonly nodes: PathNode[] };
  /** What the last such element said it was, and is. */
  readonly recent: { by: string | undefined; node: PathNode | undefined };
}

/** By what FHIR tells the elements of these arrays apart. */
export const DISCRIMINATORS: ReadonlyMap<string, Discriminator> = new Map([
  ["extension", "url"],
  ["modifierExtension", "url"],
  ["coding", "system"],
  ["identifier", "system"],
  ["tag", "system"],
  ["security", "system"],
  ["contained", "resourceType"],
  ["supportingInfo", "category"],
  ["information", "category"],
]);

type Growing = {
  -readonly [Key in keyof PathNode]: PathNode[Key] extends ReadonlyMap<string, PathNode>
    ? Map<string, Growing>
    : Key extends "element"
      ? Growing | undefined
      : PathNode[Key];
};

/** `name`, then `[…]` of an array or `(…)` of an object that is told apart, with what tells it apart. */
const STEP = /([A-Za-z]+)(?:\[([^\]]*)\]|\(([^)]*)\))?(?:\.|$)/y;
const LEAVES = /^(.*\.|)\{([A-Za-z,[\]]+)\}$/;

const NUMBERS = new Set(["sequence", "precedence"]);
const NUMBER_LISTS = /(?:LinkId|Sequence)$/;
const BOOLEANS = new Set(["responsible", "focal", "active"]);
/** `parseEob` keeps the digits of these as text. */
const DECIMALS = new Set(["value", "valueDecimal"]);

/** Makes the tree that the paths of a version span. Throws on a path that it can't read. */
export function pathTree({ consumed, unread, values }: KnownPaths): PathNode {
  const root = grown("", "object", "");
  for (const path of [...consumed, ...unread.flatMap(({ paths }) => paths)].flatMap(spelledOut))
    add(path, root);
  for (const [path, known] of Object.entries(values)) add(path, root).values = new Set(known);
  return root;
}

/** `a.{b,c}` is `a.b` and `a.c`. */
export function spelledOut(path: string): readonly string[] {
  const match = LEAVES.exec(path);
  return match ? match[2]!.split(",").map((leaf) => `${match[1]}${leaf}`) : [path];
}

function add(path: string, root: Growing): Growing {
  let node = root;
  STEP.lastIndex = 0;
  while (STEP.lastIndex < path.length) {
    const match = STEP.exec(path);
    if (!match) throw new Error(`No path of an EOB: ${path}`);
    const [whole, name, ofArray, ofObject] = match;
    const isLast = STEP.lastIndex === path.length && !whole.endsWith(".");
    const kind = ofArray !== undefined ? "array" : isLast ? "leaf" : "object";
    node = child(node, { name: name!, kind });
    if (ofArray !== undefined) node = element(node, { name: name!, wanted: ofArray, isLeaf: isLast });
    else if (ofObject !== undefined) node = variant(node, ofObject, ["(", ")"]);
  }
  return node;
}

function child(parent: Growing, { name, kind }: { name: string; kind: PathNode["kind"] }): Growing {
  let node = parent.fields.get(name);
  if (!node) {
    node = grown(parent.path === "" ? name : `${parent.path}.${name}`, kind, name);
    parent.fields.set(name, node);
    addImplied(node, name);
  }
  if (node.kind !== kind) throw new Error(`${node.path} is a ${node.kind}, and a ${kind}`);
  return node;
}

function element(
  list: Growing,
  { name, wanted, isLeaf }: { name: string; wanted: string; isLeaf: boolean },
): Growing {
  list.discriminator = DISCRIMINATORS.get(name);
  if (list.discriminator) return variant(list, wanted, ["[", "]"], name);
  list.element ??= grown(
    `${list.path}[]`,
    isLeaf ? "leaf" : "object",
    NUMBER_LISTS.test(name) ? "sequence" : name,
  );
  return list.element;
}

function variant(
  node: Growing,
  wanted: string,
  [open, close]: readonly [string, string],
  name = "identifier",
): Growing {
  node.discriminator ??= "system";
  const path = `${node.path}${open}${wanted}${close}`;
  const [by, ...rest] = wanted.split("=");
  const value = rest.join("=");
  const variants = by === "type" ? node.typed : node.variants;
  if (wanted === "") {
    node.element ??= withDiscriminator(grown(path, "object", name), { name, by: node.discriminator });
    return node.element;
  }
  let found = variants.get(value);
  if (!found) {
    found = withDiscriminator(grown(path, "object", name), { name, by: node.discriminator });
    variants.set(value, found);
  }
  return found;
}

/** What every such element has and nobody reads: that which tells it apart, and how a code is called. */
function withDiscriminator(node: Growing, { name, by }: { name: string; by: Discriminator }): Growing {
  if (by !== "category") node.fields.set(by, grown(`${node.path}.${by}`, "leaf", by));
  if (name === "coding") node.fields.set("display", grown(`${node.path}.display`, "leaf", "display"));
  return node;
}

function addImplied(node: Growing, name: string): void {
  if (name !== "valueCoding") return;
  for (const field of ["system", "display"]) {
    node.fields.set(field, grown(`${node.path}.${field}`, "leaf", field));
  }
}

function grown(path: string, kind: PathNode["kind"], name: string): Growing {
  return {
    path,
    kind,
    type: kind === "leaf" ? typeOf(name) : undefined,
    values: undefined,
    fields: new Map(),
    discriminator: undefined,
    variants: new Map(),
    typed: new Map(),
    element: undefined,
    shape: { keys: [], nodes: [] },
    recent: { by: undefined, node: undefined },
  };
}

function typeOf(name: string): PathNode["type"] {
  if (DECIMALS.has(name)) return undefined;
  if (NUMBERS.has(name)) return "number";
  return BOOLEANS.has(name) ? "boolean" : "string";
}

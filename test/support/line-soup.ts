import { URLS } from "../../src/claims/urls.ts";
import type { ApiVersion } from "../../src/domain/api-version.ts";
import type { Random } from "../../src/simulator/random.ts";
import { eob } from "./eob.ts";

type Json = Record<string, unknown>;

/** What a file of NDJSON may not look like, and some of what it may. */
export interface LineSoup {
  readonly bytes: Buffer;
  /** The lines that were left as they were built, by their text, with the id of the EOB in each. */
  readonly whole: ReadonlyMap<string, string>;
}

export interface LineSoupOptions {
  readonly version: ApiVersion;
  /** Pieces that are strung together; most are a line each. */
  readonly pieces: number;
  /** Numbers claims; two soups with different ones share none. */
  readonly series: string;
  /** Lines that are mixed in as they are: of real size, or of an earlier soup. */
  readonly models?: readonly string[];
}

/** Damages one line's text. Its line ending comes later. */
type Damage = (line: string, random: Random) => string | Buffer;

/** How often a line stays as it was built, or is one that came before. */
const WHOLE = 0.4;
const AGAIN = 0.06;

/** The same bytes for the same `random` and options. */
export function lineSoup(random: Random, options: LineSoupOptions): LineSoup {
  const whole = new Map<string, string>();
  const earlier: string[] = [];
  const bytes: Buffer[] = [];
  if (random.chance(0.3)) bytes.push(BYTE_ORDER_MARK);
  for (let number = 0; number < options.pieces; number += 1) {
    const built = builtLine(random, { ...options, number });
    let piece: string | Buffer = built.text;
    const roll = random.next();
    if (roll < AGAIN && earlier.length > 0) {
      piece = random.pick(earlier);
    } else if (roll < WHOLE) {
      whole.set(built.text, built.eobId);
      earlier.push(built.text);
      if (earlier.length > 200) earlier.shift();
    } else {
      piece = random.weighted(DAMAGES)(built.text, random);
      // A second damage, now and then, to what the first has left.
      if (typeof piece === "string" && random.chance(0.1)) piece = random.weighted(DAMAGES)(piece, random);
    }
    const isLast = number === options.pieces - 1;
    bytes.push(Buffer.from(piece), Buffer.from(isLast && random.chance(0.5) ? "" : random.weighted(ENDINGS)));
  }
  return { bytes: Buffer.concat(bytes), whole };
}

const BYTE_ORDER_MARK = Buffer.from("\ufeff");

/** Some endings are none, so that two lines become one. */
const ENDINGS: readonly (readonly [string, number])[] = [
  ["\n", 86],
  ["\r\n", 8],
  ["\n\n", 2],
  ["\r\r\n", 1],
  ["\n \t\r\n", 1],
  ["\r", 1],
  ["", 1],
];

const TYPES = ["carrier", "dme", "hha", "hospice", "inpatient", "outpatient", "snf"] as const;

function builtLine(
  random: Random,
  { version, series, number, models = [] }: LineSoupOptions & { readonly number: number },
): { readonly text: string; readonly eobId: string } {
  // Some claims come again with another text, some share a family or a member.
  const claimId = `-${series}${random.chance(0.1) ? random.integer(number + 1) : number}`;
  if (models.length > 0 && random.chance(0.01)) {
    const text = random.pick(models);
    return { text, eobId: (JSON.parse(text) as { id: string }).id };
  }
  const resource = eob({
    version,
    type: random.pick(TYPES),
    claimId,
    claimGroup: random.chance(0.1) ? null : `-${series}${random.integer(number + 1)}`,
    status: random.chance(0.1) ? "cancelled" : "active",
    lastUpdated: random.chance(0.05)
      ? null
      : `2024-0${random.between(1, 9)}-1${random.integer(10)}T10:20:30.456-05:00`,
    patientId: `-${random.integer(500)}`,
    mbis: random.chance(0.2) ? [] : [`1S0${random.between(100, 999)}0DP42`],
    diagnoses: Array.from({ length: random.integer(4) }, () => random.pick(["E119", "I10", "Z0000", "N186"])),
    items: Array.from({ length: random.integer(4) }, (_, index) => item(random, version, index + 1)),
  });
  return { text: JSON.stringify(resource), eobId: resource["id"] as string };
}

function item(random: Random, version: ApiVersion, sequence: number): Json {
  const service = {
    coding: [
      {
        system: version === "v3" ? URLS.idrHcpcs : URLS.hcpcs,
        code: random.pick(["99213", "G0463", "J1100"]),
      },
    ],
  };
  return {
    sequence,
    [version === "v1" ? "service" : "productOrService"]: service,
    servicedPeriod: { start: "2024-02-01", end: "2024-02-02" },
    quantity: { value: random.pick([1, 2.5, 0.1, 1e21]) },
  };
}

/** Texts and values that are in no EOB, and some that a careless reader would take for something. */
const ODD_VALUES: readonly unknown[] = [
  ...[
    "",
    "\0",
    "\ud800",
    "\udfff tail",
    "a\u2028b\u2029c\u0085d",
    "\ufeff",
    "\u007f\u0080",
    "e\u0301\u{1f600}",
  ],
  ...["constructor", "__proto__", "toString", "hasOwnProperty", "\\N", "\\.", "%s%n", "'; --", "$1", "{}"],
  ...["0000-00-00", "0001-01-01", "9999-12-31", "10000-01-01", "-0001-01-01", "2024-02-30", "2024", "epoch"],
  ...["0099-01-01T00:00:00Z", "0100-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999999-14:00", "now"],
  ...["2024-03-01T24:00:00Z", "2024-12-31T23:59:60Z", "infinity", "-infinity", "NaN", "Patient/", "draft"],
  ...["x".repeat(257), "x".repeat(5_000), "\u{1f600}".repeat(256)],
  ...[2 ** 31, -(2 ** 31), 2 ** 53, 1.5, -1, 0, 1e21, 5e-324, null, true, false, [], [null], {}, [[]], [{}]],
];

const ODD_NUMBERS = [
  ...[
    "1e400",
    "-1e400",
    "1E-400",
    "9".repeat(400),
    `0.${"3".repeat(400)}`,
    "-0",
    "0.10",
    "1e2",
    "1e+30",
    "1e99",
  ],
  ...["00", "+1", ".5", "5.", "1e", "0x10", "NaN", "Infinity", "1_000", "١"],
];

/** What stands in a line but is no claim. */
const FOREIGN = [
  ...[
    "null",
    "true",
    "0",
    "-1.5e3",
    '""',
    '"ExplanationOfBenefit"',
    "[]",
    "[1,[2]]",
    "{}",
    "{",
    "}",
    '"',
    "\\",
  ],
  ...['{"resourceType":"Patient","id":"-1"}', '{"resourceType":"Bundle","entry":[]}', "[{}", "]", ","],
  ...['{"resourceType":"OperationOutcome","issue":[{"severity":"error"}]}', "<html>502 Bad Gateway</html>"],
  ...['{"resourceType":"ExplanationOfBenefit"}', '{"resourceType":"ExplanationOfBenefit","id":"-1"}'],
  ...["", " ", "\t\t", "\u00a0", "\u2028", "\ufeff", "\v\f", "\0", "// nothing", "undefined", "\u001f\u008b"],
];

const RAW_BYTES = [
  ...[[0xff], [0xfe, 0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0x80], [0xe2, 0x80]],
  ...[[0x00], [0x00, 0x00], [0x1f, 0x8b, 0x08], [0xef, 0xbb, 0xbf], [0xf0, 0x9f, 0x98]],
].map((bytes) => Buffer.from(bytes));

const INSERTED = [
  ...[
    "\\u0000",
    "\\ud800",
    "\\udc00",
    "\\uD83D\\uDE00",
    "\\u2028",
    "\\x00",
    "\\",
    '"',
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
  ],
  ...[
    "\r",
    "\n",
    "\r\n",
    "\u2028",
    "\u2029",
    "\u0085",
    "\t",
    "\b",
    "\u007f",
    "\ufeff",
    "null",
    "0",
    "e",
    "-",
    " ",
  ],
];

const DAMAGES: readonly (readonly [Damage, number])[] = [
  [replacesValue, 200],
  [renamesKey, 40],
  [repeatsMember, 60],
  [changesNumber, 80],
  [flipsBytes, 100],
  [insertsBytes, 60],
  [insertsText, 100],
  [cutsOut, 50],
  [breaksOff, 50],
  [splices, 30],
  [(_, random) => random.pick(FOREIGN), 80],
  [(line, random) => line + random.pick([line, "{}", ",", " x", "\0", "]"]), 40],
  [(line) => `\ufeff${line}`, 20],
  [(line) => inObject(line, (root) => Object.assign(root, { use: "preauthorization" })), 20],
  [spaced, 40],
  [nests, 20],
  [lengthens, 1],
  [makesNoise, 10],
];

/** Every place in a line's object, as a way to put something else there. */
function placesIn(root: object): { readonly container: Json; readonly key: string }[] {
  const places: { container: Json; key: string }[] = [];
  const visit = (container: Json): void => {
    for (const key of Object.keys(container)) {
      places.push({ container, key });
      const value = container[key];
      if (typeof value === "object" && value !== null) visit(value as Json);
    }
  };
  visit(root as Json);
  return places;
}

function inObject(line: string, change: (root: Json) => void): string {
  try {
    const root: unknown = JSON.parse(line);
    if (typeof root !== "object" || root === null) return line;
    change(root as Json);
    return JSON.stringify(root);
  } catch {
    // A line that another damage has already spoilt.
    return line;
  }
}

function replacesValue(line: string, random: Random): string {
  return inObject(line, (root) => {
    const places = placesIn(root);
    for (let times = random.between(1, 3); times > 0 && places.length > 0; times -= 1) {
      const { container, key } = random.pick(places);
      container[key] = random.chance(0.08) ? dense(random, 4_000) : random.pick(ODD_VALUES);
    }
  });
}

function renamesKey(line: string, random: Random): string {
  return inObject(line, (root) => {
    const places = placesIn(root).filter(({ container }) => !Array.isArray(container));
    if (places.length === 0) return;
    const { container, key } = random.pick(places);
    const name = random.pick([
      "",
      "\0",
      "\ud800",
      "id",
      "meta",
      "constructor",
      "a.b[c]",
      dense(random, 3_000),
    ]);
    container[name] = container[key];
    delete container[key];
  });
}

/** A member that stands there twice, at the beginning or at the end of the object. */
function repeatsMember(line: string, random: Random): string {
  const member = random.pick([
    '"id":"another"',
    '"i\\u0064":"another"',
    '"status":"cancelled"',
    '"meta":{"lastUpdated":"2031-01-01T00:00:00Z"}',
    '"meta":null',
    '"resourceType":"Patient"',
    '"__proto__":{"id":"another"}',
    '"item":[]',
    '"patient":{"reference":"Patient/-9","reference":"Patient/-8"}',
  ]);
  return random.chance(0.5) ? line.replace("{", `{${member},`) : line.replace(/\}$/, `,${member}}`);
}

function changesNumber(line: string, random: Random): string {
  const numbers = [...line.matchAll(/:(-?\d[\d.eE+-]*)/g)];
  if (numbers.length === 0) return line;
  const { index, 1: digits = "" } = random.pick(numbers);
  return line.slice(0, index + 1) + random.pick(ODD_NUMBERS) + line.slice(index + 1 + digits.length);
}

function flipsBytes(line: string, random: Random): Buffer {
  const bytes = Buffer.from(line);
  for (let times = random.between(1, 4); times > 0 && bytes.length > 0; times -= 1) {
    const at = random.integer(bytes.length);
    bytes[at] = random.chance(0.5) ? bytes[at]! ^ (1 << random.integer(8)) : random.integer(256);
  }
  return bytes;
}

function insertsBytes(line: string, random: Random): Buffer {
  const bytes = Buffer.from(line);
  const at = random.integer(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), random.pick(RAW_BYTES), bytes.subarray(at)]);
}

function insertsText(line: string, random: Random): string {
  // Half of them inside a string, where a line may stay what it is.
  const quotes = random.chance(0.5) ? [...line.matchAll(/(?<=:")/g)] : [];
  const at = quotes.length > 0 ? random.pick(quotes).index : random.integer(line.length + 1);
  return line.slice(0, at) + random.pick(INSERTED) + line.slice(at);
}

function cutsOut(line: string, random: Random): string {
  const from = random.integer(line.length + 1);
  return line.slice(0, from) + line.slice(from + random.between(1, 40));
}

function breaksOff(line: string, random: Random): string {
  return line.slice(0, random.integer(line.length + 1));
}

/** The end of the line somewhere inside it, so that one becomes two, or its parts in another order. */
function splices(line: string, random: Random): string {
  const at = random.integer(line.length + 1);
  return line.slice(at) + random.pick(["", "\n", "\r"]) + line.slice(0, at);
}

function spaced(line: string, random: Random): string {
  const space = random.pick([" ", "\t", "\r", " \t ", "\u00a0", "\v", " ".repeat(3_000)]);
  return random.pick([space + line, line + space, line.replace(":", `${space}:${space}`)]);
}

function nests(line: string, random: Random): string {
  const depth = random.weighted([
    [random.between(240, 260), 50],
    [5_000, 10],
    [100_000, 1],
  ]);
  const open = random.pick(["[", '{"a":', '[{"value":']);
  const close = [...open.replaceAll(/"\w+":/g, "")].reverse().map((bracket) => (bracket === "[" ? "]" : "}"));
  const isClosed = random.chance(0.8);
  return line.replace("{", `{"deep":${open.repeat(depth)}0${isClosed ? close.join("").repeat(depth) : ""},`);
}

function lengthens(line: string, random: Random): string {
  const length = random.between(50_000, 400_000);
  const long = random.pick(["x", "\\u0000", "\\\\", '\\"', "\u{1f600}", "\u00e9"]).repeat(length / 4);
  return line.replace("{", `{"${random.pick(["text", "value", "id"])}":"${long}",`);
}

function makesNoise(_: string, random: Random): Buffer {
  return Buffer.from(Array.from({ length: random.between(1, 2_000) }, () => random.integer(256)));
}

/** A text that does not compress, so that it is as long in an index as here. */
function dense(random: Random, length: number): string {
  return Array.from({ length }, () => String.fromCharCode(random.between(0x21, 0x7a))).join("");
}

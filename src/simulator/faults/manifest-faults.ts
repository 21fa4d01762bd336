import {
  CHECKSUM,
  type EntryExtension,
  FILE_LENGTH,
  humanTime,
  type ManifestDraft,
  type ManifestEntry,
} from "../manifest.ts";
import type { Random } from "../random.ts";
import type { Fault } from "./fault.ts";

type Change = (manifest: ManifestDraft, createdAt: number) => ManifestDraft;

/** A fault that changes every manifest in the same way. */
function manifestFault(name: string, summary: string, client: Fault["client"], change: Change): Fault {
  return {
    name,
    summary,
    client,
    arm: () => ({ manifest: (manifest, job) => change(manifest, job.createdAt) }),
  };
}

/** A change of every entry, of data and of error files. */
function entries(change: (entry: ManifestEntry) => ManifestEntry): Change {
  return (manifest) => ({
    ...manifest,
    output: manifest.output.map(change),
    error: manifest.error.map(change),
  });
}

/** A change of one extension of every entry; `undefined` takes it away. */
function extensions(url: string, change: (extension: EntryExtension) => EntryExtension | undefined): Change {
  return entries((entry) => {
    const changed = (entry.extension ?? [])
      .map((extension) => (extension.url === url ? change(extension) : extension))
      .filter((extension) => extension !== undefined);
    return { ...entry, extension: changed };
  });
}

function withoutExtensions({ extension: _checksumAndLength, ...entry }: ManifestEntry): ManifestEntry {
  return entry;
}

const movedTo =
  (origin: (host: string) => string) =>
  (entry: ManifestEntry): ManifestEntry => ({
    ...entry,
    url: entry.url.replace(/^https?:\/\/([^/:]+)(?::\d+)?\//, (_all, host: string) => `${origin(host)}/`),
  });

/** Names that would leave a folder, break a path or meet another file there. */
const UNSAFE_NAMES: readonly ((name: string) => string)[] = [
  (name) => `../../../../tmp/${name}`,
  (name) => `..%2f..%2f..%2ftmp%2f${name}`,
  (name) => `%2e%2e%2f${name}`,
  (name) => `..\\..\\${name}`,
  (name) => `%00${name}`,
  (name) => name.replace(".ndjson", "\u0000.ndjson"),
  (name) => `/etc/${name}`,
  (name) => `${name}/..`,
  (name) => `C:${name}`,
  (name) => `${"a".repeat(5000)}_${name}`,
  (name) => `${name}?x=1`,
  () => "..",
];

/** Gives one entry, which `random` chooses, a name that is a trick; or adds one whose name differs in its case alone. */
function unsafeNames(random: Random): Change {
  return (manifest) => {
    const [entry, ...others] = random.shuffled(manifest.output);
    if (!entry) return manifest;
    const rename = (change: (name: string) => string): ManifestEntry => ({
      ...entry,
      url: entry.url.replace(/[^/]+$/, change),
    });
    if (random.chance(0.15)) {
      const twin = rename((name) => name.replace(/^[^_.]+/, (text) => text.toLowerCase()));
      return { ...manifest, output: [...manifest.output, twin] };
    }
    return { ...manifest, output: [rename(random.pick(UNSAFE_NAMES)), ...others] };
  };
}

export const MANIFEST_FAULTS: readonly Fault[] = [
  manifestFault(
    "checksums-missing",
    "The manifest has neither checksums nor lengths, as in 2020",
    "heals",
    entries(withoutExtensions),
  ),
  manifestFault(
    "lengths-missing",
    "The manifest has checksums but no file lengths",
    "heals",
    extensions(FILE_LENGTH, () => undefined),
  ),
  manifestFault(
    "wrong-checksum",
    "The manifest's checksums are wrong, always",
    "stops",
    extensions(CHECKSUM, (extension) => ({ ...extension, valueString: `sha256:${"0".repeat(64)}` })),
  ),
  manifestFault(
    "wrong-length",
    "The manifest's file lengths are one byte too long, always",
    "stops",
    extensions(FILE_LENGTH, (extension) => ({ ...extension, valueDecimal: extension.valueDecimal! + 1 })),
  ),
  manifestFault(
    "empty-manifest",
    "The manifest lists no output, whatever was exported; to notice it, a client must hold claims of the window",
    "gaps",
    (manifest) => ({ ...manifest, output: [] }),
  ),
  {
    name: "error-file",
    summary: "Every job has an error file beside its output",
    client: "gaps",
    arm: () => ({ errorBatches: (batches) => [...batches, errorLines()] }),
  },
  {
    name: "empty-error-file",
    summary: "Every job has an error file without a line in it",
    client: "gaps",
    arm: () => ({ errorBatches: (batches) => (batches.length > 0 ? batches : [Buffer.alloc(0)]) }),
  },
  manifestFault(
    "transaction-time-narrow-space",
    "`transactionTime` has a narrow no-break space before AM and PM, as newer Java prints it",
    "heals",
    (manifest) => ({
      ...manifest,
      transactionTime: manifest.transactionTime.replace(/ (?=[AP]M$)/, "\u202f"),
    }),
  ),
  manifestFault("transaction-time-iso", "`transactionTime` is ISO 8601", "heals", (manifest, createdAt) => ({
    ...manifest,
    transactionTime: new Date(createdAt).toISOString(),
  })),
  manifestFault(
    "transaction-time-eastern",
    "`transactionTime` is New York's time without saying so, as early in 2020",
    "heals",
    (manifest, createdAt) => ({ ...manifest, transactionTime: humanTime(createdAt, "America/New_York") }),
  ),
  manifestFault(
    "urls-on-another-host",
    "The manifest's file addresses name another host",
    "heals",
    entries(movedTo(() => "https://files.ab2d.example.org")),
  ),
  manifestFault(
    "urls-over-http",
    "The manifest's file addresses are plain http on the standard port",
    "heals",
    entries(movedTo((host) => `http://${host}`)),
  ),
  {
    name: "unsafe-file-names",
    summary:
      "A file name in the manifest is a trick: a path, an escape, a NUL, a very long one, or another's in other case",
    client: "stops",
    arm(random) {
      const change = unsafeNames(random);
      return { manifest: (manifest, job) => change(manifest, job.createdAt) };
    },
  },
  manifestFault("repeated-file-names", "The manifest lists its first file twice", "stops", (manifest) => ({
    ...manifest,
    output: [...manifest.output, ...manifest.output.slice(0, 1)],
  })),
  {
    name: "shuffled-files",
    summary: "The manifest lists its files in another order each time",
    client: "heals",
    arm: (random) => ({
      manifest: (manifest) => ({ ...manifest, output: random.shuffled(manifest.output) }),
    }),
  },
  manifestFault(
    "unknown-members",
    "The manifest has members that nobody has heard of, and an empty `deleted`",
    "heals",
    (manifest) => ({
      ...entries((entry) => ({
        ...entry,
        count: 7,
        extension: [...(entry.extension ?? []), { url: "https://ab2d.cms.gov/colour", valueString: "blue" }],
      }))(manifest, 0),
      deleted: [],
      link: [{ relation: "next", url: "https://ab2d.example.org/next" }],
      extension: { "https://ab2d.cms.gov/novelty": { nested: [1, null, "two"] } },
    }),
  ),
];

function errorLines(): Buffer {
  const issue = {
    severity: "error",
    code: "invalid",
    details: { text: "Unable to serialize an ExplanationOfBenefit" },
  };
  const line = `${JSON.stringify({ resourceType: "OperationOutcome", issue: [issue] })}\n`;
  return Buffer.from(line + line);
}

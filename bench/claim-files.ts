import { type FileHandle, mkdir, open, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { generatedSource } from "../src/simulator/generated-source.ts";
import { contractCode } from "../src/simulator/identifiers.ts";

/** The contract whose claims the benchmarks load. */
export const CONTRACT = "Z0001";
/** When the two exports were started. */
export const EXPORTED_AT = {
  first: "2026-11-07T05:00:00Z",
  rerun: "2026-11-14T05:00:00Z",
  newer: "2026-11-21T05:00:00Z",
};
/** Between the rerun and the newer export. */
const UPDATED_AT = "2026-11-18T03:00:00.000-05:00";
const MEGABYTE = 1_000_000;
/** What is rendered; more claims are copies of these under ids and MBIs of their own, which is ten times as fast. */
const RENDERED = 48 * MEGABYTE;
/** A copy is told by the second letter of its MBIs; S is the originals'. */
const COPY_LETTERS = "ACDEFGHJKMNPQRTUVWXY";

/** Files of claims on disk, as AB2D exports them. */
export interface ClaimFiles {
  readonly first: readonly string[];
  /** The same lines, but every tenth is of a later date and changed. */
  readonly newer: readonly string[];
  readonly bytes: number;
  readonly lines: number;
}

/**
 * Writes `files` NDJSON files of together about `megabytes` MB below `folder`: API version V2 as the simulator renders it, all
 * versions of a family and all claims of a member in one file, as AB2D has it.
 */
export async function writeClaimFiles(
  folder: string,
  { megabytes, files }: { readonly megabytes: number; readonly files: number },
): Promise<ClaimFiles> {
  await mkdir(join(folder, "newer"), { recursive: true });
  const total = megabytes * MEGABYTE;
  const first: string[] = [];
  let bytes = 0;
  let file: FileHandle | undefined;
  for await (const batch of batches(total)) {
    if (file === undefined || bytes >= (first.length / files) * total) {
      await file?.close();
      first.push(join(folder, `${CONTRACT}_${String(first.length + 1).padStart(4, "0")}.ndjson`));
      file = await open(first.at(-1)!, "w");
    }
    await file.write(batch);
    bytes += batch.length;
    if (bytes >= total) break;
  }
  await file?.close();
  let lines = 0;
  const newer: string[] = [];
  for (const path of first) {
    const text = await readFile(path, "latin1");
    const changed = text.split("\n").map((line) => {
      if (line === "") return line;
      lines += 1;
      return lines % 10 === 0 ? changedLine(line) : line;
    });
    newer.push(join(folder, "newer", basename(path)));
    await writeFile(newer.at(-1)!, changed.join("\n"), "latin1");
  }
  return { first, newer, bytes, lines };
}

/** Batches of members without end, but for what letters there are for copies. */
async function* batches(total: number): AsyncGenerator<Buffer> {
  const source = generatedSource(
    { seed: 1, contract: CONTRACT },
    { attestedOn: "2020-02-13", patients: 100_000 },
  );
  const window = {
    apiVersion: "v2",
    asOf: Date.parse(EXPORTED_AT.first),
    after: undefined,
    until: undefined,
    serviceDates: [],
  } as const;
  const wanted = Math.max(Math.min(RENDERED, total), total / COPY_LETTERS.length);
  const rendered: Buffer[] = [];
  let bytes = 0;
  for await (const batch of source.batches(window)) {
    yield batch;
    rendered.push(batch);
    bytes += batch.length;
    if (bytes >= wanted) break;
  }
  for (let copy = 1; copy <= COPY_LETTERS.length; copy++)
    for (const batch of rendered) yield copied(batch, copy);
}

/** The claims of another contract's members, who have the same histories. */
function copied(batch: Buffer, copy: number): Buffer {
  const code = contractCode(CONTRACT);
  const text = batch
    .toString("latin1")
    .replace(new RegExp(`-(10)?${code}(?=\\d{5})`, "g"), `-$1${code + copy}`)
    .replace(/(sid\/us-mbi","value":"\d)S/g, `$1${COPY_LETTERS[copy - 1]}`);
  return Buffer.from(text, "latin1");
}

interface Changeable {
  meta: { lastUpdated: string };
  item?: { quantity?: { value?: number } }[];
}

function changedLine(line: string): string {
  const eob = JSON.parse(line) as Changeable;
  eob.meta.lastUpdated = UPDATED_AT;
  for (const item of eob.item ?? [])
    item.quantity = { ...item.quantity, value: (item.quantity?.value ?? 0) + 1 };
  return JSON.stringify(eob);
}

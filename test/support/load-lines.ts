import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { RunSummary } from "../../src/control/summarize-run.ts";
import type { ApiVersion } from "../../src/domain/api-version.ts";
import { type ContractNumber, parseContractNumber } from "../../src/domain/contract-number.ts";
import { load } from "../../src/pipeline/load.ts";
import { context } from "./context.ts";
import type { FreshDatabase } from "./fresh-database.ts";

export const CONTRACT = parseContractNumber("Z9999") as ContractNumber;

export interface LoadLinesOptions {
  readonly apiVersion?: ApiVersion;
  readonly contract?: ContractNumber;
  readonly exportedAt?: Date;
  readonly loaders?: number;
}

/** A folder of the test's own, removed when it ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "ab2d-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** NDJSON of values; what is a string already stays as it is. */
export function ndjson(lines: readonly unknown[]): string {
  return lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join("");
}

/** Loads files with these contents, in one run. A content that is a list becomes NDJSON. */
export async function loadContents(
  database: FreshDatabase,
  contents: Readonly<Record<string, string | Buffer | readonly unknown[]>>,
  { apiVersion = "v2", contract = CONTRACT, exportedAt, loaders = 1 }: LoadLinesOptions = {},
): Promise<RunSummary> {
  const folder = await temporaryFolder();
  const files: string[] = [];
  for (const [name, content] of Object.entries(contents)) {
    const path = join(folder, name);
    await writeFile(
      path,
      typeof content === "string" || Buffer.isBuffer(content) ? content : ndjson(content),
    );
    files.push(path);
  }
  return load({ contract, apiVersion, files, exportedAt, loaders }, context(database.pool));
}

/** Loads lines as one file. */
export async function loadLines(
  database: FreshDatabase,
  lines: readonly unknown[],
  options?: LoadLinesOptions,
): Promise<RunSummary> {
  return loadContents(database, { "lines.ndjson": lines }, options);
}

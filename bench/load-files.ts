import { CONTRACT } from "./claim-files.ts";
import type { Command } from "./measure.ts";

export interface LoadFilesOptions {
  readonly url: string;
  readonly files: readonly string[];
  readonly exportedAt: string;
  readonly loaders: number;
  /** Where it runs: a folder without an `ab2d.yaml`. */
  readonly cwd: string;
}

/** Node's arguments that start the program as its bin does; `npm run build` makes it. */
const BUILT = ["--max-semi-space-size=4", new URL("../dist/cli.js", import.meta.url).pathname];

/** The product: `ab2d load` as a user runs it, start and all. */
export function loadFiles(
  { url, files, exportedAt, loaders, cwd }: LoadFilesOptions,
  program: readonly string[] = BUILT,
): Command {
  return {
    program: process.execPath,
    args: [
      ...program,
      "load",
      ...["--contract", CONTRACT, "--api-version", "v2", "--exported-at", exportedAt],
      ...["--loaders", String(loaders), "--quiet"],
      ...files,
    ],
    env: { DATABASE_URL: url, HOME: cwd },
    cwd,
  };
}

import { existsSync, readFileSync } from "node:fs";

/** The folder of CMS's published synthetic data, beside the checkout; it is no part of the project. */
const SAMPLES = new URL("../../../shared/samples/", import.meta.url);

export const SAMPLE_FILES = {
  v1: "ab2d-v1-stu3-500.ndjson",
  v2: "ab2d-v2-r4-500.ndjson",
  v3: "ab2d-v3-r4-approx-4.ndjson",
} as const;

/** The lines of a published sample; `undefined` where the folder is absent, which is for the caller's test to say. */
export function sampleLines(version: keyof typeof SAMPLE_FILES): readonly string[] | undefined {
  const file = new URL(SAMPLE_FILES[version], SAMPLES);
  if (!existsSync(file)) return undefined;
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "");
}

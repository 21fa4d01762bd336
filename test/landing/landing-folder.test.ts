import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { landedPath, landingFolder, removeLandedFile, sweep } from "../../src/landing/landing-folder.ts";

const KEPT = "f900700b-a669-462c-9694-99adc4f88844";
const GONE = "33333333-1111-4222-8333-444444444444";

async function setup(): Promise<string> {
  const root = await mkdtemp(path.join(tmpdir(), "landing-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  return root;
}

async function write(root: string, ...segments: string[]): Promise<string> {
  const file = path.join(root, ...segments);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, "x");
  return file;
}

describe("landingFolder()", () => {
  it("keeps each job's files apart", () => {
    expect(landingFolder("/landing", { contract: "Z0001", jobId: KEPT })).toBe(
      path.join("/landing", "Z0001", KEPT),
    );
  });

  it.each(["..", "", "z0001", "Z00012", "Z0/01", "../..", "Z0001\n"])(
    "makes no path of the contract %j",
    (contract) => {
      expect(() => landingFolder("/landing", { contract, jobId: KEPT })).toThrow(/five capitals or digits/);
    },
  );

  it.each(["..", "", KEPT.toUpperCase(), `${KEPT}/..`, `${KEPT}\n`, "."])(
    "makes no path of the job %j",
    (jobId) => {
      expect(() => landingFolder("/landing", { contract: "Z0001", jobId })).toThrow(/UUID/);
    },
  );
});

describe("landedPath()", () => {
  it("adds .gz to the manifest's name", () => {
    expect(landedPath("/landing", "Z0001_0001_error.ndjson")).toBe(
      path.join("/landing", "Z0001_0001_error.ndjson.gz"),
    );
  });

  it.each([
    "../Z0001_0001.ndjson",
    "..",
    "",
    "Z0001_0001.ndjson.gz",
    "Z0001_0001.ndjson\u0000",
    "a\\Z_0001.ndjson",
  ])("makes no path of the name %j", (name) => {
    expect(() => landedPath("/landing", name)).toThrow(/not one that AB2D makes/);
  });
});

describe("removeLandedFile()", () => {
  it("removes the file, and doesn't mind when it is gone", async () => {
    const root = await setup();
    const file = await write(root, "Z0001", KEPT, "Z0001_0001.ndjson.gz");
    await removeLandedFile(file);
    await removeLandedFile(file);
    expect(await readdir(path.dirname(file))).toEqual([]);
  });

  it("says what failed", async () => {
    const root = await setup();
    await expect(removeLandedFile(root)).rejects.toMatchObject({ code: "LANDING_IO", exitCode: 74 });
  });
});

describe("sweep()", () => {
  it("removes jobs that nobody needs and unfinished downloads, of its contract only", async () => {
    const root = await setup();
    await write(root, "Z0001", GONE, "Z0001_0001.ndjson.gz");
    await write(root, "Z0001", KEPT, "Z0001_0001.ndjson.gz");
    await write(root, "Z0001", KEPT, "Z0001_0002.ndjson.gz.part");
    await write(root, "Z0001", "notes", "mine.txt");
    await write(root, "Z0002", GONE, "Z0002_0001.ndjson.gz.part");
    await sweep(root, { contract: "Z0001", keep: new Set([KEPT]) });
    const left = await readdir(root, { recursive: true, withFileTypes: true });
    expect(
      left
        .filter((entry) => entry.isFile())
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["Z0001_0001.ndjson.gz", "Z0002_0001.ndjson.gz.part", "mine.txt"]);
    expect((await readdir(path.join(root, "Z0001"))).sort()).toEqual([KEPT, "notes"].sort());
  });

  it.runIf(process.platform !== "win32")("follows no link", async () => {
    const root = await setup();
    const mine = await write(root, "elsewhere", "mine.part");
    await mkdir(path.join(root, "Z0001"));
    await symlink(path.dirname(mine), path.join(root, "Z0001", GONE));
    await symlink(path.dirname(mine), path.join(root, "Z0001", KEPT));
    await symlink(path.dirname(mine), path.join(root, "Z0002"));
    await sweep(root, { contract: "Z0001", keep: new Set([KEPT]) });
    await sweep(root, { contract: "Z0002", keep: new Set() });
    expect(await readdir(path.dirname(mine))).toEqual(["mine.part"]);
  });

  it("has nothing to do where nothing has landed", async () => {
    await sweep(path.join(await setup(), "never"), { contract: "Z0001", keep: new Set() });
  });

  it("makes no path of an unsafe contract", async () => {
    await expect(sweep(await setup(), { contract: "..", keep: new Set() })).rejects.toMatchObject({
      code: "UNSAFE_PATH",
    });
  });
});

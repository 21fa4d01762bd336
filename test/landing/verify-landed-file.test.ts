import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import type { LandedFile } from "../../src/landing/landed-file.ts";
import { verifyLandedFile } from "../../src/landing/verify-landed-file.ts";

const CONTENT = Buffer.from(`{"id":"${randomBytes(60_000).toString("hex")}"}\n`);
const GZIP = gzipSync(CONTENT);
const FLIPPED = Buffer.from(GZIP);
FLIPPED[30_000]! ^= 1;

async function setup(onDisk?: Buffer): Promise<LandedFile & { folder: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), "landing-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, "Z0000_0001.ndjson.gz");
  if (onDisk) await writeFile(file, onDisk);
  return {
    folder,
    path: file,
    byteLength: CONTENT.length,
    sha256: createHash("sha256").update(CONTENT).digest("hex"),
  };
}

describe("verifyLandedFile()", () => {
  it("takes a file that is whole", async () => {
    expect(await verifyLandedFile(await setup(GZIP))).toBe(true);
  });

  it.each([
    ["missing", undefined],
    ["empty", Buffer.alloc(0)],
    ["cut", GZIP.subarray(0, 5_000)],
    ["cut before its trailer", GZIP.subarray(0, GZIP.length - 8)],
    ["damaged", FLIPPED],
    ["shorter", gzipSync(CONTENT.subarray(1))],
    ["longer", Buffer.concat([GZIP, GZIP])],
    ["a bomb", gzipSync(Buffer.alloc(64 * 1024 * 1024))],
    ["another content of the same length", gzipSync(Buffer.alloc(CONTENT.length))],
    ["not gzip", CONTENT],
  ])("refuses a file that is %s", async (_what, onDisk) => {
    expect(await verifyLandedFile(await setup(onDisk))).toBe(false);
  });

  it.runIf(process.platform !== "win32")("refuses a link", async () => {
    const landed = await setup();
    const elsewhere = path.join(landed.folder, "elsewhere");
    await writeFile(elsewhere, GZIP);
    await symlink(elsewhere, landed.path);
    expect(await verifyLandedFile(landed)).toBe(false);
  });

  it("throws when the file can't be read", async () => {
    const landed = await setup();
    await expect(verifyLandedFile({ ...landed, path: landed.folder })).rejects.toMatchObject({
      code: "LANDING_IO",
      exitCode: 74,
    });
  });
});

import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { EtlError } from "../../src/errors.ts";
import {
  type DownloadOptions,
  download,
  type OpenedBody,
  type WantedFile,
} from "../../src/landing/download.ts";
import { verifyLandedFile } from "../../src/landing/verify-landed-file.ts";
import { TransientError } from "../../src/retry.ts";
import { jumpingClock } from "../support/jumping-clock.ts";
import { type ScriptedAnswer, scriptedServer } from "../support/scripted-server.ts";

const NAME = "Z0000_0001.ndjson";
// Random, so that the gzip stream is long enough to be cut and bent anywhere.
const CONTENT = Buffer.from(
  `{"resourceType":"ExplanationOfBenefit","id":"${randomBytes(60_000).toString("hex")}"}\n`,
);
const GZIP = gzipSync(CONTENT);
const WANTED = wanted(CONTENT);
const WANTED_ON_DISK = { sha256: WANTED.sha256, byteLength: WANTED.byteLength };

function wanted(content: Buffer): WantedFile & { sha256: string; byteLength: number } {
  return {
    name: NAME,
    sha256: createHash("sha256").update(content).digest("hex"),
    byteLength: content.length,
  };
}

/** A landing folder that is yet to be made, and answers of a server on loopback to land from. */
async function setup(answers: readonly ScriptedAnswer[], overrides: Partial<DownloadOptions> = {}) {
  const root = await mkdtemp(path.join(tmpdir(), "landing-"));
  const server = await scriptedServer();
  onTestFinished(async () => {
    await server.close();
    await rm(root, { recursive: true, force: true });
  });
  server.script("GET /file", ...answers);
  const folder = path.join(root, "Z0000", "f900700b-a669-462c-9694-99adc4f88844");
  const abort = new AbortController();
  const clock = jumpingClock();
  const options: DownloadOptions = {
    folder,
    open: () => openFrom(`${server.url}/file`),
    clock,
    signal: abort.signal,
    random: () => 0.5,
    ...overrides,
  };
  return { root, folder, server, abort, clock, options, target: path.join(folder, `${NAME}.gz`) };
}

function openFrom(url: string): Promise<OpenedBody> {
  return new Promise((resolve, reject) => {
    get(url, (response) => {
      const encoding = response.headers["content-encoding"] === "gzip" ? "gzip" : "identity";
      resolve({ body: response, encoding });
    }).on("error", reject);
  });
}

function gzipAnswer(body: Buffer, ending: "end" | "reset" = "end"): ScriptedAnswer {
  return { headers: { "content-encoding": "gzip" }, body, ending };
}

function identityAnswer(body: Buffer, ending: "end" | "reset" = "end"): ScriptedAnswer {
  return { body, ending };
}

async function thrown(promise: Promise<unknown>): Promise<EtlError> {
  const error = await promise.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(EtlError);
  return error as EtlError;
}

async function modeOf(file: string): Promise<string> {
  return ((await stat(file)).mode & 0o777).toString(8);
}

describe("download()", () => {
  it("lands a gzip body as it came", async () => {
    const { options, folder, target } = await setup([gzipAnswer(GZIP)]);
    expect(await download(WANTED, options)).toEqual({
      path: target,
      byteLength: CONTENT.length,
      sha256: WANTED.sha256,
    });
    expect(await readFile(target)).toEqual(GZIP);
    expect(await readdir(folder)).toEqual([`${NAME}.gz`]);
  });

  it("lands an identity body as gzip", async () => {
    const { options, target } = await setup([identityAnswer(CONTENT)]);
    const landed = await download(WANTED, options);
    expect(gunzipSync(await readFile(target))).toEqual(CONTENT);
    expect(await verifyLandedFile(landed)).toBe(true);
  });

  it("lands a gzip body of several members", async () => {
    const { options } = await setup([gzipAnswer(Buffer.concat([GZIP, GZIP]))]);
    const twice = Buffer.concat([CONTENT, CONTENT]);
    expect(await download(wanted(twice), options)).toMatchObject({ byteLength: twice.length });
  });

  it("lands an empty file", async () => {
    const empty = Buffer.alloc(0);
    for (const answer of [identityAnswer(empty), gzipAnswer(gzipSync(empty))]) {
      const { options } = await setup([answer]);
      expect(await download(wanted(empty), options)).toMatchObject({ byteLength: 0 });
    }
  });

  it.runIf(process.platform !== "win32")("makes folders and files for this user only", async () => {
    const { options, folder, target } = await setup([gzipAnswer(GZIP)]);
    const umask = process.umask(0);
    await download(WANTED, options).finally(() => process.umask(umask));
    expect([await modeOf(path.dirname(folder)), await modeOf(folder), await modeOf(target)]).toEqual([
      "700",
      "700",
      "600",
    ]);
  });

  it("replaces a stale .part and an earlier file of the name", async () => {
    const { options, folder, target } = await setup([gzipAnswer(GZIP)]);
    await mkdir(folder, { recursive: true });
    await writeFile(`${target}.part`, "stale");
    await writeFile(target, "stale");
    await download(WANTED, options);
    expect(await readFile(target)).toEqual(GZIP);
    expect(await readdir(folder)).toEqual([`${NAME}.gz`]);
  });

  it.runIf(process.platform !== "win32")("writes through no link", async () => {
    const { options, root, folder, target } = await setup([gzipAnswer(GZIP)]);
    const elsewhere = path.join(root, "elsewhere");
    await writeFile(elsewhere, "mine");
    await mkdir(folder, { recursive: true });
    await symlink(elsewhere, `${target}.part`);
    await symlink(elsewhere, target);
    await download(WANTED, options);
    expect(await readFile(elsewhere, "utf8")).toBe("mine");
    expect(await readFile(target)).toEqual(GZIP);
  });

  it.runIf(process.platform !== "win32")("lands in no folder that is a link", async () => {
    const { options, root, folder } = await setup([gzipAnswer(GZIP)]);
    await mkdir(path.dirname(folder), { recursive: true });
    await mkdir(path.join(root, "elsewhere"));
    await symlink(path.join(root, "elsewhere"), folder);
    expect(await thrown(download(WANTED, options))).toMatchObject({ code: "LANDING_IO", exitCode: 74 });
    expect(await readdir(path.join(root, "elsewhere"))).toEqual([]);
  });

  it.each([
    ["a gzip body cut and ended cleanly", gzipAnswer(GZIP.subarray(0, GZIP.length * 0.6)), "TRUNCATED"],
    ["a gzip body without its trailer", gzipAnswer(GZIP.subarray(0, GZIP.length - 8)), "TRUNCATED"],
    ["an empty gzip body", gzipAnswer(Buffer.alloc(0)), "TRUNCATED"],
    ["a connection reset", gzipAnswer(GZIP.subarray(0, 1000), "reset"), "TRUNCATED"],
    ["an identity body reset", identityAnswer(CONTENT.subarray(0, 1000), "reset"), "TRUNCATED"],
    ["an identity body cut and ended cleanly", identityAnswer(CONTENT.subarray(0, 1000)), "LENGTH_MISMATCH"],
    ["a shorter file", gzipAnswer(gzipSync(CONTENT.subarray(1))), "LENGTH_MISMATCH"],
    ["a longer file", gzipAnswer(gzipSync(Buffer.concat([CONTENT, CONTENT]))), "LENGTH_MISMATCH"],
    ["another content of the same length", gzipAnswer(gzipSync(flipped(CONTENT, 100))), "CHECKSUM_MISMATCH"],
    ["a flipped bit in the gzip stream", gzipAnswer(flipped(GZIP, 30_000)), "CHECKSUM_MISMATCH"],
    [
      "bytes after the gzip stream",
      gzipAnswer(Buffer.concat([GZIP, Buffer.from("<html>")])),
      "CHECKSUM_MISMATCH",
    ],
    ["an error page that claims to be gzip", gzipAnswer(Buffer.from("<html>")), "CHECKSUM_MISMATCH"],
  ])("discards %s and gives up after three transfers", async (_what, answer, code) => {
    const { options, server, folder, clock } = await setup([answer]);
    let bytes = 0;
    const discarded: unknown[] = [];
    const error = await thrown(
      download(WANTED, {
        ...options,
        onBytes: (count) => {
          bytes += count;
        },
        onRetry: (reason) => discarded.push(reason),
      }),
    );
    expect(error).toMatchObject({ code, exitCode: 76 });
    expect(error.cause).toBeUndefined();
    expect(server.requests).toHaveLength(3);
    expect(clock.sleeps).toEqual([500, 1_000]);
    expect(discarded).toHaveLength(2);
    expect(await readdir(folder)).toEqual([]);
    expect(bytes).toBe(0);
  });

  it("lands the file when a later transfer is good", async () => {
    const { options, target } = await setup([gzipAnswer(GZIP.subarray(0, 9_000), "reset"), gzipAnswer(GZIP)]);
    let bytes = 0;
    await download(WANTED, {
      ...options,
      onBytes: (count) => {
        bytes += count;
      },
    });
    expect(await readFile(target)).toEqual(GZIP);
    expect(bytes).toBe(CONTENT.length);
  });

  it("compares only what the manifest tells", async () => {
    const { options } = await setup([gzipAnswer(GZIP)]);
    await download({ ...WANTED, sha256: undefined }, options);
    await download({ ...WANTED, byteLength: undefined }, options);
    await download({ ...WANTED, sha256: WANTED.sha256.toUpperCase() }, options);
    const error = await thrown(
      download({ ...WANTED, byteLength: undefined, sha256: "0".repeat(64) }, options),
    );
    expect(error.code).toBe("CHECKSUM_MISMATCH");
  });

  it("lands what the manifest tells nothing of if the gzip stream is whole, and never a part of it", async () => {
    const unknown = { name: NAME, sha256: undefined, byteLength: undefined };
    const { options, target } = await setup([gzipAnswer(GZIP)]);
    expect(await download(unknown, options)).toEqual({ path: target, ...WANTED_ON_DISK });
    const cut = await setup([gzipAnswer(GZIP.subarray(0, 9_000))], { attempts: 1 });
    expect(await thrown(download(unknown, cut.options))).toMatchObject({ code: "TRUNCATED", exitCode: 76 });
  });

  it("gives up a transfer that is too slow, and lands the file with a faster one", async () => {
    const slow: ScriptedAnswer = { ...gzipAnswer(GZIP.subarray(0, 9_000)), ending: "stall" };
    const pace = { over: 40, bytes: 9_001 };
    const once = await setup([slow], { attempts: 1, pace });
    expect(await thrown(download(WANTED, once.options))).toMatchObject({ code: "TOO_SLOW", exitCode: 69 });
    expect(await readdir(once.folder)).toEqual([]);
    const { options, target } = await setup([slow, gzipAnswer(GZIP)], { pace });
    await download(WANTED, options);
    expect(await readFile(target)).toEqual(GZIP);
  });

  it("stops a bomb as soon as it has more bytes than wanted", async () => {
    const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024)); // 256 KiB on the wire.
    const { options, folder } = await setup([gzipAnswer(bomb)], { attempts: 1 });
    let seen = 0;
    const error = await thrown(
      download(
        { ...WANTED, byteLength: 1_000_000 },
        { ...options, onBytes: (count) => (seen = Math.max(seen, count)) },
      ),
    );
    expect(error).toMatchObject({ code: "LENGTH_MISMATCH", exitCode: 76 });
    expect(seen).toBeLessThanOrEqual(1_000_000);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    "../x.ndjson",
    "/etc/passwd",
    "..",
    "",
    "Z0000_0001.ndjson/../x",
    "Z0000_0001.ndjson\u0000",
    "C:\\x_0001.ndjson",
  ])("makes no path of the name %j", async (name) => {
    const { options, root, server } = await setup([gzipAnswer(GZIP)]);
    expect(await thrown(download({ ...WANTED, name }, options))).toMatchObject({
      code: "UNSAFE_PATH",
      exitCode: 70,
    });
    expect(await readdir(root)).toEqual([]);
    expect(server.requests).toEqual([]);
  });

  it("passes on at once what open() throws, transient failures apart", async () => {
    const gone = new EtlError("gone", { code: "FILE_UNOBTAINABLE", exitCode: 75 });
    let calls = 0;
    const { options, folder } = await setup([]);
    const open = async (): Promise<OpenedBody> => {
      calls += 1;
      throw calls < 3 ? new TransientError("503", { code: "API_UNAVAILABLE", exitCode: 69 }) : gone;
    };
    await expect(download(WANTED, { ...options, open, attempts: 9 })).rejects.toBe(gone);
    expect(calls).toBe(3);
    expect(await readdir(folder)).toEqual([]);
  });

  it("throws the signal's reason and leaves nothing when aborted within a transfer", async () => {
    const { options, abort, folder } = await setup([gzipAnswer(GZIP.subarray(0, 60_000))]);
    const reason = new Error("SIGTERM");
    const stalled = async (): Promise<OpenedBody> => {
      const chunks = [GZIP.subarray(0, 30_000), GZIP.subarray(30_000, 50_000)];
      return {
        encoding: "gzip",
        body: new Readable({
          read() {
            const chunk = chunks.shift();
            if (chunk) this.push(chunk);
          },
        }),
      };
    };
    const running = download(WANTED, { ...options, open: stalled, onBytes: () => abort.abort(reason) });
    await expect(running).rejects.toBe(reason);
    expect(await readdir(folder)).toEqual([]);
  });

  it("says that the folder can't be written", async () => {
    const { options, root, server } = await setup([gzipAnswer(GZIP)]);
    await writeFile(path.join(root, "Z0000"), "a file where a folder must be");
    expect(await thrown(download(WANTED, options))).toMatchObject({ code: "LANDING_IO", exitCode: 74 });
    expect(server.requests).toEqual([]);
  });

  it.runIf(process.platform === "linux")("says that the disk is full, and leaves nothing", async () => {
    const { folder, server } = await setup([gzipAnswer(GZIP)]);
    const script = `
      import { get } from "node:http";
      import { systemClock } from "./src/clock.ts";
      import { download } from "./src/landing/download.ts";
      const open = () => new Promise((resolve) => get("${server.url}/file", (body) => resolve({ body, encoding: "gzip" })));
      await download(${JSON.stringify(WANTED)}, { folder: ${JSON.stringify(folder)}, open, clock: systemClock, signal: new AbortController().signal })
        .catch((error) => process.stdout.write(error.code + " " + error.exitCode));`;
    // A limit of 16 KiB a file: the system refuses the write as it does on a full disk.
    const run = `trap '' XFSZ; ulimit -f 16; exec "$0" --import tsx --input-type=module -e "$1"`;
    const { stdout } = await promisify(execFile)("bash", ["-c", run, process.execPath, script]);
    expect(stdout).toBe("DISK_FULL 73");
    expect(await readdir(folder)).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });
});

function flipped(content: Buffer, at: number): Buffer {
  const copy = Buffer.from(content);
  copy[at]! ^= 1;
  return copy;
}

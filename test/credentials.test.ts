import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { readCredentials } from "../src/credentials.ts";
import { EtlError } from "../src/errors.ts";

async function setup() {
  const folder = await mkdtemp(path.join(tmpdir(), "credentials-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, "credentials.txt");
  return {
    folder,
    file,
    async read(content: string | Buffer) {
      await writeFile(file, content);
      return readCredentials(file);
    },
    async failure(content: string | Buffer): Promise<EtlError> {
      await writeFile(file, content);
      return failureOf(file);
    },
  };
}

function failureOf(file: string): EtlError {
  try {
    readCredentials(file);
  } catch (error) {
    expect(error).toBeInstanceOf(EtlError);
    return error as EtlError;
  }
  return expect.unreachable("the file was taken");
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** `text` in lines of 76 characters, as GNU base64 writes it. */
function wrapped(text: string): string {
  return `${text.match(/.{1,76}/g)?.join("\n")}\n`;
}

const LONG_SECRET = "s3cr3t-".repeat(40);

describe("readCredentials()", () => {
  it.each([
    ["one line", base64(`client:${LONG_SECRET}`)],
    ["a line with its ending", `${base64(`client:${LONG_SECRET}`)}\n`],
    ["wrapped lines", wrapped(base64(`client:${LONG_SECRET}`))],
    ["wrapped lines of Windows", wrapped(base64(`client:${LONG_SECRET}`)).replaceAll("\n", "\r\n")],
    ["a byte order mark and white space", `\ufeff \t${base64(`client:${LONG_SECRET}`)} \n\n`],
    ["a newline inside, as echo without -n leaves it", base64(`client:${LONG_SECRET}\n`)],
    ["a Windows newline inside", base64(`client:${LONG_SECRET}\r\n`)],
    ["no padding", base64(`client:${LONG_SECRET}`).replace(/=+$/, "")],
    ["the alphabet for URLs", Buffer.from(`client:${LONG_SECRET}`).toString("base64url")],
  ])("reads %s", async (_, content) => {
    const { read } = await setup();
    expect(await read(content)).toEqual({ clientId: "client", clientSecret: LONG_SECRET });
  });

  it("takes everything behind the first colon for the secret", async () => {
    const { read } = await setup();
    expect(await read(base64("client:a:b::c"))).toEqual({ clientId: "client", clientSecret: "a:b::c" });
    expect(await read(base64("client::"))).toEqual({ clientId: "client", clientSecret: ":" });
  });

  it("reads back whatever was encoded, however it is wrapped", async () => {
    const { read } = await setup();
    const word = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 80 })
      .filter((text) => text === text.trim() && !text.includes("\ufffd"));
    await fc.assert(
      fc.asyncProperty(
        word.filter((id) => !id.includes(":")),
        word,
        async (clientId, clientSecret) => {
          expect(await read(wrapped(base64(`${clientId}:${clientSecret}`)))).toEqual({
            clientId,
            clientSecret,
          });
        },
      ),
      { numRuns: 50 },
    );
  });

  it("says that there is no such file (78)", async () => {
    const { folder } = await setup();
    const missing = path.join(folder, "missing.txt");
    const error = failureOf(missing);
    expect(error).toMatchObject({ code: "CREDENTIALS_NOT_READABLE", exitCode: 78 });
    expect(error.message).toBe(`Cannot read the credentials file ${missing}: ENOENT`);
  });

  it("says that a folder can't be read (77)", async () => {
    const { folder } = await setup();
    expect(failureOf(folder)).toMatchObject({ code: "CREDENTIALS_NOT_READABLE", exitCode: 77 });
  });

  it("says that the user may not read the file (77)", async ({ skip }) => {
    if (process.getuid?.() === 0) return skip("root may read every file");
    if (process.platform === "win32") return skip("Windows has no file modes");
    const { file, read } = await setup();
    await read(base64("client:secret"));
    await chmod(file, 0o000);
    expect(failureOf(file)).toMatchObject({
      code: "CREDENTIALS_NOT_READABLE",
      exitCode: 77,
      message: expect.stringContaining("EACCES"),
    });
  });

  it.each([
    ["an empty file", ""],
    ["white space", " \n\n"],
    ["the pair itself, not encoded", "CANARY-client:CANARY-secret"],
    ["words", "CANARY is my secret, keep it"],
    ["encoded text without a colon", base64("CANARY-client CANARY-secret")],
    ["no id", base64(":CANARY-secret")],
    ["an id of white space", base64(" :CANARY-secret")],
    ["no secret", base64("CANARY-client:")],
    ["a secret of white space", base64("CANARY-client: \n")],
    [
      "encoded bytes that are no text",
      Buffer.from([...Buffer.from("CANARY:"), 0xff, 0xfe]).toString("base64"),
    ],
    ["random bytes", Buffer.from([0x00, 0xff, 0x10, 0x80, 0x7f])],
    ["JSON", '{"clientId":"CANARY","clientSecret":"CANARY"}'],
  ])("refuses %s (78), and quotes nothing of it", async (_, content) => {
    const { failure, file } = await setup();
    const error = await failure(content);
    expect(error).toMatchObject({ code: "CREDENTIALS_MALFORMED", exitCode: 78 });
    expect(error.message).toBe(`Cannot use the credentials file ${file}: it is not Base64 of id:secret`);
    expect(error.cause).toBeUndefined();
    expect(`${error.message} ${error.hint} ${error.stack}`).not.toMatch(/CANARY|Q0FOQVJZ/);
  });
});

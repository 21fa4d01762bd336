import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lineFingerprint, reduceFingerprint } from "../../src/claims/fingerprint.ts";

const MODULUS = 2n ** 64n;
const sha256 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));

function fingerprintOf(hashes: readonly Buffer[]): bigint {
  return reduceFingerprint(hashes.reduce((sum, hash) => sum + lineFingerprint(hash), 0n));
}

describe("lineFingerprint()", () => {
  it("is the first eight bytes of the hash as an unsigned number", () => {
    // sha-256 of "abc", FIPS 180-2, appendix B.1.
    expect(lineFingerprint(createHash("sha256").update("abc").digest())).toBe(0xba7816bf8f01cfean);
    expect(lineFingerprint(Buffer.alloc(32, 0xff))).toBe(MODULUS - 1n);
    expect(lineFingerprint(Buffer.alloc(32))).toBe(0n);
    fc.assert(
      fc.property(sha256, (hash) => {
        expect(lineFingerprint(hash).toString(16).padStart(16, "0")).toBe(hash.toString("hex").slice(0, 16));
      }),
    );
  });
});

describe("reduceFingerprint()", () => {
  it.each([
    [0n, 0n],
    [MODULUS - 1n, MODULUS - 1n],
    [MODULUS, 0n],
    [-1n, MODULUS - 1n],
    [-MODULUS, 0n],
    [3n * MODULUS + 5n, 5n],
  ])("reduces %s to %s", (sum, reduced) => {
    expect(reduceFingerprint(sum)).toBe(reduced);
  });

  it("stays within 64 bits, and does not depend on when it is applied", () => {
    const sum = fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n });
    fc.assert(
      fc.property(sum, sum, (a, b) => {
        const reduced = reduceFingerprint(a);
        expect(reduced >= 0n && reduced < MODULUS).toBe(true);
        expect(reduceFingerprint(reduced + reduceFingerprint(b))).toBe(reduceFingerprint(a + b));
      }),
    );
  });
});

describe("the fingerprint of lines", () => {
  it("does not depend on their order, and is undone by taking lines away", () => {
    fc.assert(
      fc.property(
        fc
          .array(sha256, { maxLength: 10 })
          .chain((hashes) =>
            fc.tuple(fc.constant(hashes), fc.shuffledSubarray(hashes, { minLength: hashes.length })),
          ),
        sha256,
        ([hashes, shuffled], extra) => {
          const whole = fingerprintOf(hashes);
          expect(fingerprintOf(shuffled)).toBe(whole);
          expect(reduceFingerprint(fingerprintOf([...hashes, extra]) - lineFingerprint(extra))).toBe(whole);
        },
      ),
    );
  });

  it("changes when a line is lost, doubled or altered", () => {
    const lines = Array.from({ length: 100 }, (_, index) =>
      createHash("sha256").update(`line ${index}`).digest(),
    );
    const whole = fingerprintOf(lines);
    expect(fingerprintOf(lines.slice(1))).not.toBe(whole);
    expect(fingerprintOf([...lines, lines[0]!])).not.toBe(whole);
    expect(fingerprintOf([createHash("sha256").update("altered").digest(), ...lines.slice(1)])).not.toBe(
      whole,
    );
  });
});

const MODULUS = 2n ** 64n;

/**
 * A line's part in the fingerprint: the first eight bytes of its sha-256. The sum over all held lines, modulo 2^64, does not
 * depend on their order and changes when one is lost or altered (the AdHash construction).
 */
export function lineFingerprint(sha256: Buffer): bigint {
  return sha256.readBigUInt64BE(0);
}

/** A sum of line fingerprints, reduced to 0 … 2^64 − 1. */
export function reduceFingerprint(sum: bigint): bigint {
  return ((sum % MODULUS) + MODULUS) % MODULUS;
}

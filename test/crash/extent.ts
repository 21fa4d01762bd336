/** How far the crash tests go. `npm run campaign:crash` sets both of the first; the tests alone take a minute. */
export const EXTENT = {
  /** Random disturbances. */
  crashes: Number(process.env["AB2D_TEST_CRASHES"] ?? 10),
  /** Of all awaits, system calls and commits every so manyth; absent: a few of them. */
  stride: process.env["AB2D_TEST_CRASH_STRIDE"] ? Number(process.env["AB2D_TEST_CRASH_STRIDE"]) : undefined,
  /** The first seed: a seed can be run alone, and another day's tests can try other moments. */
  seed: Number(process.env["AB2D_TEST_CRASH_SEED"] ?? 1),
} as const;

/** A way in which a client loses data or breaks, or a fault of the world around it, and what shows that ours doesn't. */
export interface Row {
  readonly words: string;
  /** A test of the row's own: looks at tables, watermark, ledger and exit code. */
  readonly run?: () => Promise<void>;
  /**
   * Tests that hold it (too): `trap 17`, `row 41`, `fault truncated-gzip` (`test/every-fault.test.ts`), or
   * `test/load.test.ts > name`.
   */
  readonly heldBy?: readonly string[];
  /** Why there is no test of the whole pipeline. */
  readonly reason?: string;
}

/** Rows by their number. */
export type Rows = Readonly<Record<number, Row>>;

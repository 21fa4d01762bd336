import type { MappingRejection } from "./rows.ts";

/** Raised inside the mapper when an EOB can't be loaded. It never leaves `mapEob`, which returns its reason. */
export class Rejection extends Error {
  override readonly name = "Rejection";
  readonly reason: MappingRejection;

  constructor(reason: MappingRejection) {
    super(`EOB rejected: ${reason}`);
    this.reason = reason;
  }
}

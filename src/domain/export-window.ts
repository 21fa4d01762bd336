/**
 * The part of the time line of `meta.lastUpdated` that an export asks for: ISO 8601 date-times with an offset, sent as they are.
 */
export interface ExportWindow {
  /** Exclusive. V2 without it means "since the last job whose files were downloaded": send it. */
  readonly since: string | undefined;
  /** Inclusive. V1 refuses it. */
  readonly until: string | undefined;
}

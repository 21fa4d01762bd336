/** An output file on this disk whose content was what the manifest says. */
export interface LandedFile {
  /** Gzip on disk. */
  readonly path: string;
  /** Of the uncompressed bytes. */
  readonly byteLength: number;
  /** Of the uncompressed bytes, in lower-case hex. */
  readonly sha256: string;
}

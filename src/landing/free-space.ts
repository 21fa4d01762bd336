import { statfs } from "node:fs/promises";
import { storageError } from "./storage-error.ts";

/** The free bytes, for us, of the file system that holds `path`, which must exist. Throws `LANDING_IO` (74). */
export async function freeSpace(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    throw storageError(error, { doing: "see the free space of a folder" });
  }
}

import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A small disk of its own, in memory. */
export interface SmallDisk {
  readonly folder: string;
  /** Fills it up to so many free bytes, or frees it again. */
  leave(bytes: number | "all"): void;
  end(): void;
}

/** Mounts a disk of `mebibytes`; `undefined` where that is not allowed: it takes root on Linux. */
export function smallDisk(mebibytes: number): SmallDisk | undefined {
  const folder = mkdtempSync(join(tmpdir(), "ab2d-disk-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m,mode=0755`, "tmpfs", folder]);
  if (mounted.status !== 0) {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  const filler = join(folder, "filler");
  return {
    folder,
    leave(bytes) {
      rmSync(filler, { force: true });
      if (bytes === "all") return;
      const file = openSync(filler, "w");
      try {
        for (;;) {
          const { bavail, bsize } = statfsSync(folder);
          const rest = bavail * bsize - bytes;
          if (rest <= 0) break;
          writeSync(file, Buffer.alloc(Math.min(rest, 1024 * 1024)));
        }
      } catch (error) {
        // The server took the last bytes itself.
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      } finally {
        closeSync(file);
      }
    },
    end() {
      spawnSync("umount", ["-l", folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

import { ExitCode } from "../../errors.ts";
import { type CheckedFolder, checkFolder } from "../../landing/check-folder.ts";
import { freeSpace } from "../../landing/free-space.ts";
import { gigabytes } from "../gigabytes.ts";
import { type Check, failure, failureOf, ok, skipped, warning } from "./check.ts";

const FOLDER = "landing folder";
const SPACE = "landing space";
/** Bytes. An output file has up to 200 MiB before compression, and a contract's first export tens to hundreds of them. */
const ROOM = { warning: 10e9, failure: 1e9 };

/** Checks that downloads can land in `folder`, that they are for our eyes only, and that there is room. */
export async function checkLanding(folder: string): Promise<readonly Check[]> {
  let checked: CheckedFolder;
  try {
    checked = await checkFolder(folder);
  } catch (error) {
    return [failureOf(FOLDER, error), skipped(SPACE, FOLDER)];
  }
  return [folderCheck(folder, checked), await spaceCheck(SPACE, checked.nearest)];
}

function folderCheck(folder: string, { exists, nearest, mode }: CheckedFolder): Check {
  if (!exists) return ok(FOLDER, `${folder} is not there yet, and can be made in ${nearest}`);
  if (mode !== undefined && (mode & 0o077) !== 0) {
    return warning(
      FOLDER,
      `${folder} can be written to, but its mode ${mode.toString(8).padStart(4, "0")} lets other users in`,
      `Landed files hold PHI: chmod 700 ${folder}`,
    );
  }
  return ok(FOLDER, `${folder} can be written to`);
}

/** Judges the room on the file system of `path`, for what downloads and the database need. */
export async function spaceCheck(name: string, path: string): Promise<Check> {
  try {
    return judgeSpace(name, await freeSpace(path));
  } catch (error) {
    return failureOf(name, error);
  }
}

/** Judges `free` bytes. */
export function judgeSpace(name: string, free: number): Check {
  const found = `${gigabytes(free)} free`;
  const cure =
    name === SPACE
      ? "Free some, or set AB2D_LANDING_DIR to a larger disk. A file stays until it is loaded, and a first export brings years of claims."
      : "Give the database a larger disk. A full one stops every statement on the server, not ours alone.";
  if (free < ROOM.failure)
    return failure(name, `${found}, wanted ${gigabytes(ROOM.failure)} at the least`, {
      cure,
      exitCode: ExitCode.diskFull,
    });
  if (free < ROOM.warning)
    return warning(
      name,
      `${found}, less than the ${gigabytes(ROOM.warning)} that a first export may want`,
      cure,
    );
  return ok(name, found);
}

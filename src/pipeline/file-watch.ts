import type { LedgerFile } from "../control/output-files.ts";
import type { LedgerRun } from "../control/runs.ts";
import type { Progress, ProgressState } from "../progress.ts";

/** Sums up what happens to a run's files, for the progress line. */
export interface FileWatch {
  received(bytes: number): void;
  landed(file: LedgerFile): void;
  loading(file: LedgerFile): void;
  read(file: LedgerFile, progress: { readonly lines: number; readonly bytes: number }): void;
  loaded(file: LedgerFile): void;
}

/** Makes a {@link FileWatch} over a run's data files. */
export function watchFiles(run: LedgerRun, files: readonly LedgerFile[], progress: Progress): FileWatch {
  const data = files.filter((file) => file.kind === "data" && file.state !== "unobtainable");
  const bytesTotal = data.reduce((total, file) => total + (file.expectedByteLength ?? 0), 0);
  const loadedBytes = new Map<number, number>();
  let bytesLanded = 0;
  let filesLanded = data.filter((file) => file.state === "landed" || file.state === "loaded").length;
  let filesLoaded = data.filter((file) => file.state === "loaded").length;
  let lines = 0;
  const show = (): void => {
    const state: ProgressState = {
      contract: run.contractNumber,
      phase: filesLanded < data.length ? "downloading" : "loading",
      filesTotal: data.length,
      filesLanded,
      filesLoaded,
      bytesTotal,
      bytesLanded,
      bytesLoaded: [...loadedBytes.values()].reduce((total, bytes) => total + bytes, 0),
      lines,
    };
    progress.report(state);
  };
  return {
    received(bytes) {
      bytesLanded += bytes;
      show();
    },
    landed(file) {
      if (file.kind === "data") filesLanded += 1;
      show();
    },
    loading(file) {
      loadedBytes.set(file.outputFileId, 0);
      show();
    },
    read(file, { lines: more, bytes }) {
      lines += more;
      loadedBytes.set(file.outputFileId, bytes);
      show();
    },
    loaded() {
      filesLoaded += 1;
      show();
    },
  };
}

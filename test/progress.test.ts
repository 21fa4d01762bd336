import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { type ProgressState, progressOn, silentProgress } from "../src/progress.ts";

const CLEAR = "\r\u001b[2K";
const STATE: ProgressState = { contract: "Z0001", phase: "downloading" };

function setup({ isTTY = false, columns }: { readonly isTTY?: boolean; readonly columns?: number } = {}) {
  let time = 1_000;
  let tick: (() => void) | undefined;
  const every = (_milliseconds: number, call: () => void): (() => void) => {
    tick = call;
    return () => {
      tick = undefined;
    };
  };
  const stream = Object.assign(new PassThrough({ encoding: "utf8" }), { isTTY, columns });
  return {
    progress: progressOn({ stream: stream as unknown as NodeJS.WriteStream, now: () => time, every }),
    advance(milliseconds: number) {
      time += milliseconds;
    },
    tick: () => tick?.(),
    /** What was written since the last call. */
    written: (): string => (stream.read() as string | null) ?? "",
  };
}

function lineOf(state: ProgressState): string {
  const { progress, written } = setup();
  progress.report(state);
  return written();
}

describe("progressOn() elsewhere than on a terminal", () => {
  it("writes a full line at once, then every ten seconds", () => {
    const { progress, advance, written } = setup();
    progress.report(STATE);
    expect(written()).toBe("Z0001  downloading\n");
    advance(9_999);
    progress.report({ ...STATE, lines: 5 });
    expect(written()).toBe("");
    advance(1);
    progress.report({ ...STATE, lines: 6 });
    expect(written()).toBe("Z0001  downloading  6 lines\n");
    progress.report({ ...STATE, lines: 7 });
    expect(written()).toBe("");
  });

  it("repeats the last state every ten seconds while nothing happens, until the end", () => {
    const { progress, advance, tick, written } = setup();
    progress.report({ ...STATE, phase: "waiting for AB2D", jobPercent: 10 });
    progress.report({ ...STATE, contract: "Z0002" });
    written();
    advance(10_000);
    progress.report({ ...STATE, contract: "Z0002", lines: 5 });
    expect(written()).toBe("Z0002  downloading  5 lines\n");
    tick();
    expect(written()).toBe("Z0001  waiting for AB2D  10%\n");
    progress.end("Z0001");
    advance(10_000);
    tick();
    expect(written()).toBe("Z0002  downloading  5 lines\n");
    progress.end("Z0002");
    advance(10_000);
    tick();
    expect(written()).toBe("");
  });

  it("does not write a line for every phase, but says when it waits for AB2D", () => {
    const { progress, advance, written } = setup();
    progress.report({ ...STATE, phase: "authenticating" });
    expect(written()).toBe("Z0001  authenticating\n");
    progress.report({ ...STATE, phase: "starting the export" });
    expect(written()).toBe("");
    progress.report({ ...STATE, phase: "waiting for AB2D", jobPercent: 0 });
    expect(written()).toBe("Z0001  waiting for AB2D  0%\n");
    progress.report({ ...STATE, phase: "waiting for AB2D", jobPercent: 10 });
    expect(written()).toBe("");
    progress.report({ ...STATE, phase: "loading" });
    expect(written()).toBe("");
    advance(10_000);
    progress.report({ ...STATE, phase: "loading" });
    expect(written()).toBe("Z0001  loading\n");
  });

  it("writes no control characters, and nothing at the end", () => {
    const { progress, written } = setup();
    progress.report({ ...STATE, phase: "loading", filesTotal: 3, bytesTotal: 5e9, lines: 12 });
    expect(written()).toMatch(/^[^\p{Cc}]*\n$/u);
    progress.end("Z0001");
    expect(written()).toBe("");
  });
});

describe("progressOn() on a terminal", () => {
  it("rewrites one line, up to ten times a second", () => {
    const { progress, advance, written } = setup({ isTTY: true, columns: 100 });
    progress.report(STATE);
    expect(written()).toBe(`${CLEAR}Z0001  downloading`);
    advance(99);
    progress.report({ ...STATE, lines: 1 });
    expect(written()).toBe("");
    advance(1);
    progress.report({ ...STATE, lines: 2 });
    expect(written()).toBe(`${CLEAR}Z0001  downloading  2 lines`);
  });

  it("shows a new phase at once", () => {
    const { progress, written } = setup({ isTTY: true });
    progress.report(STATE);
    written();
    progress.report({ ...STATE, phase: "loading" });
    expect(written()).toBe(`${CLEAR}Z0001  loading`);
  });

  it.each([
    [20, 19],
    [undefined, 79],
  ])("keeps a line within the width of %s columns", (columns, width) => {
    const { progress, written } = setup(columns === undefined ? { isTTY: true } : { isTTY: true, columns });
    progress.report({
      ...STATE,
      filesTotal: 1_000,
      filesLanded: 999,
      filesLoaded: 998,
      bytesTotal: 1e12,
      lines: 1e9,
    });
    expect(written().slice(CLEAR.length)).toHaveLength(width);
  });

  it("clears its line at the end, once, and can begin again", () => {
    const { progress, written } = setup({ isTTY: true });
    progress.end("Z0001");
    expect(written()).toBe("");
    progress.report(STATE);
    written();
    progress.end("Z0001");
    expect(written()).toBe(CLEAR);
    progress.end("Z0001");
    expect(written()).toBe("");
    progress.report(STATE);
    expect(written()).toBe(`${CLEAR}Z0001  downloading`);
  });
});

describe("a line of progress", () => {
  it.each<[string, Partial<ProgressState>, string]>([
    [
      "the job's percentage while it waits",
      { phase: "waiting for AB2D", jobPercent: 37 },
      "Z0001  waiting for AB2D  37%",
    ],
    ["no percentage before there is one", { phase: "waiting for AB2D" }, "Z0001  waiting for AB2D"],
    ["no percentage of the job afterwards", { jobPercent: 100 }, "Z0001  downloading"],
    [
      "files",
      { filesTotal: 8, filesLanded: 5, filesLoaded: 2 },
      "Z0001  downloading  files 5 landed, 2 loaded of 8",
    ],
    ["files, none of them done", { filesTotal: 8 }, "Z0001  downloading  files 0 landed, 0 loaded of 8"],
    ["an export without files", { filesTotal: 0 }, "Z0001  downloading  files 0 landed, 0 loaded of 0"],
    [
      "half of the bytes landed",
      { bytesTotal: 4_000_000, bytesLanded: 2_000_000 },
      "Z0001  downloading  4.0 MB, 25%",
    ],
    [
      "all landed, half loaded",
      { bytesTotal: 4e9, bytesLanded: 4e9, bytesLoaded: 2e9 },
      "Z0001  downloading  4000 MB, 75%",
    ],
    [
      "all landed and loaded",
      { bytesTotal: 10_000_000, bytesLanded: 1e7, bytesLoaded: 1e7 },
      "Z0001  downloading  10 MB, 100%",
    ],
    [
      "never more than all",
      { bytesTotal: 100, bytesLanded: 1e7, bytesLoaded: 1e7 },
      "Z0001  downloading  0.0 MB, 100%",
    ],
    [
      "not all before it is",
      { bytesTotal: 1_000, bytesLanded: 1_000, bytesLoaded: 999 },
      "Z0001  downloading  0.0 MB, 99%",
    ],
    ["no bytes when there are none", { bytesTotal: 0, bytesLanded: 0 }, "Z0001  downloading"],
    ["lines", { lines: 1_234_567 }, "Z0001  downloading  1,234,567 lines"],
    ["no lines before the first", { lines: 0 }, "Z0001  downloading"],
  ])("shows %s", (_, state, line) => {
    expect(lineOf({ ...STATE, ...state })).toBe(`${line}\n`);
  });
});

describe("silentProgress", () => {
  it("says nothing", () => {
    expect(silentProgress.report(STATE)).toBeUndefined();
    expect(silentProgress.end("Z0001")).toBeUndefined();
  });
});

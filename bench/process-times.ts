import { readdirSync, readFileSync } from "node:fs";

/** Linux counts processor time in hundredths of a second. */
const TICKS_A_SECOND = 100;

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  /** Seconds of processor time: the process's own, and that of its children that have ended and were waited for. */
  readonly own: number;
  readonly reaped: number;
}

/** Processor seconds of all our children that have ended, theirs included; undefined where there is no /proc. */
export function childrenSeconds(): number | undefined {
  return statOf(process.pid)?.reaped;
}

/** Processor seconds of a PostgreSQL server whose postmaster is process `pid`: its own, of its processes, and of those that have ended. */
export function serverSeconds(pid: number): number | undefined {
  for (;;) {
    const before = statOf(pid);
    if (before === undefined) return undefined;
    const children = childrenOf(pid);
    const postmaster = statOf(pid);
    // A process that ended between two looks is in neither, or in both.
    if (postmaster?.reaped !== before.reaped) continue;
    return children.reduce(
      (sum, child) => sum + child.own + child.reaped,
      postmaster.own + postmaster.reaped,
    );
  }
}

/** The postmaster of the backend with this pid, if it runs on this machine. */
export function postmasterOf(backend: number): number | undefined {
  const stat = statOf(backend);
  return stat?.name === "postgres" ? stat.parent : undefined;
}

/** The most memory that process `pid` and its children have had so far, in bytes. */
export function peakBytes(pid: number): number {
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(textOf(`/proc/${pid}/status`) ?? "")?.[1];
  // Asked many times a second: this file is one read, where the kernel has it.
  const children = textOf(`/proc/${pid}/task/${pid}/children`)?.match(/\d+/g) ?? [];
  return children.reduce((sum, child) => sum + peakBytes(Number(child)), Number(peak ?? 0) * 1024);
}

function childrenOf(pid: number): readonly ProcessStat[] {
  return allProcesses().filter(({ parent }) => parent === pid);
}

function allProcesses(): readonly ProcessStat[] {
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? (statOf(Number(name)) ?? []) : []));
}

/** proc(5): the name stands in brackets and may hold anything; the fields after it begin with the third, the state. */
function statOf(pid: number): ProcessStat | undefined {
  const text = textOf(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const end = text.lastIndexOf(")");
  const fields = text.slice(end + 2).split(" ");
  const seconds = (field: number): number => Number(fields[field - 3]) / TICKS_A_SECOND;
  return {
    pid,
    parent: Number(fields[1]),
    name: text.slice(text.indexOf("(") + 1, end),
    own: seconds(14) + seconds(15),
    reaped: seconds(16) + seconds(17),
  };
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // It has ended meanwhile, or this is no Linux.
    return undefined;
  }
}

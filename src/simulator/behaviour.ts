/** How the simulator misbehaves. Every member is optional; without any it is a server as it should be. */
export interface SimulatorBehaviour {
  /** An ISO date-time. Jobs started from now on begin their window at this instant where it is later, and say so in `Since-Datetime`. */
  readonly cutWindowTo?: string;
  /** The same, with the instant so many days before the server's now. */
  readonly cutWindowDays?: number;
  /** The next so many downloads (`true`: all) end cleanly after half of their bytes, as behind a bad proxy. */
  readonly truncateGzip?: boolean | number;
  /** The next so many downloads carry one wrong digit, in a body that decompresses well. */
  readonly corrupt?: number;
  /** The manifest's checksums are wrong. */
  readonly wrongChecksum?: boolean;
  /** The manifest's file lengths are wrong. */
  readonly wrongLength?: boolean;
  /** Requests whose path and query match get this answer instead, so many times; a body is sent as it stands. */
  readonly failNext?: readonly FailNext[];
  /** Jobs started from now on have one error file beside their output. */
  readonly errorFile?: boolean;
  /** The manifest lists no output, whatever the job exported. */
  readonly emptyManifest?: boolean;
  /** A token is refused after so many accepted requests. */
  readonly expireTokensAfter?: number;
  /** Responses to matching requests lose their connection after so many bytes of the body. */
  readonly dropConnection?: DropConnection;
  /** Jobs whose time is up end as FAILED. */
  readonly failJobs?: boolean;
  /** Jobs started from now on deliver every third line twice. */
  readonly duplicateLines?: boolean;
  /** New jobs are refused for maintenance, and `/status` says so. */
  readonly maintenance?: boolean;
}

export interface FailNext {
  readonly path: RegExp;
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly times: number;
}

export interface DropConnection {
  readonly path: RegExp;
  readonly afterBytes: number;
  readonly times: number;
}

/** The behaviour in force, with its counters. Handlers ask it; each question that counts takes one off. */
export interface Faults {
  readonly behaviour: SimulatorBehaviour;
  /** The answer to send instead of the real one. */
  takeFailure(url: string): FailNext | undefined;
  /** After how many bytes to drop the connection. */
  takeDrop(url: string): number | undefined;
  takeTruncation(): boolean;
  takeCorruption(): boolean;
}

/** Arms `behaviour`: its counters start anew. */
export function armFaults(behaviour: SimulatorBehaviour): Faults {
  const failures = (behaviour.failNext ?? []).map((failure) => ({ failure, left: failure.times }));
  let drops = behaviour.dropConnection?.times ?? 0;
  let corruptions = behaviour.corrupt ?? 0;
  const { truncateGzip = 0 } = behaviour;
  let truncations = truncateGzip === true ? Number.POSITIVE_INFINITY : Number(truncateGzip);
  return {
    behaviour,
    takeFailure(url) {
      const armed = failures.find(({ failure, left }) => left > 0 && url.search(failure.path) >= 0);
      if (armed) armed.left--;
      return armed?.failure;
    },
    takeDrop(url) {
      if (!behaviour.dropConnection || drops <= 0 || url.search(behaviour.dropConnection.path) < 0)
        return undefined;
      drops--;
      return behaviour.dropConnection.afterBytes;
    },
    takeTruncation: () => truncations-- > 0,
    takeCorruption: () => corruptions-- > 0,
  };
}

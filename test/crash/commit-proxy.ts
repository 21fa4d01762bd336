import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";

/** What becomes of a commit: `unsent` never reaches the server, `unanswered` is done, but its answer never comes. */
export type Loss = "unsent" | "unanswered";

/** Stands between the program and PostgreSQL, and cuts one connection at a commit. */
export interface CommitProxy {
  /** The URL of a database by way of the proxy. */
  through(url: string): string;
  /** Loses the `nth` commit from now on, and returns a function that tells whether it came. */
  lose(nth: number, loss: Loss): () => boolean;
  end(): Promise<void>;
}

/** Starts one in front of the server of `url`. */
export async function commitProxy(url: string): Promise<CommitProxy> {
  const { host, port } = new pg.Client({ connectionString: url });
  const folder = mkdtempSync(join(tmpdir(), "ab2d-proxy-"));
  const sockets = new Set<Socket>();
  let countdown = 0;
  let loss: Loss = "unsent";

  const server = createServer((client) => {
    const upstream = host.startsWith("/")
      ? connect(join(host, `.s.PGSQL.${port}`))
      : connect({ host, port, noDelay: true });
    const isCommit = commitFinder();
    let isMute = false;
    const cut = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", cut);
      socket.on("close", () => {
        sockets.delete(socket);
        cut();
      });
    }
    client.on("data", (chunk) => {
      if (isCommit(chunk) && countdown > 0) {
        countdown -= 1;
        if (countdown === 0) {
          if (loss === "unsent") return cut();
          isMute = true;
        }
      }
      upstream.write(chunk);
    });
    // The answer has come: the commit is done.
    upstream.on("data", (chunk) => (isMute ? cut() : client.write(chunk)));
  });
  await new Promise<void>((resolve) => server.listen(join(folder, ".s.PGSQL.5432"), resolve));
  return {
    through: (of) => {
      const target = new URL(of.replace(/^postgres(ql)?:\/\/([^/]*@)?\//, "http://$2placeholder/"));
      const login = target.username ? `${target.username}:${target.password}@` : "";
      return `postgres://${login}${target.pathname}?host=${encodeURIComponent(folder)}&port=5432`;
    },
    lose(nth, wanted) {
      countdown = nth;
      loss = wanted;
      return () => countdown === 0;
    },
    async end() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Tells of each chunk of a client's stream whether a `commit` ends in it. */
function commitFinder(): (chunk: Buffer) => boolean {
  let rest = Buffer.alloc(0);
  let isStartup = true;
  // Of a long message, a COPY's data, only what is to be skipped is kept.
  let skip = 0;
  return (chunk) => {
    let found = false;
    let bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    for (;;) {
      const skipped = Math.min(skip, bytes.length);
      skip -= skipped;
      bytes = bytes.subarray(skipped);
      const head = isStartup ? 4 : 5;
      if (skip > 0 || bytes.length < head) break;
      const length = bytes.readUInt32BE(head - 4) + head - 4;
      if (!isStartup && bytes[0] === 0x51 && length < 64) {
        if (bytes.length < length) break;
        found ||= /^commit\0/i.test(bytes.toString("latin1", 5, length));
      }
      isStartup = false;
      skip = length;
    }
    rest = Buffer.from(bytes);
    return found;
  };
}

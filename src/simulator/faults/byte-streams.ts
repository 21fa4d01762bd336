import { Duplex, Transform } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";

/** A stream that ends, as if all were well, after `bytes` bytes. */
export function earlyEnd(bytes: number): Transform {
  let left = bytes;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const part = chunk.subarray(0, left);
      left -= part.length;
      done(null, part.length > 0 ? part : undefined);
    },
  });
}

/** A stream that changes the first digit after its middle of the first chunk: same length, other content. */
export function digitChanger(): Transform {
  let isDone = false;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (isDone) return done(null, chunk);
      const changed = Buffer.from(chunk);
      const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;
      const middle = changed.length >> 1;
      const at = middle + changed.subarray(middle).findIndex(isDigit);
      if (at >= middle) {
        changed[at] = changed[at] === 48 ? 49 : 48;
        isDone = true;
      }
      done(null, changed);
    },
  });
}

/** A stream that inverts a few bytes from the byte number `start` on. */
export function byteInverter(start: number): Transform {
  let position = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const changed = Buffer.from(chunk);
      for (let index = 0; index < changed.length; index++) {
        const at = position + index;
        if (at >= start && at < start + 16) changed[index] = ~changed[index]!;
      }
      position += chunk.length;
      done(null, changed);
    },
  });
}

/** A stream that makes a gzip member of its own of every piece. */
export function memberPerPiece(pieceBytes = 20_000): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      for (let start = 0; start < chunk.length; start += pieceBytes) {
        this.push(gzipSync(chunk.subarray(start, start + pieceBytes), { level: 1 }));
      }
      done();
    },
  });
}

/** A stream that adds `bytes` spaces after the end, as fast as they are taken. */
export function lateSpaces(bytes: number): Duplex {
  const block = Buffer.alloc(64 * 1024, " ");
  return Duplex.from(async function* (source: AsyncIterable<Buffer>) {
    yield* source;
    for (let left = bytes; left > 0; left -= block.length)
      yield block.subarray(0, Math.min(left, block.length));
  });
}

export interface PauseOptions {
  /** Real time before each piece but the first. */
  readonly milliseconds: number;
  /** At most so many pauses. */
  readonly pauses: number;
  readonly pieceBytes: number;
}

/** A stream that sends pieces with pauses of real time between them. */
export function pausing({ milliseconds, pauses, pieceBytes }: PauseOptions): Transform {
  const gone = new AbortController();
  let left = pauses;
  async function send(stream: Transform, chunk: Buffer): Promise<void> {
    let start = 0;
    while (left > 0 && start < chunk.length) {
      stream.push(chunk.subarray(start, start + pieceBytes));
      start += pieceBytes;
      left--;
      await delay(milliseconds, undefined, { signal: gone.signal });
    }
    if (start < chunk.length) stream.push(chunk.subarray(start));
  }
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      send(this, chunk).then(() => done(), done);
    },
    destroy(error, done) {
      gone.abort();
      done(error);
    },
  });
}

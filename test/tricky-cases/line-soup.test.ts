import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { currentIds } from "./current-claims.ts";
import { inEveryVersion, type VersionBench } from "./in-versions.ts";

const BYTE_ORDER_MARK = "\ufeff";

interface Piece {
  readonly bytes: string | Buffer;
  readonly becomes: "new" | "excluded" | "blank" | `rejected: ${string}`;
}

/** Lines that are no claims, claims that look odd, and good ones between them. Each ends as it is given here. */
function soup({ eob, version }: VersionBench): readonly Piece[] {
  let number = 0;
  const claim = (options: Parameters<typeof eob>[0] = {}) => {
    number += 1;
    return JSON.stringify(eob({ claimId: `-${100 + number}`, claimGroup: `g${number}`, ...options }));
  };
  const rejected = (reason: string, bytes: string | Buffer): Piece => ({
    becomes: `rejected: ${reason}`,
    bytes,
  });
  const good = (bytes: string): Piece => ({ becomes: "new", bytes });
  const whole = claim();
  return [
    good(`${BYTE_ORDER_MARK}${whole}\r\n`),
    rejected("not_an_eob", '{"resourceType":"OperationOutcome","issue":[{"severity":"error"}]}\n'),
    rejected("not_an_eob", '{"resourceType":"Patient","id":"-1"}\r\n'),
    rejected("not_an_object", "[]\n"),
    rejected("not_an_object", "null\n"),
    rejected("not_json", `${whole.slice(0, 200)}\n`),
    rejected("not_json", `${claim()}${claim()}\n`),
    rejected("not_json", `${BYTE_ORDER_MARK}${claim()}\n`),
    rejected("not_json", "<html>502 Bad Gateway</html>\n"),
    rejected(
      "not_utf8",
      Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}\n')]),
    ),
    { becomes: "blank", bytes: "\n" },
    { becomes: "blank", bytes: " \t \r\n" },
    // An escaped NUL: not in what becomes a column, kept as received elsewhere.
    rejected("text_not_storable", `${claim({ patientId: "a\u0000b" })}\n`),
    rejected("text_not_storable", `${claim({ diagnoses: ["E11\u0000"] })}\n`),
    good(`${claim({ fields: { text: { div: "a\u0000b" } } })}\n`),
    rejected("text_not_storable", `${claim({ mbis: ["1AA\ud800"] })}\n`),
    // Line ends that are not NDJSON's.
    good(`${claim({ fields: { text: { div: "a\u2028b\u2029c\u0085d" } } })}\n`),
    // A key that is there twice: the last one counts, but an EOB has one id only.
    good(`${claim().replace('"status":', '"status":"cancelled","status":')}\n`),
    rejected("key_ambiguous", `${claim().replace('"status":', '"id":"another","status":')}\n`),
    rejected(
      "key_ambiguous",
      `${claim().replace('"status":', '"meta":{"lastUpdated":"2031-01-01T00:00:00Z"},"status":')}\n`,
    ),
    good(`${claim({ fields: { text: { div: "x".repeat(5_000_000) } } })}\n`),
    rejected(
      "nested_too_deeply",
      `${claim().replace('"status":', `"a":${"[".repeat(300)}${"]".repeat(300)},"status":`)}\n`,
    ),
    {
      becomes: "excluded",
      bytes: `${claim({ fields: { use: "preauthorization" } })}\n`,
    },
    good(`  ${claim()}  \n`),
    // A final line without its end, then nothing.
    good(claim({ from: version === "v1" ? "2024-02-02" : "2024-02-01" })),
  ];
}

describe("tricky cases: line soup", () => {
  it("55 loads every good line of a soup and keeps every other, whole", async () => {
    for (const isGzip of [false, true]) {
      await inEveryVersion(async (bench) => {
        const pieces = soup(bench);
        const text = Buffer.concat(pieces.map(({ bytes }) => Buffer.from(bytes)));
        const { counts, run, files } = await bench.loadFiles(
          isGzip ? { "soup.ndjson.gz": gzipSync(text) } : { "soup.ndjson": text },
        );
        const count = (kind: string) => pieces.filter(({ becomes }) => becomes.startsWith(kind)).length;
        expect(counts).toEqual({
          new: count("new"),
          newer: 0,
          unchanged: 0,
          stale: 0,
          duplicate: 0,
          excluded: count("excluded"),
          rejected: count("rejected"),
          blank: count("blank"),
        });
        expect(files).toHaveLength(1);
        expect(run).toMatchObject({ state: "complete_with_gaps", gaps: ["rejected_line"] });
        const wanted = pieces.flatMap(({ becomes, bytes }, index) =>
          becomes.startsWith("rejected")
            ? [{ line_number: index + 1, reason: becomes.slice(10), line: withoutEnd(Buffer.from(bytes)) }]
            : [],
        );
        expect(
          await bench.rows("select line_number, reason, line from ab2d_etl.rejected_line order by 1"),
        ).toEqual(wanted);
        expect(await currentIds(bench)).toHaveLength(count("new"));
        expect(await bench.rows("select 1 from ab2d.claim_version where status <> 'active'")).toEqual([]);
      });
    }
  });
});

function withoutEnd(line: Buffer): Buffer {
  const text = line.toString("latin1");
  return Buffer.from(text.replace(/\r?\n$/, ""), "latin1");
}

import { expect } from "vitest";
import { claimsTables } from "../support/claims-tables.ts";
import { eob } from "../support/eob.ts";
import { ndjson } from "../support/load-lines.ts";
import type { Outcome } from "../support/outcome.ts";
import type { Row, Rows } from "./row.ts";
import { afterJobs } from "./row-traps.ts";

const ID = "outpatient--1000";

/** A run with a line that can't be loaded, and one that can. */
const REJECTED: Partial<Outcome> = {
  exit: 3,
  state: "complete_with_gaps",
  gaps: ["rejected_line"],
  tables: { [ID]: true },
  watermark: "none",
};

/** A line that is kept aside, with the reason. */
function rejected(
  words: string,
  line: Buffer | string,
  reason: string,
): Row & { readonly run: () => Promise<void> } {
  return {
    words,
    async run() {
      const good = Buffer.from(ndjson([eob()]));
      const bench = await afterJobs(
        [[Buffer.concat([good, Buffer.from(line), Buffer.from("\n")])]],
        REJECTED,
      );
      expect(await bench.database.rows("select reason, state from ab2d_etl.rejected_line")).toEqual([
        { reason, state: "open" },
      ]);
    },
  };
}

const other = (options: Parameters<typeof eob>[0] = {}) =>
  JSON.stringify(eob({ claimId: "-2", claimGroup: "-2", ...options }));

/** 46 to 60: what stands in the files. */
export const DATA_ROWS: Rows = {
  46: {
    ...rejected("a line that is no JSON", other().slice(0, 300), "not_json"),
    heldBy: ["fault broken-line", "fault no-final-newline"],
  },
  47: {
    words: "the escape of NUL",
    heldBy: ["fault nul-escape"],
  },
  48: { words: "half a surrogate pair", heldBy: ["fault lone-surrogate"] },
  49: {
    ...rejected(
      "bytes that are no UTF-8",
      Buffer.from(other({ fields: { disposition: "\xff" } }), "latin1"),
      "not_utf8",
    ),
    heldBy: ["fault invalid-utf8"],
  },
  50: {
    words: "byte order mark, CRLF, empty lines, no line feed at the end",
    heldBy: ["fault byte-order-mark", "fault crlf", "fault blank-lines", "fault no-final-newline"],
  },
  51: {
    words: "an empty file",
    async run() {
      const bench = await afterJobs([[[eob()], Buffer.alloc(0)]], {
        tables: { [ID]: true },
      });
      expect(await bench.database.rows("select from ab2d_etl.output_file where line_count = 0")).toHaveLength(
        1,
      );
    },
  },
  52: rejected(
    "a line longer than a database takes",
    other({ fields: { disposition: "x".repeat(17 * 2 ** 20) } }),
    "line_too_long",
  ),
  53: {
    words: "a member that stands in a line twice",
    async run() {
      const harmless = other().replace('"status":', '"status":"cancelled","status":');
      await afterJobs([[Buffer.from(`${harmless}\n`)]], { tables: { "outpatient--2": true } });
      await rejected(
        "",
        other().replace('"status":', '"id":"outpatient--3","status":'),
        "key_ambiguous",
      ).run();
    },
  },
  54: {
    words: "digits that a floating point number does not keep",
    async run() {
      const quantities = ["12345678901234567890.12", "0.10", "1e2"];
      const text = JSON.stringify(
        eob({ items: quantities.map((_, index) => ({ sequence: index + 1, quantity: { value: index } })) }),
      );
      const line = quantities.reduce(
        (line, digits, index) => line.replace(`"value":${index}}`, `"value":${digits}}`),
        text,
      );
      const bench = await afterJobs([[Buffer.from(`${line}\n`)]], { tables: { [ID]: true } });
      expect(
        await bench.database.rows("select quantity::text from ab2d.claim_line order by line_number"),
      ).toEqual([{ quantity: "12345678901234567890.12" }, { quantity: "0.10" }, { quantity: "100" }]);
    },
    heldBy: ["test/load.test.ts > keeps every digit of a quantity"],
  },
  55: { words: "a claim twice in a file", heldBy: ["fault duplicate-lines"] },
  56: {
    words: "a claim in several files, the older text last",
    heldBy: ["trap 35", "trap 41", "fault repeated-across-files", "fault older-after-newer"],
  },
  57: {
    words: "two texts of one id and one lastUpdated",
    async run() {
      const texts = [eob({ diagnoses: ["I10"] }), eob({ diagnoses: ["E119"] })];
      const [one, two] = await Promise.all([
        afterJobs([[[texts[0]], [texts[1]]]], { tables: { [ID]: true } }),
        afterJobs([[[texts[1]], [texts[0]]]], { tables: { [ID]: true } }),
      ]);
      expect(await claimsTables(one.database)).toEqual(await claimsTables(two.database));
    },
  },
  58: {
    ...rejected(
      "a lastUpdated that is no instant",
      other({ lastUpdated: "yesterday" }),
      "last_updated_invalid",
    ),
    heldBy: ["fault last-updated-missing", "fault last-updated-future"],
  },
  59: {
    words: "a claim that moves to another patient",
    async run() {
      const moved = eob({ patientId: "-2", lastUpdated: "2024-04-01T00:00:00Z" });
      const bench = await afterJobs([[[eob({ patientId: "-1" })]], [[moved]]], { tables: { [ID]: true } });
      for (const table of ["claim_version", "claim_line", "claim_diagnosis"])
        expect(await bench.database.rows(`select distinct beneficiary_id from ab2d.${table}`)).toEqual([
          { beneficiary_id: "ccw:-2" },
        ]);
    },
    heldBy: ["test/load.test.ts > and moves a claim to another patient without leaving its dates behind"],
  },
  60: {
    ...rejected("another resource", '{"resourceType":"Patient","id":"-1"}', "not_an_eob"),
    heldBy: [
      "trap 38",
      "trap 39",
      "trap 44",
      "fault foreign-resource",
      "fault part-d-claim",
      "fault unknown-members",
    ],
  },
};

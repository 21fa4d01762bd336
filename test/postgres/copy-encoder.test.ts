import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatInstant, MINUS_INFINITY } from "../../src/domain/instant.ts";
import type { Columns, RowOf } from "../../src/postgres/columns.ts";
import { copyEncoder } from "../../src/postgres/copy-encoder.ts";
import { transaction } from "../../src/postgres/transaction.ts";
import { type FreshDatabase, freshDatabase } from "../support/fresh-database.ts";

/** Every type a column can have, first required, then nullable. */
const EVERY_TYPE = {
  row_number: "int4",
  a_text: "text",
  a_text_array: "text[]",
  an_int4: "int4",
  an_int4_array: "int4[]",
  an_int8: "int8",
  a_boolean: "boolean",
  a_numeric: "numeric",
  a_date: "date",
  a_timestamptz: "timestamptz",
  a_bytea: "bytea",
  a_json: "json",
  text_or_null: "text?",
  text_array_or_null: "text[]?",
  int4_or_null: "int4?",
  int4_array_or_null: "int4[]?",
  int8_or_null: "int8?",
  boolean_or_null: "boolean?",
  numeric_or_null: "numeric?",
  date_or_null: "date?",
  timestamptz_or_null: "timestamptz?",
  bytea_or_null: "bytea?",
  json_or_null: "json?",
} as const satisfies Columns;

type Row = RowOf<typeof EVERY_TYPE>;

const PLAIN: Row = {
  row_number: 0,
  a_text: "",
  a_text_array: [],
  an_int4: 0,
  an_int4_array: [],
  an_int8: 0n,
  a_boolean: false,
  a_numeric: "0",
  a_date: "2000-01-01",
  a_timestamptz: 0n,
  a_bytea: Buffer.alloc(0),
  a_json: Buffer.from("null"),
  text_or_null: null,
  text_array_or_null: null,
  int4_or_null: null,
  int4_array_or_null: null,
  int8_or_null: null,
  boolean_or_null: null,
  numeric_or_null: null,
  date_or_null: null,
  timestamptz_or_null: null,
  bytea_or_null: null,
  json_or_null: null,
};

/** A database with a table of the columns, and COPY into it. */
async function setup<T extends Columns>(columns: T) {
  const database = await freshDatabase();
  const definitions = Object.entries(columns).map(([name, type]) =>
    type.endsWith("?") ? `${name} ${type.slice(0, -1)}` : `${name} ${type} not null`,
  );
  await database.rows(`create table sample (${definitions.join(", ")})`);
  const encoder = copyEncoder(columns);
  return {
    ...database,
    encoder,
    async copy(rows: readonly RowOf<T>[]): Promise<void> {
      for (const row of rows) encoder.add(row);
      expect(encoder.rowCount).toBe(rows.length);
      const encoded = encoder.finish();
      await transaction(database.pool, (tx) => tx.copy("sample", Object.keys(columns), encoded));
    },
  };
}

/** The rows as the values of `Row`, by way of PostgreSQL's text. */
async function heldRows({ rows }: FreshDatabase): Promise<unknown[]> {
  const columns = Object.entries(EVERY_TYPE).map(([name, type]) => {
    if (/^(numeric|date|int8)/.test(type)) return `${name}::text`;
    if (type.startsWith("json")) return `convert_to(${name}::text, 'UTF8') as ${name}`;
    if (type.startsWith("timestamptz"))
      return `to_char(${name} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ${name}`;
    return name;
  });
  return rows(`select ${columns.join(", ")} from sample order by row_number`);
}

function asRead(row: Row): Record<string, unknown> {
  return {
    ...row,
    an_int8: String(row.an_int8),
    int8_or_null: row.int8_or_null === null ? null : String(row.int8_or_null),
    a_timestamptz: formatInstant(row.a_timestamptz),
    timestamptz_or_null: row.timestamptz_or_null === null ? null : formatInstant(row.timestamptz_or_null),
  };
}

const int4 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
/** Any text that PostgreSQL stores: everything but NUL. */
const text = fc.string({ unit: "binary" }).map((any) => any.replaceAll("\0", ""));
const date = fc
  .date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true })
  .map((day) => day.toISOString().slice(0, 10));
const instant = fc.bigInt({
  min: BigInt(Date.parse("0001-01-01T00:00:00Z")) * 1000n,
  max: BigInt(Date.parse("9999-12-31T23:59:59.999Z")) * 1000n + 999n,
});
const bytea = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
const json = fc
  .tuple(fc.jsonValue(), fc.constantFrom(undefined, 1, "\t"))
  .map(([value, indent]) => JSON.stringify(value, null, indent).replaceAll("\\u0000", ""))
  .map((source) => Buffer.from(` ${source} \n`));
/** Decimals that PostgreSQL writes as they came: no exponent, no sign on zero, no zeros in front. */
const plainDecimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n }), fc.integer({ min: 0, max: 40 }))
  .map(([unscaled, scale]) => {
    const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
    const point = digits.length - scale;
    return `${unscaled < 0n ? "-" : ""}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ""}`;
  });

const row: fc.Arbitrary<Omit<Row, "row_number">> = fc.record({
  a_text: text,
  a_text_array: fc.array(text, { maxLength: 4 }),
  an_int4: int4,
  an_int4_array: fc.array(int4, { maxLength: 4 }),
  an_int8: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  a_boolean: fc.boolean(),
  a_numeric: plainDecimal,
  a_date: date,
  a_timestamptz: instant,
  a_bytea: bytea,
  a_json: json,
  text_or_null: fc.option(text),
  text_array_or_null: fc.option(fc.array(text, { maxLength: 2 })),
  int4_or_null: fc.option(int4),
  int4_array_or_null: fc.option(fc.array(int4, { maxLength: 2 })),
  int8_or_null: fc.option(fc.bigInt({ min: -9n, max: 9n })),
  boolean_or_null: fc.option(fc.boolean()),
  numeric_or_null: fc.option(plainDecimal),
  date_or_null: fc.option(date),
  timestamptz_or_null: fc.option(instant),
  bytea_or_null: fc.option(bytea),
  json_or_null: fc.option(json),
});

describe("copyEncoder()", () => {
  it("writes every type so that PostgreSQL reads the same values back", async () => {
    const database = await setup(EVERY_TYPE);
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 30 }), async (contents) => {
        const rows = contents.map((content, index): Row => ({ row_number: index, ...content }));
        await database.rows("truncate sample");
        await database.copy(rows);
        expect(await heldRows(database)).toEqual(rows.map(asRead));
      }),
      { numRuns: 40 },
    );
  });

  it("writes nulls, and nothing else, as nulls", async () => {
    const database = await setup(EVERY_TYPE);
    await database.copy([PLAIN]);
    expect(await heldRows(database)).toEqual([asRead(PLAIN)]);
  });

  it("refuses a null where the column does not take one, by PostgreSQL's word", async () => {
    const database = await setup({ a: "text" });
    await expect(database.copy([{ a: null as unknown as string }])).rejects.toMatchObject({ code: "23502" });
  });

  it("writes no rows as no rows", async () => {
    const database = await setup(EVERY_TYPE);
    await database.copy([]);
    expect(await heldRows(database)).toEqual([]);
  });

  it("writes numerics as PostgreSQL itself reads their text: sign, digits and scale", async () => {
    const database = await setup({ source: "text", value: "numeric" });
    const decimal = fc.stringMatching(/^-?[0-9]{1,24}(\.[0-9]{1,24})?([eE][+-]?[0-9]{1,2})?$/);
    const sources = [
      ...[
        "3.0",
        "0.000",
        "1e5",
        "12e-7",
        "-0",
        "-0.00",
        "0e5",
        "0e-5",
        "1.50e1",
        "1.50e-1",
        "0.0001",
        "0.00010000",
        "10000",
      ],
      ...[
        "9999",
        "99999999",
        "100000000",
        "0.00000001",
        "1234.5678",
        "12345.67891",
        "-1e-100",
        "1e100",
        "0001.5",
        "1E+2",
      ],
      ...[
        "9".repeat(100),
        `${"9".repeat(50)}.${"9".repeat(50)}`,
        `0.${"0".repeat(98)}1`,
        `-${"1234567890".repeat(10)}`,
      ],
      ...fc.sample(decimal, 2_000),
      ...fc.sample(plainDecimal, 500),
    ];
    await database.copy(sources.map((source) => ({ source, value: source })));
    const different = await database.rows(
      `select source, value::text
       from sample
       where numeric_send(value) <> numeric_send(source::numeric) or value::text <> source::numeric::text`,
    );
    expect(different).toEqual([]);
    const [kept] = await database.rows("select value::text, scale(value) from sample where source = '12e-7'");
    expect(kept).toEqual({ value: "0.0000012", scale: 7 });
    expect(
      await database.rows(
        // A random text may be one of these too.
        "select distinct source, value::text from sample where source in ('3.0', '0.000', '1e5') order by source",
      ),
    ).toEqual([
      { source: "0.000", value: "0.000" },
      { source: "1e5", value: "100000" },
      { source: "3.0", value: "3.0" },
    ]);
  });

  it("writes every day from 0001-01-01 to 9999-12-31", async () => {
    const database = await setup({ source: "text", value: "date" });
    const days = [
      "0001-01-01",
      "1582-10-10",
      "1900-02-28",
      "1969-12-31",
      "1999-12-31",
      "2000-01-01",
      "2024-02-29",
      "9999-12-31",
    ];
    await database.copy(days.map((day) => ({ source: day, value: day })));
    expect(await database.rows("select * from sample where value <> source::date")).toEqual([]);
  });

  it("writes instants to the microsecond, and -infinity", async () => {
    const database = await setup({ source: "text", value: "timestamptz" });
    const instants = [
      MINUS_INFINITY,
      -1n,
      0n,
      1n,
      946_684_800_000_000n,
      946_684_799_999_999n,
      1_709_302_830_456_789n,
    ];
    await database.copy(instants.map((micros) => ({ source: formatInstant(micros), value: micros })));
    expect(await database.rows("select * from sample where value <> source::timestamptz")).toEqual([]);
    expect(await database.rows("select source from sample where value = '-infinity'")).toEqual([
      { source: "-infinity" },
    ]);
  });

  it("keeps the text of json byte for byte", async () => {
    const database = await setup({ value: "json" });
    const source = '\t{ "b" : 1.0,"a":1e400, "a" : "\\u00e9é\\/😀\u2028" ,"c":[ ]}\r\n ';
    await database.copy([{ value: Buffer.from(source) }]);
    expect(await database.rows("select value::text from sample")).toEqual([{ value: source }]);
  });

  it("writes rows larger than its buffer, and many small ones after them", async () => {
    const database = await setup({ number: "int4", a: "text", b: "bytea", c: "int4[]" });
    const rows = [70_000, 10, 300_000, 65_536 - 40, 0, 1_000_000].map((length, number) => ({
      number,
      a: "😀é".repeat(length / 8),
      b: Buffer.alloc(length, 0xa7),
      c: Array.from({ length: length / 10 }, (_, index) => index),
    }));
    await database.copy(rows);
    const small = Array.from({ length: 5_000 }, (_, index) => ({
      number: 10 + index,
      a: "x",
      b: Buffer.from("y"),
      c: [index],
    }));
    await database.copy(small);
    const held = await database.rows<(typeof rows)[number]>("select * from sample order by number");
    for (const [index, wanted] of [...rows, ...small].entries()) {
      const { number, a, b, c } = held[index]!;
      expect(
        number === wanted.number && a === wanted.a && b.equals(wanted.b) && c.join() === wanted.c.join(),
      ).toBe(true);
    }
    expect(held).toHaveLength(rows.length + small.length);
  });

  it("begins anew after finish()", () => {
    const encoder = copyEncoder({ a: "int4" });
    const empty = Buffer.from(encoder.finish());
    encoder.add({ a: 1 });
    const one = Buffer.from(encoder.finish());
    expect(encoder.rowCount).toBe(0);
    expect(Buffer.from(encoder.finish())).toEqual(empty);
    encoder.add({ a: 1 });
    expect(Buffer.from(encoder.finish())).toEqual(one);
  });

  it.each([
    ["date", "2024-02-30"],
    ["date", "2023-02-29"],
    ["date", "2024-13-01"],
    ["date", "2024-02"],
    ["date", "2024"],
    ["date", ""],
    ["date", "2024-2-3"],
    ["date", "20240203"],
    ["date", "2024-02-03T00:00:00"],
    ["numeric", ""],
    ["numeric", "."],
    ["numeric", "1."],
    ["numeric", ".5"],
    ["numeric", "+1"],
    ["numeric", "1,5"],
    ["numeric", "NaN"],
    ["numeric", "0x10"],
    ["numeric", "1e"],
    ["numeric", " 1"],
    ["numeric", "1\n"],
    ["int4", 2 ** 31],
    ["int4", -(2 ** 31) - 1],
  ] as const)("throws a RangeError for the %s %j", (type, value) => {
    const encoder = copyEncoder({ a: type });
    expect(() => encoder.add({ a: value } as never)).toThrow(RangeError);
  });

  it("throws a RangeError for an int8 beyond 64 bits", () => {
    expect(() => copyEncoder({ a: "int8" }).add({ a: 2n ** 63n })).toThrow(RangeError);
  });

  it("quotes no value that it refuses", () => {
    for (const type of ["date", "numeric"] as const) {
      expect(() => copyEncoder({ a: type }).add({ a: "Jane Doe" })).toThrow(/^(?!.*Jane)/);
    }
  });
});

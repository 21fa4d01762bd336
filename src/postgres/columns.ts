/** A PostgreSQL type that a column of ours can have; `?` marks a column that may be null. */
export type ColumnType = BaseType | `${BaseType}?`;

type BaseType =
  | "text"
  | "text[]"
  | "int4"
  | "int4[]"
  | "int8"
  | "boolean"
  | "numeric"
  | "date"
  | "timestamptz"
  | "bytea"
  | "json";

/** A table's columns in order, each with its type: the one place where TypeScript knows them. */
export type Columns = Readonly<Record<string, ColumnType>>;

/** One row of a table with `Columns`. Numerics and dates are text as received, instants are microseconds since 1970. */
export type RowOf<T extends Columns> = {
  -readonly [K in keyof T]: T[K] extends `${infer Base}?` ? ValueOf<Base> | null : ValueOf<T[K]>;
};

type ValueOf<T> = T extends "text"
  ? string
  : T extends "text[]"
    ? readonly string[]
    : T extends "int4"
      ? number
      : T extends "int4[]"
        ? readonly number[]
        : T extends "int8"
          ? bigint
          : T extends "boolean"
            ? boolean
            : T extends "numeric" | "date"
              ? string
              : T extends "timestamptz"
                ? bigint
                : T extends "bytea" | "json"
                  ? Buffer
                  : never;

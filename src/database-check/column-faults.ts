import type { Pool } from 'pg'
import type { Column } from '../catalog/model.js'
import { quoted, type Table } from './table.js'

/** What the database says of a column; nothing where it has none. */
interface Found {
  /** `r` table, `p` partitioned, `v` view …; `null` where there is no such relation. */
  readonly kind: string | null
  /** The type as it is written, `null` where there is no such column. */
  readonly type: string | null
  /** What is compared: without domains and lists. */
  readonly base: number | null
  /** How many characters it takes; `null` where that is open. */
  readonly length: number | null
  /** The collation, where it takes different texts for equal. */
  readonly collation: string | null
}

/** A domain is the type below it, a list is compared by its elements; either may stand over the other. */
const question = `
WITH RECURSIVE asked AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS asked (schema, name, "column", number)
), found AS (
  SELECT number, relkind, atttypid, atttypmod, attcollation
  FROM asked
  LEFT JOIN pg_namespace AS space ON space.nspname = asked.schema
  LEFT JOIN pg_class AS relation ON relation.relnamespace = space.oid AND relation.relname = asked.name
    AND relkind IN ('r', 'p', 'v', 'm', 'f')
  LEFT JOIN pg_attribute ON attrelid = relation.oid AND attname = asked."column" AND NOT attisdropped
), unfolded (number, type, modifier) AS (
  SELECT number, atttypid, atttypmod FROM found
  UNION ALL
  SELECT number, CASE typtype WHEN 'd' THEN typbasetype ELSE typelem END,
    CASE typtype WHEN 'd' THEN typtypmod ELSE modifier END
  FROM unfolded JOIN pg_type ON pg_type.oid = type WHERE typtype = 'd' OR typcategory = 'A'
)
SELECT relkind AS kind, format_type(atttypid, atttypmod) AS type, base.oid::int AS base,
  CASE WHEN base.oid = 'varchar'::regtype AND modifier > 4 THEN modifier - 4 END AS length,
  (SELECT format('%I.%I', nspname, collname) FROM pg_collation JOIN pg_namespace ON pg_namespace.oid = collnamespace
    WHERE pg_collation.oid = attcollation AND NOT collisdeterministic) AS collation
FROM found
LEFT JOIN (unfolded JOIN pg_type AS base ON base.oid = type AND typtype <> 'd' AND typcategory <> 'A') USING (number)
ORDER BY number`

/** The types in which two values are equal only if they are the same, by what the model says the column is. */
const exact: Readonly<Record<string, readonly number[]>> = {
  String: [25, 1043], // text, varchar
  Uuid: [2950, 25],
  Int: [23, 21, 20, 26], // int4, int2, int8, oid
  BigInt: [20, 23, 21],
}

/** The columns in which the database may take two callers for one. */
export async function columnFaults(pool: Pick<Pool, 'query'>, tables: readonly Table[]): Promise<string[]> {
  const asked = tables.flatMap((table) => table.columns.map((column) => ({ table, column })))
  const { rows } = await pool.query<Found>(question, [
    asked.map(({ table }) => table.schema),
    asked.map(({ table }) => table.name),
    asked.map(({ column }) => column.column),
  ])
  return asked.flatMap(({ table, column }, at) => {
    const fault = rows[at] && faultOf(table, column, rows[at])
    return fault === undefined
      ? []
      : [
          `${quoted(table.schema, table.name)}.${quoted(column.column)} (${table.model}.${column.name}) ${fault}`,
        ]
  })
}

function faultOf(table: Table, column: Column, found: Found): string | undefined {
  if (found.kind === null || found.type === null)
    return 'is not in the database: migrate it first, and tell the check which schema Prisma uses'
  const known = column.native === 'Uuid' ? 'Uuid' : column.type
  const type = `${known === 'Uuid' ? 'uuid' : (names[known] ?? 'text')}${column.list ? '[]' : ''}`
  const cure = (to: string) =>
    isTable(found)
      ? `: ALTER TABLE ${quoted(table.schema, table.name)} ALTER ${quoted(column.column)} TYPE ${to};`
      : `: cast it in the view, ${quoted(column.column)}::${to}`
  if (!exact[known]?.includes(found.base ?? 0)) return `is ${found.type}${cure(type)}`
  if (found.collation !== null)
    return `has the nondeterministic collation ${found.collation}${cure(`${found.type} COLLATE "default"`)}`
  // What is too long loses the spaces at its end, and then may be another caller's name.
  if (found.length !== null && column.native !== `VarChar(${found.length})`)
    return `is ${found.type}, which schema.prisma does not say: add @db.VarChar(${found.length}) there, or${cure(type).slice(1)}`
  return undefined
}

const names: Readonly<Record<string, string>> = { Int: 'integer', BigInt: 'bigint' }

const isTable = ({ kind }: Found) => kind === 'r' || kind === 'p' || kind === 'f'

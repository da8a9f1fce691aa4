import type { Model } from '../../src/catalog/model.js'

/** A row as JSON has it, by Prisma's names for its columns. */
export type Row = Readonly<Record<string, unknown>>

/** All rows of a database: by model, and by the table of an implicit many-to-many relation. */
export type Tables = Readonly<Record<string, readonly Row[]>>

/** The table of an implicit many-to-many relation: `A` and `B` hold the ids of these fields' targets. */
export interface Link {
  readonly table: string
  /** The model and field from which a row is named in column `A`; its other end is then in `B`. */
  readonly a: { readonly model: string; readonly field: string }
  readonly b: { readonly model: string; readonly field: string }
}

/** The tables that stand for relations with a list on both sides. */
export function linksOf(models: ReadonlyMap<string, Model>): readonly Link[] {
  const ends = [...models.values()].flatMap((model) =>
    [...model.relations.values()]
      .filter((relation) => relation.list)
      .map(({ name, field, model: target }) => ({ name, model: model.name, field, target })),
  )
  return ends.flatMap((end) => {
    const other = ends.find(
      ({ name, model, field }) => name === end.name && (model !== end.model || field !== end.field),
    )
    if (!other) return []
    // Prisma: the model that comes first in the alphabet is A; of one model with itself, the field that does.
    const isA = end.model === other.model ? end.field < other.field : end.model < other.model
    return isA ? [{ table: `_${end.name}`, a: end, b: other }] : []
  })
}

/** One statement that makes these the only rows. */
export function fillSql(models: ReadonlyMap<string, Model>, links: readonly Link[], tables: Tables): string {
  const steps = [...models.values()].flatMap((model) => {
    const rows = (tables[model.name] ?? []).map((row) =>
      Object.fromEntries([...model.columns].map(([name, { column }]) => [column, row[name] ?? null])),
    )
    return refill(quoted(model.table), rows)
  })
  const linking = links.flatMap(({ table }) => refill(quoted(table), tables[table] ?? []))
  return `DO $do$ BEGIN ${[...steps, ...linking].join('; ')}; END $do$`
}

/** One query for every row there is, in the order of their ids, as {@link Tables}. */
export function dumpSql(models: ReadonlyMap<string, Model>, links: readonly Link[]): string {
  const parts = [...models.values()].map((model) => {
    const fields = [...model.columns].map(([name, { column }]) => `'${name}', t.${quoted(column)}`)
    const order = model.id.map(({ column }) => `t.${quoted(column)}`)
    return part(model.name, quoted(model.table), `json_build_object(${fields.join(', ')})`, order)
  })
  const linking = links.map(({ table }) => part(table, quoted(table), `row_to_json(t)`, ['t."A"', 't."B"']))
  return `SELECT json_build_object(${[...parts, ...linking].join(', ')}) AS tables`
}

function part(name: string, table: string, row: string, order: readonly string[]): string {
  return `'${name}', (SELECT coalesce(json_agg(${row} ORDER BY ${order.join(', ')}), '[]') FROM ${table} t)`
}

function refill(table: string, rows: readonly Row[]): string[] {
  const json = JSON.stringify(rows)
  const insert = `INSERT INTO ${table} SELECT * FROM jsonb_populate_recordset(NULL::${table}, $json$${json}$json$)`
  return [`DELETE FROM ${table}`, ...(rows.length > 0 ? [insert] : [])]
}

function quoted(name: string): string {
  return `"${name}"`
}

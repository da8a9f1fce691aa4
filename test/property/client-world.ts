import type { Model } from '../../src/catalog/model.js'
import { keyOf } from './client-oracle.js'
import type { Link, Row, Tables } from './client-tables.js'

/** A value that nothing says: a default, a time, an id that the database gives. */
export const anything = Symbol('anything')

/** The rows of a database while a write is thought through, which is in memory. */
export class World {
  readonly models: ReadonlyMap<string, Model>
  readonly links: readonly Link[]
  readonly #rows = new Map<string, Row[]>()
  readonly #pairs = new Map<string, Row[]>()
  #made = 0

  constructor(models: ReadonlyMap<string, Model>, links: readonly Link[], tables: Tables) {
    this.models = models
    this.links = links
    for (const name of models.keys()) this.#rows.set(name, [...(tables[name] ?? [])])
    for (const { table } of links) this.#pairs.set(table, [...(tables[table] ?? [])])
  }

  rows(model: string): readonly Row[] {
    return this.#rows.get(model) ?? []
  }

  find(model: string, values: Row): Row | undefined {
    const entries = Object.entries(values)
    return this.rows(model).find((row) => entries.every(([name, value]) => row[name] === value))
  }

  /** The text that stands for an id the database will give. */
  newId(): string {
    this.#made += 1
    return `new#${this.#made}`
  }

  add(model: string, row: Row): void {
    this.#rows.get(model)?.push(row)
  }

  /** Puts a changed row in the place of a row. */
  replace(model: string, row: Row, changed: Row): void {
    const rows = this.#rows.get(model) ?? []
    rows[rows.indexOf(row)] = changed
  }

  remove(model: string, row: Row): void {
    this.#rows.set(
      model,
      this.rows(model).filter((other) => other !== row),
    )
  }

  /** Whether another row has the values of one of this row's unique keys. */
  collides(name: string, row: Row): boolean {
    const model = this.models.get(name)
    return [...(model?.uniques.values() ?? [])].some(({ fields }) => {
      const values = fields.map((field) => row[field])
      if (values.includes(null) || values.includes(anything)) return false
      return this.rows(name).some(
        (other) => other !== row && fields.every((field, at) => other[field] === values[at]),
      )
    })
  }

  pairs(table: string): readonly Row[] {
    return this.#pairs.get(table) ?? []
  }

  setPairs(table: string, pairs: readonly Row[]): void {
    this.#pairs.set(table, [...pairs])
  }

  tables(): Tables {
    return { ...Object.fromEntries(this.#rows), ...Object.fromEntries(this.#pairs) }
  }
}

/**
 * Where the rows that were expected are not those that are stored; nothing where they are. A new row is known again
 * by what was written to it, and from then on by the id it was given.
 */
export function differences(world: World, before: Tables, after: Tables): readonly string[] {
  const given = new Map<unknown, unknown>()
  for (const model of world.models.values()) {
    const old = new Set((before[model.name] ?? []).map((row) => keyOf(model, row)))
    const fresh = (after[model.name] ?? []).filter((row) => !old.has(keyOf(model, row)))
    for (const row of world.rows(model.name)) {
      if (!isNew(row['id'])) continue
      const at = fresh.findIndex((stored) =>
        isSame(row, stored, (value) => (isNew(value) ? anything : value)),
      )
      if (at >= 0) given.set(row['id'], fresh.splice(at, 1)[0]?.['id'])
    }
  }
  const known = (value: unknown) => given.get(value) ?? value
  const wrong: string[] = []
  for (const model of world.models.values()) {
    const stored = [...(after[model.name] ?? [])]
    for (const row of world.rows(model.name)) {
      const at = stored.findIndex((one) => isSame(row, one, known))
      if (at >= 0) stored.splice(at, 1)
      else wrong.push(`${model.name} should have ${told(row)}`)
    }
    wrong.push(...stored.map((row) => `${model.name} should not have ${told(row)}`))
  }
  for (const link of world.links) {
    const texts = (pairs: readonly Row[]) =>
      pairs
        .map(({ A, B }) => [known(A), known(B)])
        .filter(([a, b]) => exists(after, link.a.model, a) && exists(after, link.b.model, b))
        .map((pair) => JSON.stringify(pair))
        .sort()
        .join(' ')
    const [expected, actual] = [texts(world.pairs(link.table)), texts(after[link.table] ?? [])]
    if (expected !== actual) wrong.push(`${link.table} should have ${expected}, has ${actual}`)
  }
  return wrong
}

/** The stored row that an expected one has become. */
export function storedAs(row: Row, stored: readonly Row[]): Row | undefined {
  return stored.find((one) => isSame(row, one, (value) => (isNew(value) ? anything : value)))
}

export function isNew(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith('new#')
}

function isSame(expected: Row, stored: Row, known: (value: unknown) => unknown): boolean {
  return Object.entries(stored).every(([name, value]) => {
    const wanted = known(expected[name])
    return wanted === anything || JSON.stringify(wanted) === JSON.stringify(value)
  })
}

function exists(tables: Tables, model: string, id: unknown): boolean {
  return (tables[model] ?? []).some((row) => row['id'] === id)
}

function told(row: Row): string {
  return JSON.stringify(row, (_, value: unknown) => (value === anything ? 'anything' : value))
}

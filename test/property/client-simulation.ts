import type { Relation } from '../../src/catalog/model.js'
import type { Args } from './client-fixture.js'
import { isId, type Oracle } from './client-oracle.js'
import { Refused } from './client-refused.js'
import type { Row } from './client-tables.js'
import { plain } from './client-values.js'
import { anything, type World } from './client-world.js'
import { created, everyRule, grants, updated } from './evaluator.js'

/** What a caller writes in one call, thought through row by row in memory. */
export class Simulation {
  readonly oracle: Oracle
  readonly world: World
  /** The rules do not say which of two harmless ways it goes: to refuse it is right too. */
  mayRefuse = false
  /** More than one row or key was judged: which of them is told first is nobody's promise. */
  isTree = false

  constructor(oracle: Oracle, world: World) {
    this.oracle = oracle
    this.world = world
  }

  mustBeAllowed(model: string, operation: string): void {
    if (!this.oracle.isDenied(model, operation)) return
    const isGuest = this.oracle.who.provider === 'identityPool'
    throw new Refused(isGuest ? 'no right to the operation, and no credentials' : 'no right to the operation')
  }

  canGet(model: string, row: Row): boolean {
    return this.oracle.holds(model, 'get', row)
  }

  /** The row a `where` with a unique key names, if the caller may get it. */
  seen(model: string, where: Args): Row | undefined {
    const row = this.named(model, where)
    return row && this.canGet(model, row) ? row : undefined
  }

  /** The same, whoever may get it. */
  named(model: string, where: Args): Row | undefined {
    const values = Object.entries(where).flatMap(([key, value]) => {
      const compound = !this.oracle.model(model).columns.has(key)
      return Object.entries(compound ? (value as Args) : { [key]: value })
    })
    return this.world.find(model, plain(Object.fromEntries(values)) as Row)
  }

  /**
   * Adds a row, if the caller may.
   *
   * @param sent the columns he gives, foreign keys of relations among them
   */
  insert(name: string, sent: Row): Row {
    const { oracle, world } = this
    const model = oracle.model(name)
    this.mustBeAllowed(name, 'create')
    const made = created(oracle.rules(name), oracle.who, sent)
    if (!made) throw new Refused('the new row may not be written')
    const row = Object.fromEntries(
      [...model.columns.values()].map((column) => {
        const value = made[column.name] ?? (column.list ? [] : null)
        if (value !== null && column.name in made) return [column.name, value]
        if (column.default === undefined || column.name in sent) return [column.name, value]
        return [column.name, isId(model, column.name) ? world.newId() : anything]
      }),
    ) as Row
    const lacking = [...model.columns.values()].filter(
      ({ name: field, required }) => required && row[field] === null,
    )
    if (lacking.length > 0)
      throw new Refused(
        lacking.every((column) => this.#isOwner(name, column.name))
          ? 'an owner is needed'
          : 'a required value is missing',
      )
    if (world.collides(name, row)) throw new Refused('a unique value is taken')
    world.add(name, row)
    return row
  }

  /** Changes a row that is there, if the caller may; what he may not even see is missing. */
  change(name: string, row: Row, sent: Row): Row {
    const { world } = this
    this.mustBeAllowed(name, 'update')
    if (Object.keys(sent).some((field) => isId(this.oracle.model(name), field)))
      throw new Refused('an id is not changed')
    const changed = this.changed(name, row, sent)
    if (!changed) {
      const isSeen = this.canGet(name, row)
      if (this.closed(name, sent).length === 0)
        throw new Refused(isSeen ? 'the row may be seen, not written' : 'the row is missing or hidden')
      throw new Refused(
        isSeen ? 'a value may be written on no row' : 'a value may be written on no row, this one hidden',
      )
    }
    const next = { ...changed, ...this.#counted(name, row) }
    if (collides(world, name, row, next)) throw new Refused('a unique value is taken')
    world.replace(name, row, next)
    return next
  }

  /** The row as it would be, or nothing where the caller may not. */
  changed(name: string, row: Row, sent: Row): Row | undefined {
    const { oracle } = this
    if (Object.keys(sent).length === 0) return oracle.holds(name, 'update', row) ? row : undefined
    return updated(oracle.rules(name), oracle.who, row, sent)
  }

  /** The fields that may be given such values on no row there could be. */
  closed(name: string, sent: Row): readonly string[] {
    const possible = this.oracle.possible(name)
    return Object.keys(sent).filter(
      (field) =>
        !possible.some((row) => this.changed(name, { [field]: null, ...row }, { [field]: sent[field] })),
    )
  }

  /** For a write of many rows, before any is looked at: a field that is never open is refused. */
  mustBeOpen(name: string, sent: Row): void {
    const possible = this.oracle.possible(name)
    for (const field of this.closed(name, sent)) {
      const isShut = !possible.some((row) => this.oracle.isOpen(name, 'update', field, row))
      if (isShut) throw new Refused('a field may be written on no row')
      // Open, and for no row with this value: no row is changed, told or not.
      this.mayRefuse = true
    }
  }

  drop(name: string, row: Row): void {
    this.mustBeAllowed(name, 'delete')
    if (!this.oracle.holds(name, 'delete', row))
      throw new Refused(
        this.canGet(name, row) ? 'the row may be seen, not written' : 'the row is missing or hidden',
      )
    this.world.remove(name, row)
  }

  /** Foreign keys sent as they are must name rows that the caller may get. */
  mustPoint(name: string, sent: Row): void {
    for (const relation of this.oracle.model(name).relations.values()) {
      const key = relation.from.map((field) => sent[field])
      if (relation.from.length === 0 || key.includes(undefined) || key.includes(null)) continue
      if (!this.target(relation, key)) throw new Refused('a foreign key names no row that can be seen')
    }
  }

  target(relation: Relation, key: readonly unknown[]): Row | undefined {
    const values = Object.fromEntries(relation.to.map((field, at) => [field, key[at]]))
    const row = this.world.find(relation.model, values)
    return row && this.canGet(relation.model, row) ? row : undefined
  }

  #isOwner(name: string, field: string): boolean {
    return everyRule(this.oracle.rules(name)).some(
      (rule) => rule.strategy === 'owner' && rule.column === field && grants(rule, 'create'),
    )
  }

  /** A write counts itself, and may tell the time. */
  #counted(name: string, row: Row): Row {
    const columns = [...this.oracle.model(name).columns.values()]
    const version = columns.some((column) => column.name === 'version')
    const times = columns.filter((column) => column.default === 'updatedAt').map((column) => column.name)
    const next = this.isTree || typeof row['version'] !== 'number' ? anything : row['version'] + 1
    return { ...(version && { version: next }), ...Object.fromEntries(times.map((time) => [time, anything])) }
  }
}

/** The columns in a call's `data`, with the values they are to have; the rest of it is nested. */
export function partsOf(
  oracle: Oracle,
  name: string,
  data: Args,
  stored: Row = {},
): { readonly sent: Row; readonly nested: Args } {
  const { columns } = oracle.model(name)
  const entries = Object.entries(data)
  const sent = entries
    .filter(([field]) => columns.has(field))
    .map(([field, value]) => {
      const column = columns.get(field)
      const isOperation =
        column?.type !== 'Json' && Object.prototype.toString.call(value) === '[object Object]'
      const { set, increment } = (isOperation ? value : {}) as { set?: unknown; increment?: number | bigint }
      const before = stored[field]
      if (increment !== undefined)
        return [field, typeof before === 'number' ? before + Number(increment) : null]
      return [field, plain(set === undefined ? value : set)]
    })
  return {
    sent: Object.fromEntries(sent) as Row,
    nested: Object.fromEntries(entries.filter(([field]) => !columns.has(field))),
  }
}

function collides(world: World, name: string, row: Row, next: Row): boolean {
  world.replace(name, row, next)
  const taken = world.collides(name, next)
  world.replace(name, next, row)
  return taken
}

import type { Column, Model } from '../../src/catalog/model.js'
import type { Principal } from '../../src/claims/principal.js'
import type { Data } from '../../src/policy/builder.js'
import { groups, people } from './client-callers.js'
import type { Row, Tables } from './client-tables.js'
import { everyRule, inS, inScope, isDenied, type Rules } from './evaluator.js'

/** What a caller may know and do, by RULES.md read row by row: everything the client is held against asks here. */
export class Oracle {
  readonly models: ReadonlyMap<string, Model>
  readonly who: Principal
  readonly #rules: ReadonlyMap<string, Rules>
  readonly #links: ReadonlySet<string>
  readonly #worlds = new Map<string, readonly Row[]>()

  constructor(data: Data, models: ReadonlyMap<string, Model>, who: Principal) {
    this.models = models
    this.who = who
    this.#rules = new Map([...models.keys()].map((name) => [name, rulesOf(data, name)]))
    this.#links = new Set(
      Object.entries(data.schema.models).flatMap(([name, { links = [] }]) =>
        links.map(({ relation }) => `${name}.${relation}`),
      ),
    )
  }

  model(name: string): Model {
    const found = this.models.get(name)
    if (!found) throw new Error(`there is no model ${name}`)
    return found
  }

  rules(model: string): Rules {
    return this.#rules.get(model) ?? { model: [], fields: {} }
  }

  isDenied(model: string, operation: string): boolean {
    return isDenied(this.rules(model), this.who, operation)
  }

  /** Whether a row is in the scope of an operation. */
  holds(model: string, operation: string, row: Row): boolean {
    return inScope(this.rules(model), this.who, operation, row)
  }

  /** Whether a field of a row is; the id comes with the row. */
  isOpen(model: string, operation: string, field: string, row: Row): boolean {
    if (isId(this.model(model), field)) return this.holds(model, operation, row)
    return inS(this.rules(model), this.who, field, operation, row)
  }

  /** Whether the rows across a many-to-many relation may be linked by whoever may get them. */
  opensLink(model: string, field: string): boolean {
    return this.#links.has(`${model}.${field}`)
  }

  /** The rows that could be: what rules look at, in every combination that matters. */
  possible(model: string): readonly Row[] {
    const known = this.#worlds.get(model) ?? worldOf(this.model(model), this.rules(model))
    this.#worlds.set(model, known)
    return known
  }

  /** Whether every row that could be is in scope. */
  isAll(model: string, operation: string): boolean {
    return this.possible(model).every((row) => this.holds(model, operation, row))
  }

  /** Whether a field is open on some row that could be. */
  isEverOpen(model: string, operation: string, field: string): boolean {
    return this.possible(model).some((row) => this.isOpen(model, operation, field, row))
  }

  /** Whether a field is open on every row that is in scope. */
  isAlwaysOpen(model: string, operation: string, field: string): boolean {
    const rows = this.possible(model).filter((row) => this.holds(model, operation, row))
    return rows.length > 0 && rows.every((row) => this.isOpen(model, operation, field, row))
  }
}

export function isId(model: Model, field: string): boolean {
  return model.id.some(({ name }) => name === field)
}

/** A row's id, as one text. */
export function keyOf(model: Model, row: Row): string {
  return JSON.stringify(model.id.map(({ name }) => row[name]))
}

export function rowWith(tables: Tables, model: Model, key: string): Row | undefined {
  return tables[model.name]?.find((row) => keyOf(model, row) === key)
}

function rulesOf({ schema }: Data, name: string): Rules {
  const definition = schema.models[name]
  if (!definition) return { model: [], fields: {} }
  const fields = Object.entries(definition.fields).flatMap(([field, { rules }]) =>
    rules ? [[field, rules]] : [],
  )
  return {
    model: definition.rules ?? schema.rules ?? [],
    fields: Object.fromEntries(fields) as Rules['fields'],
  }
}

function worldOf(model: Model, rules: Rules): readonly Row[] {
  const columns = [
    ...new Set(everyRule(rules).flatMap(({ column }) => (column === undefined ? [] : [column]))),
  ]
  return columns.reduce<readonly Row[]>(
    (rows, name) => {
      const values = valuesOf(model.columns.get(name))
      return rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value })))
    },
    [{}],
  )
}

function valuesOf(column: Column | undefined): readonly unknown[] {
  const names = [...people, ...groups]
  return column?.list ? [[], ...names.map((name) => [name])] : [null, ...names]
}

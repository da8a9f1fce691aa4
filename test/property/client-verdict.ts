import type { Relation } from '../../src/catalog/model.js'
import type { Args } from './client-fixture.js'
import type { Oracle } from './client-oracle.js'

/** What the rules say of the arguments of a read, before any row is looked at. */
export class Verdict {
  readonly #oracle: Oracle
  /** Why it must be refused: one of these codes, or nothing. */
  readonly refusals = new Set<string>()
  /** It may also be refused for its arguments: no text says, and neither tells anything. */
  mayRefuse = false
  /** By which rights the rows of each model are looked at. */
  readonly uses = new Map<string, Set<string>>()

  constructor(oracle: Oracle) {
    this.#oracle = oracle
  }

  /** The operation of the call itself. */
  call(model: string, operation: string): void {
    if (!this.#use(model, operation))
      this.refusals.add(
        this.#oracle.who.provider === 'identityPool' ? 'UNAUTHENTICATED' : 'FORBIDDEN_OPERATION',
      )
  }

  where(model: string, operation: string, where: unknown): void {
    for (const [key, value] of Object.entries((where ?? {}) as Args)) {
      const relation = this.#oracle.model(model).relations.get(key)
      const unique = this.#oracle.model(model).uniques.get(key)
      if (['AND', 'OR', 'NOT'].includes(key)) {
        for (const part of [value].flat()) this.where(model, operation, part)
      } else if (relation) this.#relationFilter(model, operation, relation, value)
      else for (const field of unique?.fields ?? [key]) this.#everOpen(model, operation, field)
    }
  }

  /** `orderBy`, `cursor`, `distinct`, `by` and `having`: what sorts and groups tells of the value on every row. */
  listing(model: string, operation: string, args: Args): void {
    this.where(model, operation, args['where'])
    for (const order of [args['orderBy'] ?? []].flat() as Args[]) {
      for (const [key, value] of Object.entries(order)) this.#order(model, key, value)
    }
    for (const field of [args['distinct'] ?? [], args['by'] ?? []].flat(2) as string[])
      this.#alwaysOpen(model, field)
    for (const field of Object.keys(args['having'] ?? {})) this.#alwaysOpen(model, field)
    for (const sum of ['_count', '_min', '_max', '_avg', '_sum']) {
      if (typeof args[sum] === 'object') this.#columns(model, args[sum] as Args)
    }
  }

  /** The `select` of count. */
  counted(model: string, select: unknown): void {
    this.#columns(model, (select ?? {}) as Args)
  }

  selection(model: string, args: Args): void {
    const chosen = { ...(args['select'] as Args | undefined), ...(args['include'] as Args | undefined) }
    for (const [key, value] of Object.entries(chosen)) {
      const relation = this.#oracle.model(model).relations.get(key)
      if (key === '_count') this.#counts(model, value)
      if (!relation || value === false) continue
      const operation = relation.list ? 'list' : 'get'
      // Of a model that is closed nothing comes, whatever is asked of it.
      const isShut = !this.#use(relation.model, operation)
      if (value === true) continue
      const { refusals } = this.#inner((inner) => {
        inner.listing(relation.model, operation, value as Args)
        inner.selection(relation.model, value as Args)
      })
      if (isShut) this.mayRefuse ||= refusals.size > 0
      else for (const refusal of refusals) this.refusals.add(refusal)
    }
  }

  #inner(work: (inner: Verdict) => void): Verdict {
    const inner = new Verdict(this.#oracle)
    work(inner)
    for (const [model, operations] of inner.uses) for (const one of operations) this.#use(model, one)
    this.mayRefuse ||= inner.mayRefuse
    return inner
  }

  #counts(model: string, value: unknown): void {
    const lists = [...this.#oracle.model(model).relations.values()].filter(({ list }) => list)
    const select = value === true ? undefined : ((value as Args)['select'] as Args)
    for (const relation of lists) {
      const one = select ? select[relation.field] : true
      if (one === undefined || one === false) continue
      if (!this.#use(relation.model, 'list')) this.mayRefuse = true
      else if (one !== true) this.where(relation.model, 'list', (one as Args)['where'])
    }
  }

  #relationFilter(model: string, operation: string, relation: Relation, value: unknown): void {
    const filter = value as Args | null
    const isAboutKey =
      relation.from.length > 0 &&
      (filter === null ||
        ('is' in filter && filter['is'] === null) ||
        ('isNot' in filter && filter['isNot'] === null))
    for (const field of relation.from) this.#everOpen(model, operation, field)
    if (isAboutKey) {
      if (this.#oracle.isDenied(relation.model, 'list')) this.mayRefuse = true
      return
    }
    if (!this.#use(relation.model, 'list')) this.refusals.add('UNSUPPORTED_ARGUMENT')
    // Looked at from the other side, a key that is never shown points nowhere; or is refused as on its own side.
    const back = [...this.#oracle.model(relation.model).relations.values()].find(
      (other) => other.name === relation.name && other.field !== relation.field && other.from.length > 0,
    )
    if (back?.from.some((field) => !this.#oracle.isEverOpen(relation.model, 'list', field)))
      this.mayRefuse = true
    const words = ['is', 'isNot', 'some', 'every', 'none']
    const inner = Object.entries(filter ?? {})
    for (const [word, part] of inner) {
      if (words.includes(word)) this.where(relation.model, 'list', part)
      else this.where(relation.model, 'list', { [word]: part })
    }
  }

  #order(model: string, key: string, value: unknown): void {
    const relation = this.#oracle.model(model).relations.get(key)
    if (!relation) {
      this.#alwaysOpen(model, key)
      return
    }
    this.#use(relation.model, 'list')
    const isAll = this.#oracle.isAll(relation.model, 'list')
    const back = [...this.#oracle.model(relation.model).relations.values()].filter(
      (other) => other.name === relation.name && other.field !== relation.field,
    )
    const keysOpen =
      relation.from.every((field) => this.#oracle.isAlwaysOpen(model, 'list', field)) &&
      back.every(({ from }) =>
        from.every((field) => this.#oracle.isAlwaysOpen(relation.model, 'list', field)),
      )
    if (!isAll || !keysOpen) this.refusals.add('UNSUPPORTED_ARGUMENT')
    for (const field of Object.keys(value as Args))
      if (field !== '_count') this.#alwaysOpen(relation.model, field)
  }

  #columns(model: string, fields: Args): void {
    for (const field of Object.keys(fields)) if (field !== '_all') this.#alwaysOpen(model, field)
  }

  #everOpen(model: string, operation: string, field: string): void {
    if (!this.#oracle.isEverOpen(model, operation, field)) this.refusals.add('UNSUPPORTED_ARGUMENT')
  }

  #alwaysOpen(model: string, field: string): void {
    if (!this.#oracle.isAlwaysOpen(model, 'list', field)) this.refusals.add('UNSUPPORTED_ARGUMENT')
  }

  #use(model: string, operation: string): boolean {
    this.uses.set(model, (this.uses.get(model) ?? new Set()).add(operation))
    return !this.#oracle.isDenied(model, operation)
  }
}

import type { Relation } from '../../src/catalog/model.js'
import type { Args } from './client-fixture.js'
import { otherEnd } from './client-nested.js'
import { Refused } from './client-refused.js'
import { partsOf, type Simulation } from './client-simulation.js'
import type { Row } from './client-tables.js'
import { current, simulateCreate, simulateUpdate, vacate } from './client-tree.js'
import { plain } from './client-values.js'
import { evaluate } from './where-evaluator.js'

/** The relations by which other rows are linked to this one. */
export function joined(
  sim: Simulation,
  model: string,
  row: Row,
  nested: Args,
  within: 'create' | 'update',
): void {
  for (const [field, operations] of Object.entries(nested)) {
    const relation = sim.oracle.model(model).relations.get(field)
    if (!relation || relation.from.length > 0) continue
    sim.isTree = true
    for (const [word, value] of Object.entries(operations as Args)) {
      for (const one of parts(word, value)) {
        const side = new Side(sim, model, current(sim, model, row), relation, within)
        side.write(word, one)
      }
    }
  }
}

/** One by one, except where the list is one thing. */
function parts(word: string, value: unknown): readonly unknown[] {
  if (word === 'createMany') return (value as { data: unknown[] }).data
  return word === 'set' || !Array.isArray(value) ? [value] : (value as unknown[])
}

/** Words that concern the linked rows alone, not that they are linked. */
const ofOthers: readonly string[] = ['update', 'updateMany', 'delete', 'deleteMany']

/** A row and a relation whose foreign keys others hold, or a table between. */
class Side {
  readonly #sim: Simulation
  readonly #model: string
  readonly #row: Row
  readonly #relation: Relation
  readonly #back: Relation
  readonly #within: 'create' | 'update'

  constructor(sim: Simulation, model: string, row: Row, relation: Relation, within: 'create' | 'update') {
    this.#sim = sim
    this.#model = model
    this.#row = row
    this.#relation = relation
    this.#back = otherEnd(sim, model, relation)
    this.#within = within
  }

  write(word: string, value: unknown): void {
    const { where, create, data, update } = (value ?? {}) as Readonly<Record<string, Args>>
    const sim = this.#sim
    const target = this.#relation.model
    if (this.#isTable() && !ofOthers.includes(word)) this.#mustBeWritable()
    switch (word) {
      case 'create':
      case 'createMany':
        this.#create(value as Args)
        return
      case 'connect':
        this.#connect(this.#mustSee(value as Args))
        return
      case 'connectOrCreate': {
        const there = sim.seen(target, where ?? {})
        if (!there && sim.named(target, where ?? {})) sim.mayRefuse = true
        if (there) this.#connect(there)
        else this.#create(create ?? {})
        return
      }
      case 'set': {
        const kept = (value as Args[]).map((one) => this.#mustSee(one))
        for (const row of this.#linked()) if (!kept.includes(row)) this.#unlink(row)
        for (const row of kept) if (!this.#isLinked(row)) this.#connect(row)
        return
      }
      case 'disconnect':
        for (const row of this.#chosen(value)) this.#unlink(row)
        return
      case 'delete':
        sim.drop(target, this.#mustChoose(value))
        return
      case 'update':
        simulateUpdate(
          sim,
          target,
          this.#mustChoose(this.#relation.list ? where : true),
          (this.#relation.list ? data : value) as Args,
        )
        return
      case 'upsert': {
        const [row] = this.#chosen(this.#relation.list ? where : true)
        if (row) simulateUpdate(sim, target, row, update ?? {})
        else this.#create(create ?? {})
        return
      }
      default:
        this.#many(word, (word === 'updateMany' ? where : value) as Args, data)
    }
  }

  #many(word: string, where: Args, data: Args | undefined): void {
    const sim = this.#sim
    const target = this.#relation.model
    const operation = word === 'updateMany' ? 'update' : 'delete'
    sim.mustBeAllowed(target, operation)
    if (Object.keys(where).length > 0) sim.mustBeAllowed(target, 'list')
    else if (sim.oracle.isDenied(target, 'list')) sim.mayRefuse = true
    if (operation === 'update') {
      const { sent } = partsOf(sim.oracle, target, data ?? {})
      sim.mustBeOpen(target, sent)
      sim.mustPoint(target, sent)
    }
    for (const row of [...this.#linked()]) {
      const values = plain(where) as Row
      if (evaluate(values, row) !== true || !sim.oracle.holds(target, 'list', row)) continue
      const { sent } = partsOf(sim.oracle, target, data ?? {}, row)
      if (operation === 'delete' && sim.oracle.holds(target, 'delete', row)) sim.world.remove(target, row)
      if (operation === 'update' && sim.changed(target, row, sent)) sim.change(target, row, sent)
    }
  }

  #create(data: Args): void {
    const sim = this.#sim
    if (this.#isTable()) {
      this.#link(simulateCreate(sim, this.#relation.model, data), 'create')
      return
    }
    this.#mustBeSeen()
    this.#makeRoom()
    simulateCreate(sim, this.#relation.model, data, this.#key())
  }

  #connect(row: Row): void {
    const sim = this.#sim
    const target = this.#relation.model
    if (this.#isTable()) {
      this.#link(row, 'update')
      return
    }
    this.#mustBeSeen()
    if (this.#isLinked(row) && !sim.changed(target, row, this.#key())) sim.mayRefuse = true
    this.#makeRoom(row)
    sim.change(target, current(sim, target, row), this.#key())
  }

  #unlink(row: Row): void {
    const sim = this.#sim
    if (this.#isTable()) {
      this.#mustBeTheirs(row, 'update')
      const { A, B } = this.#pairOf(row)
      this.#pair(this.#pairs().filter((pair) => pair['A'] !== A || pair['B'] !== B))
      return
    }
    if (this.#back.required) throw new Refused('a required relation would be lost')
    sim.change(this.#relation.model, row, Object.fromEntries(this.#back.from.map((field) => [field, null])))
  }

  /** Puts a row into the table between, which has been found or was made by this call. */
  #link(row: Row, right: 'create' | 'update'): void {
    this.#mustBeTheirs(row, right)
    if (!this.#isLinked(row)) this.#pair([...this.#pairs(), this.#pairOf(row)])
  }

  /** The relation is a field of this row, without rules of its own: to send it is to write it. */
  #mustBeWritable(): void {
    if (!this.#sim.oracle.isOpen(this.#model, this.#within, this.#relation.field, this.#row))
      throw new Refused('the row may be seen, not written')
  }

  /** And it is a field of the other row. The exception asks for no more than a sight of that. */
  #mustBeTheirs(row: Row, right: 'create' | 'update'): void {
    const { oracle } = this.#sim
    const target = this.#relation.model
    if (!oracle.holds(target, 'get', row)) throw new Refused('the row is missing or hidden')
    if (oracle.opensLink(this.#model, this.#relation.field)) return
    if (!oracle.isOpen(target, right, this.#back.field, row))
      throw new Refused('the row may be seen, not written')
  }

  /** The one place of a one-to-one relation: who has it leaves. */
  #makeRoom(but?: Row): void {
    if (this.#relation.list) return
    const sim = this.#sim
    for (const row of sim.world.rows(this.#relation.model)) {
      if (row !== but && this.#isLinked(row)) vacate(sim, this.#relation.model, row, this.#back)
    }
  }

  /** The rows linked to this one, as far as the caller may see that they are. */
  #linked(): readonly Row[] {
    const sim = this.#sim
    const target = this.#relation.model
    const all = sim.world.rows(target).filter((row) => this.#isLinked(row))
    const seen = all.filter(
      (row) =>
        sim.canGet(target, row) &&
        this.#back.from.every((field) => sim.oracle.isOpen(target, 'get', field, row)),
    )
    if (seen.length < all.length) sim.mayRefuse = true
    return seen
  }

  #chosen(choice: unknown): readonly Row[] {
    const linked = this.#linked()
    if (choice === true) return linked
    const row = this.#sim.named(this.#relation.model, choice as Args)
    const isThere = row !== undefined && linked.includes(row)
    // Prisma itself is not of one mind about what is not linked.
    if (!isThere) this.#sim.mayRefuse = true
    return isThere ? [row] : []
  }

  #mustChoose(choice: unknown): Row {
    const [row] = this.#chosen(choice)
    if (!row) throw new Refused('the row is missing or hidden')
    return row
  }

  #mustSee(where: Args): Row {
    const row = this.#sim.seen(this.#relation.model, where)
    if (!row) throw new Refused('the row is missing or hidden')
    return row
  }

  /** What a key points at must be seen, also by who has just written it. */
  #mustBeSeen(): void {
    if (!this.#sim.canGet(this.#model, this.#row))
      throw new Refused('a foreign key names no row that can be seen')
  }

  #isTable(): boolean {
    return this.#relation.list && this.#back.list
  }

  #isLinked(row: Row): boolean {
    if (this.#isTable()) {
      const { A, B } = this.#pairOf(row)
      return this.#pairs().some((pair) => pair['A'] === A && pair['B'] === B)
    }
    return Object.entries(this.#key()).every(([field, value]) => row[field] === value)
  }

  #key(): Row {
    return Object.fromEntries(this.#back.from.map((field, at) => [field, this.#row[this.#back.to[at] ?? '']]))
  }

  #table() {
    const found = this.#sim.world.links.find(({ table }) => table === `_${this.#relation.name}`)
    if (!found) throw new Error(`${this.#relation.name} has no table`)
    return found
  }

  #pairs(): readonly Row[] {
    return this.#sim.world.pairs(this.#table().table)
  }

  #pair(pairs: readonly Row[]): void {
    this.#sim.world.setPairs(this.#table().table, pairs)
  }

  #pairOf(row: Row): Row {
    const { a } = this.#table()
    const isA = a.model === this.#model && a.field === this.#relation.field
    return isA ? { A: this.#row['id'], B: row['id'] } : { A: row['id'], B: this.#row['id'] }
  }
}

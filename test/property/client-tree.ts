import type { Relation } from '../../src/catalog/model.js'
import type { Args } from './client-fixture.js'
import { joined } from './client-joined.js'
import { otherEnd } from './client-nested.js'
import { Refused } from './client-refused.js'
import { partsOf, type Simulation } from './client-simulation.js'
import type { Row } from './client-tables.js'

/** Thinks a create through, with all that is nested in its data. */
export function simulateCreate(sim: Simulation, model: string, data: Args, given: Row = {}): Row {
  const { sent, nested } = partsOf(sim.oracle, model, data)
  sim.mustBeAllowed(model, 'create')
  const keys = owningKeys(sim, model, undefined, nested)
  sim.mustPoint(model, sent)
  const row = sim.insert(model, { ...sent, ...keys, ...given })
  joined(sim, model, row, nested, 'create')
  return row
}

/** Thinks an update of a row that is there through, with all that is nested in its data. */
export function simulateUpdate(sim: Simulation, model: string, row: Row, data: Args): Row {
  const { sent, nested } = partsOf(sim.oracle, model, data, row)
  sim.mustBeAllowed(model, 'update')
  // Who may not write the row at all learns nothing of what is nested.
  if (!sim.changed(model, row, {}) && Object.keys(sent).length === 0) sim.change(model, row, {})
  const later: (() => void)[] = []
  const keys = owningKeys(sim, model, row, nested, later)
  sim.mustPoint(model, sent)
  const now = sim.change(model, current(sim, model, row), { ...sent, ...keys })
  for (const work of later) work()
  joined(sim, model, now, nested, 'update')
  return now
}

type Operation = readonly [string, unknown]

/** The relations whose foreign keys this row holds: what is written there first, and the keys that come of it. */
function owningKeys(
  sim: Simulation,
  model: string,
  row: Row | undefined,
  nested: Args,
  later: (() => void)[] = [],
): Row {
  const keys: Record<string, unknown> = {}
  for (const [field, operations] of Object.entries(nested)) {
    const relation = sim.oracle.model(model).relations.get(field)
    if (!relation || relation.from.length === 0) continue
    sim.isTree = true
    for (const operation of Object.entries(operations as Args))
      Object.assign(keys, owningKey(sim, model, row, relation, operation, later))
  }
  return keys
}

function owningKey(
  sim: Simulation,
  model: string,
  row: Row | undefined,
  relation: Relation,
  [word, value]: Operation,
  later: (() => void)[],
): Row {
  const there = () => {
    const key = relation.from.map((field) => row?.[field])
    const isKnown = row && relation.from.every((field) => sim.oracle.isOpen(model, 'get', field, row))
    const target = key.includes(null) ? undefined : sim.target(relation, key)
    // A key he may not read, or a row he may not see: there is nothing for him.
    if (!isKnown || (!target && !key.includes(null))) sim.mayRefuse = true
    return isKnown ? target : undefined
  }
  const to = (target: Row) => {
    if (!sim.canGet(relation.model, target)) throw new Refused('a foreign key names no row that can be seen')
    const key = Object.fromEntries(relation.from.map((field, at) => [field, target[relation.to[at] ?? '']]))
    leave(sim, model, row, relation, key)
    return key
  }
  const nowhere = () => Object.fromEntries(relation.from.map((field) => [field, null]))
  const found = () => {
    const target = there()
    if (!target) throw new Refused('the row is missing or hidden')
    return target
  }
  const { where, create, update } = value as Readonly<Record<string, Args>>
  switch (word) {
    case 'create':
      return to(simulateCreate(sim, relation.model, value as Args))
    case 'connect': {
      const target = sim.seen(relation.model, value as Args)
      if (!target) throw new Refused('the row is missing or hidden')
      return to(target)
    }
    case 'connectOrCreate':
      return to(
        seenOrMade(sim, relation.model, where ?? {}, () => simulateCreate(sim, relation.model, create ?? {})),
      )
    case 'disconnect':
      return nowhere()
    case 'delete': {
      const target = found()
      later.push(() => sim.drop(relation.model, current(sim, relation.model, target)))
      return nowhere()
    }
    case 'update': {
      const target = found()
      later.push(
        () => void simulateUpdate(sim, relation.model, current(sim, relation.model, target), value as Args),
      )
      return {}
    }
    default: {
      const target = there()
      if (!target) return to(simulateCreate(sim, relation.model, create ?? {}))
      later.push(
        () => void simulateUpdate(sim, relation.model, current(sim, relation.model, target), update ?? {}),
      )
      return {}
    }
  }
}

/** In a one-to-one relation whoever has the place leaves it, which is a write on him. */
function leave(sim: Simulation, model: string, row: Row | undefined, relation: Relation, key: Row): void {
  if (otherEnd(sim, model, relation).list) return
  for (const other of sim.world.rows(model)) {
    const isThere = Object.entries(key).every(([field, value]) => other[field] === value)
    if (isThere && other !== row) vacate(sim, model, other, relation)
  }
}

export function vacate(sim: Simulation, model: string, other: Row, relation: Relation): void {
  if (relation.required) throw new Refused('a required relation would be lost')
  const none = Object.fromEntries(relation.from.map((field) => [field, null]))
  if (!sim.changed(model, other, none)) throw new Refused('a required relation would be lost')
  sim.mayRefuse = true
  sim.change(model, other, none)
}

function seenOrMade(sim: Simulation, model: string, where: Args, make: () => Row): Row {
  const seen = sim.seen(model, where)
  if (!seen && sim.named(model, where)) sim.mayRefuse = true
  return seen ?? make()
}

/** A row as it is by now: what was nested may have changed it, or taken it away. */
export function current(sim: Simulation, model: string, row: Row): Row {
  const { id } = sim.oracle.model(model)
  const now = sim.world.find(model, Object.fromEntries(id.map(({ name }) => [name, row[name]])))
  if (!now) sim.mayRefuse = true
  if (!now) throw new Refused('the row is missing or hidden')
  return now
}

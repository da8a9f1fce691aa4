import type { Args } from './client-fixture.js'
import { keyOf } from './client-oracle.js'
import { Refused } from './client-refused.js'
import type { Call } from './client-scene.js'
import { partsOf, type Simulation } from './client-simulation.js'
import type { Row } from './client-tables.js'
import { current, simulateCreate, simulateUpdate } from './client-tree.js'

/**
 * Thinks a whole call through.
 *
 * @param matching the keys of the rows a mass write's `where` finds
 * @returns the rows that are written; of a delete, as they were
 */
export function simulateCall(
  sim: Simulation,
  { model, method, args }: Call,
  matching: ReadonlySet<string> = new Set(),
): readonly Row[] {
  const { where, data, create, update } = args as Readonly<Record<string, Args>>
  switch (method) {
    case 'create':
      return [simulateCreate(sim, model, data ?? {})]
    case 'createMany':
    case 'createManyAndReturn':
      sim.mustBeAllowed(model, 'create')
      return (args['data'] as Args[]).map((row) => simulateCreate(sim, model, row))
    case 'update':
      sim.mustBeAllowed(model, 'update')
      return [
        current(sim, model, simulateUpdate(sim, model, written(sim, model, where ?? {}, data), data ?? {})),
      ]
    case 'upsert': {
      sim.mustBeAllowed(model, 'create')
      sim.mustBeAllowed(model, 'update')
      const row = sim.named(model, where ?? {})
      // To look for a row is to get it; one he may change and not see is told either way.
      if (row && !sim.canGet(model, row)) sim.mayRefuse = true
      if (row && (sim.canGet(model, row) || sim.changed(model, row, {})))
        return [current(sim, model, simulateUpdate(sim, model, row, update ?? {}))]
      return [simulateCreate(sim, model, create ?? {})]
    }
    case 'delete': {
      sim.mustBeAllowed(model, 'delete')
      const row = written(sim, model, where ?? {})
      sim.drop(model, row)
      return [row]
    }
    default:
      return simulateMany(sim, model, method === 'deleteMany' ? 'delete' : 'update', args, matching)
  }
}

/** The row a call names. What can be written on no row may be refused before it is looked for. */
function written(sim: Simulation, model: string, where: Args, data: Args = {}): Row {
  const row = sim.named(model, where)
  if (row) return row
  const isShut = sim.closed(model, partsOf(sim.oracle, model, data).sent).length > 0
  throw new Refused(
    isShut ? 'a value may be written on no row, this one hidden' : 'the row is missing or hidden',
  )
}

/** Mass writes change, of the rows they find, those the caller may; the others they pass over. */
function simulateMany(
  sim: Simulation,
  model: string,
  operation: 'update' | 'delete',
  args: Args,
  matching: ReadonlySet<string>,
): readonly Row[] {
  sim.mustBeAllowed(model, operation)
  if (args['where'] !== undefined) sim.mustBeAllowed(model, 'list')
  const data = (args['data'] ?? {}) as Args
  const { sent: asSent } = partsOf(sim.oracle, model, data)
  if (operation === 'update') {
    sim.mustBeOpen(model, asSent)
    sim.mustPoint(model, asSent)
  }
  const rows: Row[] = []
  for (const row of sim.world
    .rows(model)
    .filter((one) => matching.has(keyOf(sim.oracle.model(model), one)))) {
    const { sent } = partsOf(sim.oracle, model, data, row)
    if (operation === 'delete') {
      if (!sim.oracle.holds(model, 'delete', row)) continue
      sim.world.remove(model, row)
      rows.push(row)
    } else if (sim.changed(model, row, sent)) rows.push(sim.change(model, row, sent))
  }
  return rows
}

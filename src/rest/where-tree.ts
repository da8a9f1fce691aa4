import type { Column } from '../catalog/model.js'
import type { InputFault } from '../errors.js'
import { fieldScope } from '../policy/decide.js'
import type { Where } from '../policy/scope-to-where.js'
import { anyColumn } from '../scope/any-column.js'
import { isPlainObject } from '../scope/unsupported.js'
import { invalidMember, memberFaults, unknownMember } from './faults.js'
import { everything, operators, type OperatorName } from './operators.js'
import type { RelatedResource } from './resource.js'
import { asks, sideAcross, testOf, type Side } from './side.js'

/** How deep conditions nest, and how many there are at most: tests of columns, and what joins them. */
export const maxDepth = 5
export const maxNodes = 50

/** A condition as Prisma's `where`, or what is wrong with it. */
export interface ParsedWhere {
  readonly where: Where
  readonly faults: readonly InputFault[]
}

type Path = readonly (string | number)[]

/** What has been met so far in one tree. */
interface Met {
  readonly faults: InputFault[]
  nodes: number
}

/** Where in the tree something stands. */
interface Place {
  readonly met: Met
  readonly side: Side
  readonly path: Path
  readonly depth: number
  /** Whether a relation may be followed from here: it may once. */
  readonly mayHop: boolean
}

/**
 * Parses a condition on rows: tests of columns, `and`, `or`, `not`, and one hop over a relation. Names are looked up
 * among what this caller may list of the model at hand: a field that is hidden from him, a relation to rows he may
 * not see and a name that does not exist are one and the same, and nothing below them is looked at.
 *
 * The scoped client gets the names again, and joins the rules to each of them.
 *
 * @param path where the condition stands in the body
 */
export function parseWhere(side: Side, sent: unknown, path: Path): ParsedWhere {
  const met: Met = { faults: [], nodes: 0 }
  const where = condition(sent, { met, side, path, depth: 0, mayHop: true })
  if (met.nodes <= maxNodes) return { where, faults: met.faults }
  return { where: nothing, faults: [invalidMember(path, `holds more than ${maxNodes} conditions`)] }
}

/** What stands for a part that is refused; it is never asked. */
const nothing: Where = { OR: [] }

function condition(sent: unknown, place: Place): Where {
  const entries = entriesOf(sent, place)
  if (!entries) return nothing
  // An empty condition holds for every row; it counts, or there could be any number.
  place.met.nodes += Math.max(1, entries.length)
  if (place.met.nodes > maxNodes) return nothing
  if (entries.length === 0) return everything(anyColumn(place.side.resource.policy))
  return { AND: entries.map(([key, value]) => member(key, value, place)) }
}

function member(key: string, value: unknown, place: Place): Where {
  if (key === 'and') return { AND: members(value, below(place, key)) }
  if (key === 'or') return { OR: members(value, below(place, key)) }
  if (key === 'not') return { NOT: deeper(value, below(place, key)) }
  const { resource, decision } = place.side
  const column = resource.policy.model.columns.get(key)
  if (column && fieldScope(decision, key).kind !== 'none') return tests(column, value, below(place, key))
  const related = place.mayHop ? resource.relations.get(key) : undefined
  const side = related && sideAcross(place.side, related)
  return side ? acrossTo(related, value, { ...below(place, key), side, mayHop: false }) : unknown(key, place)
}

function members(sent: unknown, place: Place): Where[] {
  if (Array.isArray(sent) && sent.length > 0)
    return sent.map((item: unknown, at) => deeper(item, below(place, at)))
  place.met.faults.push(invalidMember(place.path, 'is not a list of conditions'))
  return []
}

/** A condition within another one. */
function deeper(sent: unknown, place: Place): Where {
  if (place.depth < maxDepth) return condition(sent, { ...place, depth: place.depth + 1 })
  place.met.faults.push(invalidMember(place.path, `is nested deeper than ${maxDepth}`))
  return nothing
}

/** A related row that a condition holds for, or some or none of several. */
function acrossTo({ relation }: RelatedResource, sent: unknown, place: Place): Where {
  if (!relation.list) return { [relation.field]: { is: deeper(sent, place) } }
  const entries = entriesOf(sent, place)
  if (entries?.length === 0) place.met.faults.push(invalidMember(place.path, 'takes some or none'))
  const quantified = (entries ?? []).map(([quantifier, value]): Where => {
    if (quantifier !== 'some' && quantifier !== 'none') return unknown(quantifier, place)
    place.met.nodes += 1
    return { [relation.field]: { [quantifier]: deeper(value, below(place, quantifier)) } }
  })
  return { AND: quantified }
}

/** The tests of one column, each an operator with what it is given. */
function tests(column: Column, sent: unknown, place: Place): Where {
  const { side, met, path } = place
  const isHidden = (name: string) => name in operators && !asks(side, column, name as OperatorName)
  const hidden = isPlainObject(sent) ? Object.keys(sent).find(isHidden) : undefined
  if (hidden !== undefined) return unknown(hidden, place)
  const { data, error } =
    side.resource.conditions.get(column.name)?.safeParse(sent, { reportInput: true }) ?? {}
  if (error) met.faults.push(...memberFaults(error, path))
  const given = Object.entries(data ?? {})
  if (data && given.length === 0) met.faults.push(invalidMember(path, 'names no operator'))
  met.nodes += Math.max(0, given.length - 1)
  return { AND: given.map(([name, value]) => testOf(side, column, name as OperatorName, valuesOf(value))) }
}

function valuesOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [value]
}

function below(place: Place, step: string | number): Place {
  return { ...place, path: [...place.path, step] }
}

function unknown(key: string, { met, path }: Place): Where {
  met.faults.push(unknownMember([...path, key]))
  return nothing
}

function entriesOf(sent: unknown, { met, path }: Place): [string, unknown][] | undefined {
  if (isPlainObject(sent)) return Object.entries(sent)
  if (isProtoKeyed(sent)) met.faults.push(unknownMember([...path, '__proto__']))
  else met.faults.push(invalidMember(path, 'is not an object'))
  return undefined
}

/** `JSON.parse` makes an own key of `__proto__`, which is a name like any other that does not exist. */
function isProtoKeyed(sent: unknown): boolean {
  return typeof sent === 'object' && sent !== null && Object.hasOwn(sent, '__proto__')
}

import type { Operation } from '../policy/operation.js'
import { governing, rulesOf, type Policy } from '../policy/policy.js'
import type { RelatedResource, Resource } from './resource.js'

/** A value of `include`, step by step: `comments.author` is the relation `comments`, and `author` of its rows. */
export type IncludePath = readonly RelatedResource[]

/** Where rows are read: one by its id, or several at once. */
export type ReadPlace = 'item' | 'list'

const maxDepth = 2

/** To-many relations on one path: each multiplies the rows of an answer by what it is capped at. */
const maxToMany: Readonly<Record<ReadPlace, number>> = { item: 2, list: 1 }

/**
 * The relations some caller can read, in the order of the schema: their rows, and the keys that lead to them. To the
 * others, a relation is as unknown as a field that does not exist.
 */
export function readableRelations({ policy, relations }: Resource): readonly RelatedResource[] {
  return [...relations.values()].filter(({ relation, target }) => {
    const theirs = target.policy.model.relations.get(relation.inverse)
    const ours = [...relation.from, ...(theirs?.to ?? [])]
    const others = [...relation.to, ...(theirs?.from ?? [])]
    return (
      rulesOf(target.policy).some(({ operations }) => operations.has(relation.list ? 'list' : 'get')) &&
      ours.every((key) => isReadable(policy, key)) &&
      others.every((key) => isReadable(target.policy, key))
    )
  })
}

/**
 * Every value `include` takes, with the relations it goes over: two steps at most, and in a list one to-many relation
 * at most.
 */
export function includePaths(resource: Resource, place: ReadPlace): ReadonlyMap<string, IncludePath> {
  const known = paths[place].get(resource) ?? new Map(pathsFrom(resource, place, []))
  paths[place].set(resource, known)
  return known
}

const paths = {
  item: new WeakMap<Resource, ReadonlyMap<string, IncludePath>>(),
  list: new WeakMap<Resource, ReadonlyMap<string, IncludePath>>(),
}

function pathsFrom(resource: Resource, place: ReadPlace, before: IncludePath): [string, IncludePath][] {
  if (before.length === maxDepth) return []
  return readableRelations(resource).flatMap((to): [string, IncludePath][] => {
    const path = [...before, to]
    if (path.filter(({ relation }) => relation.list).length > maxToMany[place]) return []
    const name = path.map(({ relation }) => relation.field).join('.')
    return [[name, path], ...pathsFrom(to.target, place, path)]
  })
}

/** Whether some caller can read a field. Ids come with the row. */
function isReadable(policy: Policy, field: string): boolean {
  const reads: readonly Operation[] = ['get', 'list']
  return (
    policy.model.id.some(({ name }) => name === field) ||
    governing(policy, field).all.some(({ operations }) => reads.some((read) => operations.has(read)))
  )
}

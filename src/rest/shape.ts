import { fieldScope, type Allowed } from '../policy/decide.js'
import { includePaths, type IncludePath, type ReadPlace } from './include-paths.js'
import type { RelatedResource, Resource } from './resource.js'

/** What of a row is answered. */
export interface Shape {
  /** The fields; without them, every one the caller may read. */
  readonly fields: ReadonlySet<string> | undefined
  readonly include: readonly Inclusion[]
}

/** Related rows that come along, whole, and what comes along with them. */
export interface Inclusion {
  readonly to: RelatedResource
  readonly include: readonly Inclusion[]
}

/** The parameters of a shape. */
type ShapeParameter = 'fields' | 'include'

/** What the caller asks for: fields, and relations with dots between them. */
export interface AskedShape {
  readonly fields?: readonly string[] | undefined
  readonly include?: readonly string[] | undefined
}

/** What is wrong with a parameter. One text for every reason: what is hidden must read like what does not exist. */
export interface ShapeFault {
  readonly name: ShapeParameter
  readonly detail: string
  /** Which of its values; `undefined` for all of them together. */
  readonly at?: number
}

/** Paths of one call: each costs a statement or more. */
const maxPaths = 20

/** Those of them that lead to lists, from several rows: where these are long, each row costs a statement of its own. */
const maxLists = 3

/**
 * The shape a caller asks for, and what is wrong with it. A field he can never read is as unknown as one that does
 * not exist. A relation whose rows he may not read is known, it leads to none.
 *
 * @param decision of the call: `get` or `list`
 */
export function readShape(
  resource: Resource,
  decision: Allowed,
  place: ReadPlace,
  asked: AskedShape,
): { readonly shape: Shape; readonly faults: readonly ShapeFault[] } {
  const { columns } = resource.policy.model
  const { fields, include = [] } = asked
  const isField = (name: string) => columns.has(name) && fieldScope(decision, name).kind !== 'none'
  const known = includePaths(resource, place)
  const paths = [...new Set(include)].flatMap((name) => [known.get(name)])
  const faults: readonly ShapeFault[] = [
    ...unknownIn('fields', fields, isField, 'takes fields that you can read'),
    ...unknownIn('include', asked.include, (name) => known.has(name), 'takes the relations of this call'),
    ...(paths.length > maxPaths
      ? [{ name: 'include' as const, detail: `takes ${maxPaths} relations at most` }]
      : []),
    ...(place === 'list' && listsAmong(paths) > maxLists
      ? [{ name: 'include' as const, detail: `takes ${maxLists} to-many relations at most in a list` }]
      : []),
  ]
  const found = paths.filter((path) => path !== undefined)
  return { shape: { fields: fields && new Set(fields), include: inclusionsOf(found) }, faults }
}

/** How many lists are to be read: `comments` and `comments.author` go over the same one. */
function listsAmong(paths: readonly (IncludePath | undefined)[]): number {
  const lists = paths.flatMap((path = []) => {
    const at = path.findIndex(({ relation }) => relation.list)
    return at < 0
      ? []
      : [
          path
            .slice(0, at + 1)
            .map(({ relation }) => relation.field)
            .join('.'),
        ]
  })
  return new Set(lists).size
}

/** What of the values of a parameter is not known; that there is none, where it was sent. */
function unknownIn(
  name: ShapeParameter,
  values: readonly string[] | undefined,
  isKnown: (value: string) => boolean,
  detail: string,
): ShapeFault[] {
  if (values?.length === 0) return [{ name, detail }]
  return (values ?? []).flatMap((value, at) => (isKnown(value) ? [] : [{ name, detail, at }]))
}

/** The values of a parameter that repeats, or has commas between them. */
export function separated(values: readonly string[]): readonly string[] {
  return values.flatMap((value) => value.split(','))
}

/** Paths as a tree: `comments` and `comments.author` are one relation. */
function inclusionsOf(paths: readonly IncludePath[]): Inclusion[] {
  const first = new Set(paths.flatMap(([to]) => to ?? []))
  return [...first].map((to) => ({
    to,
    include: inclusionsOf(paths.filter((path) => path[0] === to).map((path) => path.slice(1))),
  }))
}

import { z } from 'zod'
import type { Column } from '../catalog/model.js'
import { governing, type Policies, type Policy } from '../policy/policy.js'
import { booleanText, textSchema } from './column-schema.js'
import { maxValues } from './faults.js'
import { holdsNoComma, operatorOf, type OperatorName } from './operators.js'
import { isComposite } from './owner-value.js'

/** A parameter of a list that compares a column. */
export interface Filter {
  readonly column: Column
  readonly operator: OperatorName
  /** The values of the texts it was given: one for each time it stands. */
  readonly schema: z.ZodType<readonly unknown[]>
}

/** Parameter names a list takes beside its filters; a column so named is not filtered in the URL. */
export const listParameters = ['limit', 'cursor', 'sort', 'fields', 'include', 'count'] as const

/** In a URL it is a credential, and refused wherever it stands (RFC 6750 section 2.3). */
const credentialParameter = 'access_token'

/** How many parameters an operation has at most, those of its path among them. */
const maxParameters = 100

/** The operators of the URL, in the order in which they get a place: each stands for all its columns, or for none. */
const rounds: readonly (readonly OperatorName[])[] = [
  ['eq'],
  ['in'],
  ['null'],
  ['gt', 'gte', 'lt', 'lte'],
  ['contains'],
  ['startsWith'],
  ['has'],
  ['eq__i', 'contains__i', 'startsWith__i'],
]

/** The filters of a model's list, by the names of their parameters. What nobody can ever list has none. */
export function filtersOf(policy: Policy, policies: Policies): ReadonlyMap<string, Filter> {
  const maxFilters = maxParameters - listParameters.length - longestPath(policy, policies)
  const columns = [...policy.model.columns.values()].filter((column) => isInUrl(policy, column))
  const filters = new Map<string, Filter>()
  for (const round of rounds) {
    const fitting = columns.flatMap((column) =>
      round.flatMap((operator) => filterOf(policy, column, operator)),
    )
    const hasRoom = filters.size + fitting.length <= maxFilters
    for (const [name, filter] of hasRoom ? fitting : round.includes('eq') ? fitting.slice(0, maxFilters) : [])
      filters.set(name, filter)
  }
  return filters
}

/** Path parameters of the longest path that lists the model: of a row it is related to, if any. */
function longestPath({ model }: Policy, policies: Policies): number {
  const parents = [...model.relations.values()].map((relation) => policies.get(relation.model))
  return Math.max(0, ...parents.map((parent) => parent?.model.id.length ?? 0))
}

/** `title`, `title__in`, `title__i` … */
export function parameterName(column: string, operator: OperatorName): string {
  return operator === 'eq' ? column : `${column}__${operator.replace(/^eq__/u, '')}`
}

/** A name as generated clients may fold it: two that are then equal are one. */
export function folded(name: string): string {
  return name.replaceAll(/[^a-z\d]/giu, '').toLowerCase()
}

function isInUrl(policy: Policy, column: Column): boolean {
  return isListed(policy, column) && !isReserved(column)
}

function isListed(policy: Policy, column: Column): boolean {
  if (policy.model.id.includes(column)) return true
  return governing(policy, column.name).all.some(({ operations }) => operations.has('list'))
}

function isReserved({ name }: Column): boolean {
  return name === credentialParameter || listParameters.some((parameter) => parameter === folded(name))
}

/** Columns that a URL cannot filter, because there their name means something else. */
export function reservedNotes(policies: Policies): string[] {
  return [...policies.values()].flatMap((policy) =>
    [...policy.model.columns.values()]
      .filter((column) => isListed(policy, column) && isReserved(column))
      .map(
        ({ name }) =>
          `${policy.model.name}.${name} is filtered in the body of query only: in a URL, ${name} means something else`,
      ),
  )
}

function filterOf(policy: Policy, column: Column, name: OperatorName): [string, Filter][] {
  const operator = operatorOf(name)
  // A column that is never null is not asked whether it is.
  if (!operator.fits(column) || (name === 'null' && column.required)) return []
  if (operator.looksInside && isComposite(policy, column)) return []
  const item = textSchema({ ...column, list: false }, policy.model.enums)
  const schema = schemas[operator.takes](column, item ?? z.string())
  return [[parameterName(column.name, name), { column, operator: name, schema }]]
}

const once = (schema: z.ZodType) =>
  z.tuple([
    z
      .string()
      .min(1)
      .transform((text): unknown => text)
      .pipe(schema),
  ])

const schemas = {
  value: (_: Column, item: z.ZodType) => once(item),
  text: () => once(z.string()),
  flag: () => once(booleanText()),
  // A comma separates too, where no value holds one: some generated clients join lists.
  values: (column: Column, item: z.ZodType) =>
    z
      .array(z.string())
      .transform((texts) => (holdsNoComma(column) ? texts.flatMap((text) => text.split(',')) : texts))
      .pipe(
        z
          .array(
            z
              .string()
              .min(1)
              .transform((text): unknown => text)
              .pipe(item),
          )
          .max(maxValues),
      ),
}

import pluralize from 'pluralize'
import { z } from 'zod'
import type { Column } from '../catalog/model.js'
import { rulesOf, type Policies, type Policy } from '../policy/policy.js'
import { inputSchema, outputSchema, textSchema } from './column-schema.js'

/** A model as REST serves it; everything here is made once, at boot. */
export interface Resource {
  readonly policy: Policy
  /** The collection's path segment: `blog-posts`. */
  readonly segment: string
  /** `BlogPost` */
  readonly name: string
  /** `BlogPosts`, for operation ids. */
  readonly plural: string
  /** The id's path parameters with the schema of each: `postId`; `teamId` and `userId` of a compound id. */
  readonly idParameters: readonly {
    readonly name: string
    readonly column: Column
    readonly schema: z.ZodType
  }[]
  readonly create: z.ZodType<Readonly<Record<string, unknown>>>
  readonly update: z.ZodType<Readonly<Record<string, unknown>>>
  readonly row: z.ZodType
  /** The columns that can be compared with a text in the URL. */
  readonly filters: ReadonlyMap<string, z.ZodType>
  /** The columns rows can be sorted by. */
  readonly sortable: ReadonlySet<string>
  /** The column that says when a row came to be, for the default order. */
  readonly creationTime: Column | undefined
}

/** Parameter names a list takes beside its filters; a column so named is not filtered in the URL. */
export const listParameters = ['limit', 'cursor', 'sort', 'fields', 'include', 'count'] as const

/** The resources of every model with rules. */
export function resourcesOf(policies: Policies): readonly Resource[] {
  return served(policies).map(resourceOf)
}

/** What is wrong with the paths of models: one that is no path segment, or two that are the same. */
export function pathFaults(policies: Policies): string[] {
  const models = served(policies).map((policy) => ({ name: policy.model.name, segment: segmentOf(policy) }))
  return models.flatMap(({ name, segment }, at) => {
    if (!/^[a-z0-9]+(?:[-_][a-z0-9]+)*$/iu.test(segment))
      return [`${name}: .path('${segment}') is not one path segment of letters, digits, "-" and "_"`]
    const other = models.slice(0, at).find((earlier) => earlier.segment === segment)
    return other ? [`${name}: shares the path /${segment} with ${other.name}; give one another .path()`] : []
  })
}

function served(policies: Policies): Policy[] {
  return [...policies.values()].filter((policy) => rulesOf(policy).length > 0)
}

function segmentOf({ model, path }: Policy): string {
  return path ?? kebab(pluralize(model.name))
}

function resourceOf(policy: Policy): Resource {
  const { model } = policy
  const columns = [...model.columns.values()]
  const singular = model.name.charAt(0).toLowerCase() + model.name.slice(1)
  const compound = model.id.length > 1
  return {
    policy,
    name: model.name,
    plural: pluralize(model.name),
    segment: segmentOf(policy),
    idParameters: model.id.map((column) => ({
      name: compound ? column.name : `${singular}${capital(column.name)}`,
      column,
      schema: textSchema(column, model.enums) ?? z.never(),
    })),
    create: bodySchema(
      policy,
      columns.filter((column) => !isServerMade(policy, column)),
      creatable(policy),
    ),
    update: bodySchema(
      policy,
      columns.filter((column) => !isServerMade(policy, column) && !model.id.includes(column)),
      () => false,
    ),
    row: z.object(
      Object.fromEntries(columns.map((column) => [column.name, outputSchema(column, model.enums)])),
    ),
    filters: new Map(columns.flatMap((column) => filterOf(policy, column))),
    sortable: new Set(columns.filter(isSortable).map((column) => column.name)),
    creationTime: columns.find(isCreationTime),
  }
}

type BodySchema = Resource['create']

function bodySchema(
  policy: Policy,
  columns: readonly Column[],
  required: (column: Column) => boolean,
): BodySchema {
  const shape = columns.map((column) => {
    const schema = inputSchema(column, policy.model.enums)
    return [column.name, required(column) ? schema : schema.optional()]
  })
  return z.strictObject(Object.fromEntries(shape) as z.ZodRawShape)
}

/** A value a caller must send: no default, not nullable, and not stamped with his identity. */
function creatable(policy: Policy): (column: Column) => boolean {
  const stamped = rulesOf(policy)
    .filter((rule) => rule.strategy === 'owner' && rule.operations.has('create'))
    .map((rule) => rule.column?.name)
  return (column) => column.required && !column.list && !column.default && !stamped.includes(column.name)
}

/** Values the server makes: timestamps, the version, and ids with a default unless callers may choose them. */
function isServerMade(policy: Policy, column: Column): boolean {
  if (column === policy.version || column.default === 'updatedAt') return true
  if (isCreationTime(column)) return true
  return policy.model.id.includes(column) && column.default !== undefined && !policy.clientIds
}

function filterOf(policy: Policy, column: Column): [string, z.ZodType][] {
  const schema = textSchema(column, policy.model.enums)
  return schema && !listParameters.includes(column.name as never) ? [[column.name, schema]] : []
}

/** `createdAt`, `created_on`, `insertedAt` …, filled in by `@default(now())`. */
function isCreationTime({ name, type, default: kind, list }: Column): boolean {
  return type === 'DateTime' && kind === 'now' && !list && /^(?:creat|insert)/iu.test(name)
}

function isSortable(column: Column): boolean {
  return !column.list && column.type !== 'Json' && column.type !== 'Bytes'
}

function kebab(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])|([A-Z])(?=[A-Z][a-z])/gu, '$1$3-$2')
    .replaceAll('_', '-')
    .toLowerCase()
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}

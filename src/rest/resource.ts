import pluralize from 'pluralize'
import { z } from 'zod'
import type { Column, Relation } from '../catalog/model.js'
import { isImprecise } from '../catalog/is-imprecise.js'
import { rulesOf, type Policies, type Policy } from '../policy/policy.js'
import { batchSchemas, type BatchSchemas } from './batch-schemas.js'
import { clearableOf, createSchema, updateSchema, type BodySchema } from './body-schemas.js'
import { columnFilter, type ColumnFilter } from './column-filter.js'
import { outputSchema, textSchema } from './column-schema.js'
import { isCreationTime } from './creation-time.js'
import { filtersOf, type Filter } from './filters.js'
import { idNames } from './id-names.js'
import { hasValues } from './operators.js'
import { isComposite } from './owner-value.js'
import { kebab } from './words.js'

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
  readonly create: BodySchema
  readonly update: BodySchema
  /** The same for many rows at once. */
  readonly batch: BatchSchemas
  /** What `?clear=` of an update takes. */
  readonly clearable: ReadonlySet<string>
  readonly row: z.ZodType
  /** The filters of its list, by the names of their parameters. */
  readonly filters: ReadonlyMap<string, Filter>
  /** What a condition in a body may say of each column. */
  readonly conditions: ReadonlyMap<string, ColumnFilter>
  /** The columns rows can be sorted by. */
  readonly sortable: ReadonlySet<string>
  /** The column that says when a row came to be, for the default order. */
  readonly creationTime: Column | undefined
  /** The relations to models that are served too, by the name of their field. */
  readonly relations: ReadonlyMap<string, RelatedResource>
}

/** A relation of a resource and where it leads. */
export interface RelatedResource {
  readonly relation: Relation
  /** The path segment of a to-many relation: `/posts/{postId}/<segment>`. */
  readonly segment: string
  readonly target: Resource
}

/** The path segment of the caller himself, which no model can have. */
export const meSegment = 'me'

/** The resources of every model with rules. */
export function resourcesOf(policies: Policies): readonly Resource[] {
  const relations = new Map<string, Map<string, RelatedResource>>()
  const resources = served(policies).map((policy) => {
    const own = new Map<string, RelatedResource>()
    relations.set(policy.model.name, own)
    return resourceOf(policy, policies, own)
  })
  const byName = new Map(resources.map((resource) => [resource.name, resource]))
  for (const { name, policy } of resources) {
    for (const [field, relation] of policy.model.relations) {
      const target = byName.get(relation.model)
      if (target) relations.get(name)?.set(field, { relation, segment: kebab(field), target })
    }
  }
  return resources
}

/** What is wrong with the paths of models: one that is no path segment, or two that are the same. */
export function pathFaults(policies: Policies): string[] {
  const models = served(policies).map((policy) => ({ name: policy.model.name, segment: segmentOf(policy) }))
  return models.flatMap(({ name, segment }, at) => {
    if (!/^[a-z0-9]+(?:[-_][a-z0-9]+)*$/iu.test(segment))
      return [`${name}: .path('${segment}') is not one path segment of letters, digits, "-" and "_"`]
    if (segment === meSegment)
      return [`${name}: the path /${segment} is that of the caller himself; give it another .path()`]
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

function resourceOf(
  policy: Policy,
  policies: Policies,
  relations: ReadonlyMap<string, RelatedResource>,
): Resource {
  const { model } = policy
  const columns = [...model.columns.values()]
  const ids = idNames(model)
  const create = createSchema(policy)
  const update = updateSchema(policy)
  return {
    policy,
    name: model.name,
    plural: pluralize(model.name),
    segment: segmentOf(policy),
    idParameters: model.id.map((column, at) => ({
      name: ids[at] ?? '',
      column,
      schema: textSchema(column, model.enums) ?? z.never(),
    })),
    create,
    update,
    clearable: clearableOf(policy, update),
    batch: batchSchemas(model, create, update),
    row: z.object(
      Object.fromEntries(columns.map((column) => [column.name, outputSchema(column, model.enums)])),
    ),
    filters: filtersOf(policy, policies),
    conditions: new Map(columns.map((column) => [column.name, columnFilter(column, model.enums)])),
    sortable: new Set(
      columns
        // An id is shown as it is stored; of another composite owner a part is not, which an order would tell of.
        .filter((column) => isSortable(column) && (model.id.includes(column) || !isComposite(policy, column)))
        .map((column) => column.name),
    ),
    creationTime: columns.find((column) => isCreationTime(column) && isSortable(column)),
    relations,
  }
}

function isSortable(column: Column): boolean {
  return !column.list && hasValues(column) && !isImprecise(column)
}

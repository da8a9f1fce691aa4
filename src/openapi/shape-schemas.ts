import type { Operation } from '../policy/operation.js'
import { includePaths, type ReadPlace } from '../rest/include-paths.js'
import type { Resource } from '../rest/resource.js'
import type { JsonSchema } from './json-schema.js'
import { ref } from './model-schemas.js'
import type { ModelNames } from './names.js'
import { isOpen } from './visibility.js'

type Parameter = Readonly<Record<string, unknown>>

const reads: Readonly<Record<ReadPlace, Operation>> = { item: 'get', list: 'list' }

/** The enums of `fields` and `include`: those of one row by themselves where they differ from those of a list. */
export function shapeSchemas(resource: Resource, model: ModelNames): Record<string, JsonSchema> {
  const names = (['list', 'item'] as const).map((place) => namesIn(resource, model, place))
  return Object.fromEntries(
    names.flatMap(({ fields, include }) => [
      [fields.name, { type: 'string', enum: fields.values }],
      ...(include.values.length > 0 ? [[include.name, { type: 'string', enum: include.values }]] : []),
    ]),
  ) as Record<string, JsonSchema>
}

/** The parameters that say what of a row is answered. */
export function shapeParameters(resource: Resource, model: ModelNames, place: ReadPlace): Parameter[] {
  const { fields, include } = namesIn(resource, model, place)
  const parameter = (name: string, description: string, schema: string): Parameter => ({
    name,
    in: 'query',
    description,
    style: 'form',
    explode: true,
    schema: { type: 'array', items: ref(schema) },
  })
  return [
    parameter('fields', 'Only these fields. Default: all that you may read.', fields.name),
    ...(include.values.length > 0
      ? [
          parameter(
            'include',
            'Related rows that come along, as far as you may read them: of a list the first 100. A dot leads on.',
            include.name,
          ),
        ]
      : []),
  ]
}

/** The names of the enums and their values. An item has those of a list, unless it allows others. */
function namesIn(resource: Resource, model: ModelNames, place: ReadPlace) {
  const [fields, include] = valuesIn(resource, place)
  const [listFields, listInclude] = valuesIn(resource, 'list')
  return {
    fields: { values: fields, name: isSame(fields, listFields) ? model.fields : model.itemFields },
    include: { values: include, name: isSame(include, listInclude) ? model.include : model.itemInclude },
  }
}

function valuesIn(resource: Resource, place: ReadPlace): [string[], string[]] {
  const { policy } = resource
  const fields = [...policy.model.columns.keys()].filter((name) => isOpen(policy, name, reads[place]))
  return [fields, [...includePaths(resource, place).keys()]]
}

function isSame(left: readonly string[], right: readonly string[]): boolean {
  return left.join() === right.join()
}

import type { Resource } from '../rest/resource.js'
import { filterKind } from './filter-kind.js'

/** The names of one model's components. */
export interface ModelNames {
  readonly row: string
  readonly create: string
  readonly update: string
  readonly page: string
  readonly sort: string
  /** What `?clear=` takes. */
  readonly clear: string
  /** An id of several columns. */
  readonly key: string
  /** What a batch answers. */
  readonly batch: string
  readonly batchCreate: string
  readonly batchUpdate: string
  readonly batchUpdateItem: string
  readonly batchDelete: string
  readonly batchDeleteItem: string
  /** The enums of `fields` and `include`, and of one row where that allows others. */
  readonly fields: string
  readonly include: string
  readonly itemFields: string
  readonly itemInclude: string
  /** The body of its `query`, and the filter in it. */
  readonly query: string
  readonly filter: string
  /** What a filter asks of it over a relation, and of some or none of several. */
  readonly condition: string
  readonly quantifier: string
}

/** Every name the document gives. */
export interface Names {
  readonly models: ReadonlyMap<Resource, ModelNames>
  readonly enums: ReadonlyMap<string, string>
  /** What a filter says of a column, by the column's kind. */
  readonly filters: ReadonlyMap<string, string>
  readonly count: string
  readonly problem: string
  readonly fault: string
  readonly me: string
  readonly modelOperations: string
  readonly operationName: string
  readonly provider: string
  /** An operation's id: `listPosts`. */
  readonly operation: (verb: string, noun: string) => string
}

/**
 * Names what the document describes: `Post`, `PostCreate`, … Models and enums keep their names; a name of ours that
 * is taken gets a number, so that a model called `Problem` or `PostPage` is no mistake.
 */
export function namesOf(resources: readonly Resource[]): Names {
  const component = uniqueNames()
  const rows = resources.map((resource) => [resource, component(pascal(resource.name))] as const)
  const enums = Object.keys(resources[0]?.policy.model.enums ?? {})
  const kinds = new Set(resources.flatMap(({ policy }) => [...policy.model.columns.values()].map(filterKind)))
  const operation = uniqueNames()
  return {
    enums: new Map(enums.map((name) => [name, component(pascal(name))])),
    problem: component('Problem'),
    fault: component('InputFault'),
    me: component('Me'),
    modelOperations: component('ModelOperations'),
    operationName: component('Operation'),
    provider: component('Provider'),
    models: new Map(
      rows.map(([resource, row]) => [
        resource,
        {
          row,
          create: component(`${row}Create`),
          update: component(`${row}Update`),
          page: component(`${row}Page`),
          sort: component(`${row}Sort`),
          clear: component(`${row}Clear`),
          key: component(`${row}Key`),
          batch: component(`${row}Batch`),
          batchCreate: component(`${row}BatchCreate`),
          batchUpdate: component(`${row}BatchUpdate`),
          batchUpdateItem: component(`${row}BatchUpdateItem`),
          batchDelete: component(`${row}BatchDelete`),
          batchDeleteItem: component(`${row}BatchDeleteItem`),
          fields: component(`${row}Fields`),
          include: component(`${row}Include`),
          itemFields: component(`${row}ItemFields`),
          itemInclude: component(`${row}ItemInclude`),
          query: component(`${row}Query`),
          filter: component(`${row}Filter`),
          condition: component(`${row}Condition`),
          quantifier: component(`${row}Quantifier`),
        },
      ]),
    ),
    filters: new Map([...kinds].map((kind) => [kind, component(`${pascal(kind)}Filter`)])),
    count: component('CountMode'),
    operation: (verb, noun) => operation(verb + pascal(noun)),
  }
}

/** Names in lower case and with spaces, for people. */
export function words(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])|([A-Z])(?=[A-Z][a-z])/gu, '$1$3 $2')
    .replaceAll('_', ' ')
    .toLowerCase()
}

/** Generated clients fold case, so two names must differ in more than that. */
function uniqueNames(): (name: string) => string {
  const taken = new Set<string>()
  return (name) => {
    let free = name
    for (let count = 2; taken.has(free.toLowerCase()); count++) free = `${name}${count}`
    taken.add(free.toLowerCase())
    return free
  }
}

function pascal(name: string): string {
  return name
    .split(/[^A-Za-z\d]+/u)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')
}

import type { RelatedResource, Resource } from '../rest/resource.js'
import type { ModelNames, Names } from './names.js'
import type { Security } from './security.js'

type Member = Readonly<Record<string, unknown>>

/** One method of a path. */
export interface OpenApiOperation {
  readonly operationId: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly security: Security
  readonly parameters?: readonly Member[]
  readonly requestBody?: Member
  readonly responses: Readonly<Record<string, Member>>
}

/** A path by its methods, in lower case. */
export type OpenApiPath = Readonly<Record<string, OpenApiOperation>>

/** What a description is made from. */
export interface Described {
  readonly resource: Resource
  /** The relation in the path, where there is one. */
  readonly relation: RelatedResource | undefined
  readonly model: ModelNames
  readonly names: Names
}

import type { RuleDefinition } from './rule-definition.js'

/** What REST and the scoped client are told about a model beside its rules. */
export interface ModelOptions {
  readonly path?: string
  readonly version?: string
  readonly clientIds?: boolean
  readonly requireIfMatch?: boolean
}

/** A many-to-many relation whose other rows are linked by whoever may do this with them, as written. */
export interface LinkDefinition {
  readonly relation: string
  /** `get`, if it is right. */
  readonly needs: string
}

/** The rules of one field, as written. */
export interface FieldDefinition {
  readonly rules?: readonly RuleDefinition[]
}

/** The rules of one model, as written. */
export interface ModelDefinition {
  readonly rules?: readonly RuleDefinition[]
  readonly fields: Readonly<Record<string, FieldDefinition>>
  readonly links?: readonly LinkDefinition[]
  readonly options: ModelOptions
}

/** The rules of a schema, as written. Models it does not name are closed. */
export interface SchemaDefinition {
  readonly rules?: readonly RuleDefinition[]
  readonly models: Readonly<Record<string, ModelDefinition>>
}

import type { Call, Row } from './call.js'
import { etagOf } from './etag.js'
import type { Resource } from './resource.js'
import { serializeRow } from './serialize.js'

/** A row that was written, as its writer may see it. */
export interface WrittenRow {
  /** The row; of one that he may not get, the id alone. */
  readonly body: Row
  readonly isHidden: boolean
  /** The ETag; none for a row that is hidden from him, which he can compare with nothing. */
  readonly headers: Readonly<Record<string, string>>
}

/** Shows a row to whoever wrote it. */
export function writtenRow({ resource, principal, settings }: Call, row: Row): WrittenRow {
  const body = serializeRow(resource, principal, row)
  const isHidden = isIdAlone(resource, row)
  return { body, isHidden, headers: isHidden ? {} : { ETag: etagOf(resource, settings.secrets, body) } }
}

/** Whether no more than the id of a row is shown: its writer may not get it. */
export function isIdAlone({ policy: { model } }: Resource, row: Row): boolean {
  return Object.keys(row).length === model.id.length && model.columns.size > model.id.length
}

import type { Call, Row } from './call.js'
import { etagOf } from './etag.js'
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
  const { columns, id } = resource.policy.model
  const body = serializeRow(resource, principal, row)
  const isHidden = Object.keys(row).length === id.length && columns.size > id.length
  return { body, isHidden, headers: isHidden ? {} : { ETag: etagOf(resource, settings.secrets, body) } }
}

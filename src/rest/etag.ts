import type { Policy } from '../policy/policy.js'
import type { Row } from './call.js'
import type { Resource } from './resource.js'
import type { Secret } from './secrets.js'

/**
 * The strong ETag (RFC 9110) of a row as one caller sees it: `"<row>-<view>"`. The first part is the version where the
 * caller reads one, else a digest of all they read of the row; the second is a digest of the answer.
 *
 * @param body what is answered
 * @param row all the caller may read of the row, where the answer shows only a part of it
 */
export function etagOf({ policy }: Resource, secret: Secret, body: Row, row: Row = body): string {
  return `"${stateOf(policy, secret, row)}-${secret.digest('etag', JSON.stringify(body))}"`
}

/**
 * What tells the state of a row, the first part of its ETag: its version, or, where this caller reads none, a digest of
 * all they read of it.
 */
export function stateOf({ version }: Policy, secret: Secret, row: Row): string {
  const value = version && row[version.name]
  return typeof value === 'number' || typeof value === 'string'
    ? String(value)
    : secret.digest('row', JSON.stringify(row))
}

/** Whether `If-None-Match` names this tag. Weak tags never match ours; `*` matches whatever exists. */
export function noneMatch(header: string | undefined, etag: string | undefined): boolean {
  if (header === undefined || etag === undefined) return false
  return header.trim() === '*' || (tagsIn(header) ?? []).includes(etag)
}

/** The first part of one of our tags; `undefined` for a weak tag and for one that is none of ours. */
export function stateIn(tag: string): string | undefined {
  return /^"([\w-]{1,22})-[\w-]{22}"$/u.exec(tag)?.[1]
}

/** A list of entity tags (RFC 9110 section 8.8.3), weak or strong, between commas; a tag may hold commas itself. */
const entityTag = String.raw`(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"`
const tagList = new RegExp(String.raw`^[\s,]*${entityTag}(?:\s*,[\s,]*${entityTag})*[\s,]*$`, 'u')

/** The tags of a header; `undefined` where it is no list of tags. */
export function tagsIn(header: string): string[] | undefined {
  return tagList.test(header)
    ? [...header.matchAll(new RegExp(entityTag, 'gu'))].map(([tag]) => tag)
    : undefined
}

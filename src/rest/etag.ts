import { ClaimstakeError } from '../errors.js'
import { decide, fieldScope } from '../policy/decide.js'
import type { Call, Row } from './call.js'
import type { Resource } from './resource.js'
import type { Secrets } from './secrets.js'

/**
 * The strong ETag (RFC 9110) of a row as one caller sees it: `"<version>-<digest of the body>"`. A model without a
 * version column has only the digest, and a caller who cannot read the version gets none.
 */
export function etagOf({ policy }: Resource, secrets: Secrets, body: Row): string | undefined {
  const view = secrets.digest('etag', JSON.stringify(body))
  if (!policy.version) return `"${view}"`
  const version = body[policy.version.name]
  return typeof version === 'number' || typeof version === 'string' ? `"${version}-${view}"` : undefined
}

/** Whether `If-None-Match` names this tag. Weak tags never match ours; `*` matches whatever exists. */
export function noneMatch(header: string | undefined, etag: string | undefined): boolean {
  if (header === undefined || etag === undefined) return false
  return header.trim() === '*' || tagsIn(header).includes(etag)
}

/** An entity tag (RFC 9110 section 8.8.3), weak or strong. */
const entityTag = /^(?:W\/)?"[^"]*"$/u

/**
 * The versions `If-Match` names, as a condition for the WHERE of the write; `undefined` when there is none to check.
 *
 * @throws {ClaimstakeError} when the header cannot be read, or the model counts no versions
 */
export function matchCondition({ resource: { policy }, principal, ifMatch: header }: Call): Row | undefined {
  if (header === undefined || header.trim() === '*') return undefined
  const tags = tagsIn(header)
  if (tags.length === 0 || !tags.every((tag) => entityTag.test(tag))) {
    throw malformed('If-Match takes an ETag, a list of them, or *.')
  }
  const reading = decide(policy, principal, 'get')
  const { version } = policy
  if (!version || !reading.allowed || fieldScope(reading, version.name).kind === 'none') {
    throw malformed('There is no version here that you can read, so If-Match cannot be checked.')
  }
  const versions = tags.flatMap((tag) => /^"(\d{1,18})-[\w-]{22}"$/u.exec(tag)?.[1] ?? [])
  const big = version.type === 'BigInt'
  return {
    [version.name]: {
      in: versions.map((text) => (big ? BigInt(text) : Number(text))).filter(inRange),
    },
  }
}

/** No column holds more, and the database would refuse the comparison. */
function inRange(version: bigint | number): boolean {
  return typeof version === 'bigint' || version <= 2_147_483_647
}

function tagsIn(header: string): string[] {
  return header
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '')
}

function malformed(detail: string): ClaimstakeError {
  return new ClaimstakeError('MALFORMED_REQUEST', { detail })
}

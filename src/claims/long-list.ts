import { jsonList } from './read-claims.js'

const longestList = 1000

/**
 * Whether a list of more than 1,000 members stands anywhere in a claims set, written out or as the JSON text some
 * issuers put groups in. Such a token is refused (RULES section 2): nobody is in that many groups, and any rule
 * may name any list.
 */
export function holdsLongList(value: unknown): boolean {
  if (typeof value === 'string') return value.length > longestList && holdsLongList(jsonList(value))
  if (typeof value !== 'object' || value === null) return false
  return (Array.isArray(value) && value.length > longestList) || Object.values(value).some(holdsLongList)
}

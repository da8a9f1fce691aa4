import { jsonList } from './read-claims.js'

const longestList = 1000

/**
 * Whether a list of more than 1,000 members stands anywhere in a claims set, written out or as the JSON text some
 * issuers put groups in. Such a token is refused (RULES section 2): nobody is in that many groups, and any rule
 * may name any list.
 */
export function holdsLongList(value: unknown): boolean {
  // No recursion: how deep the JSON in a text nests is up to who wrote it.
  const left = [value]
  while (left.length > 0) {
    const each = left.pop()
    const read = typeof each === 'string' && each.length > longestList ? jsonList(each) : each
    if (typeof read !== 'object' || read === null) continue
    if (Array.isArray(read) && read.length > longestList) return true
    for (const member of Object.values(read)) left.push(member)
  }
  return false
}

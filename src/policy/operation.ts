/** What a caller can want to do with rows. */
export type Operation = 'create' | 'get' | 'list' | 'update' | 'delete' | 'listen'

/** What a rule may name: `read` is get + list + listen; `sync` and `search` are Amplify's words for list. */
export type RuleOperation = Operation | 'read' | 'sync' | 'search'

/** Every operation, in the order messages list them. */
export const operations: readonly Operation[] = ['create', 'get', 'list', 'update', 'delete', 'listen']

const meanings: Readonly<Record<RuleOperation, readonly Operation[]>> = {
  create: ['create'],
  get: ['get'],
  list: ['list'],
  update: ['update'],
  delete: ['delete'],
  listen: ['listen'],
  read: ['get', 'list', 'listen'],
  sync: ['list'],
  search: ['list'],
}

/** The operations a rule's word stands for; none for a word that is none. */
export function operationsOf(word: string): readonly Operation[] {
  return Object.hasOwn(meanings, word) ? meanings[word as RuleOperation] : []
}

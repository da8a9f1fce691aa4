import { isDeadlock } from '../database-error.js'
import { ClaimstakeError, type InputFault } from '../errors.js'
import { failureOf } from '../http/failure-of.js'
import { keyText } from '../scope/key-text.js'
import type { Call, Row } from './call.js'
import { isObject } from './fields.js'
import { findId, idParts } from './id-of.js'
import { noQuery } from './input.js'
import { preconditionOf, preconditionRequired, type Precondition } from './precondition.js'
import type { Resource } from './resource.js'

const maxItems = 100

/** How often a batch is begun again that another transaction stood in the way of. */
const maxTries = 4

/** A batch as it was sent, before anything in its items is looked at. */
export interface SentBatch {
  readonly body: unknown
  readonly items: readonly unknown[]
}

/**
 * Reads the body of a batch; the call takes no parameters.
 *
 * @throws {ClaimstakeError} `MALFORMED_REQUEST` for more than 100 items, besides what reading a body throws
 */
export async function sentBatch(call: Call): Promise<SentBatch> {
  const body = await call.body()
  const items: unknown = isObject(body) ? body['items'] : undefined
  const list: readonly unknown[] = Array.isArray(items) ? items : []
  if (list.length > maxItems) {
    const errors: InputFault[] = [{ pointer: '/items', code: 'invalid', detail: `are more than ${maxItems}` }]
    throw new ClaimstakeError('MALFORMED_REQUEST', { detail: `Send at most ${maxItems} items.`, errors })
  }
  noQuery(call)
  return { body, items: list }
}

/** The row that an item of a batch names. */
export interface NamedRow {
  /** `undefined` for what no row can have as its id. */
  readonly id: Row | undefined
  /** The id as text: by it the rows of a batch are told apart and put in order. */
  readonly key: string
  readonly precondition: Precondition
}

/** The rows the items name, read as ids in a path and `If-Match` in a header are. */
export interface NamedRows {
  readonly rows: readonly NamedRow[]
  /** The items whose row another one names too. */
  readonly repeated: readonly InputFault[]
}

/**
 * Reads what items say about their rows. What is no id by its type is left to the schema.
 *
 * @throws {ClaimstakeError} `MALFORMED_REQUEST` for an `ifMatch` that is none
 */
export function namedRows(call: Call, items: readonly unknown[]): NamedRows {
  const rows = items.map((item, at): NamedRow => {
    const { id, ifMatch }: Row = isObject(item) ? item : {}
    const text = typeof ifMatch === 'string' ? ifMatch : undefined
    const precondition = preconditionOf(call, text, `/items/${at}/ifMatch`)
    return { ...readId(call.resource, id), precondition }
  })
  const keys = rows.map(({ key }) => key)
  const repeated = keys.flatMap((key, at): InputFault[] =>
    key !== '' && keys.indexOf(key) < at
      ? [{ pointer: `/items/${at}/id`, code: 'invalid', detail: 'stands more than once' }]
      : [],
  )
  return { rows, repeated }
}

/**
 * Where the model demands it, every item says which state of its row it is for.
 *
 * @throws {ClaimstakeError} `PRECONDITION_REQUIRED` naming the items that do not
 */
export function mustSayIfMatch({ resource }: Call, items: readonly unknown[]): void {
  if (!resource.policy.requireIfMatch) return
  const errors = items.flatMap((item, at): InputFault[] =>
    isObject(item) && item['ifMatch'] === undefined
      ? [{ pointer: `/items/${at}/ifMatch`, code: 'required', detail: 'is needed for this model' }]
      : [],
  )
  if (errors.length > 0) throw preconditionRequired(errors)
}

/** One write of a batch. */
export interface BatchWrite {
  /** Where its fields stand below the item: `''` or `/set`. */
  readonly fields: string
  /** Two batches write their common rows in one order, by this, so that neither waits for the other for ever. */
  readonly key?: string
  readonly write: (call: Call) => Promise<Row>
}

/**
 * Runs the writes of a batch in one transaction, all or nothing; the answer is in the order they were sent in.
 *
 * @throws {ClaimstakeError} the failure of one of them, with a pointer to its item
 */
export async function writeAll(call: Call, writes: readonly BatchWrite[]): Promise<readonly Row[]> {
  const ordered = [...writes.entries()].sort(([, one], [, other]) => compare(one.key, other.key))
  const run = () =>
    call.transact(async (tx) => {
      const inside: Call = { ...call, client: tx.client, transact: (work) => work(tx) }
      const rows = writes.map((): Row => ({}))
      for (const [at, { fields, write }] of ordered) {
        rows[at] = await write(inside).catch((error: unknown) => {
          throw atItem(error, at, fields)
        })
      }
      return rows
    })
  for (let tried = 1; ; tried++) {
    try {
      return await run()
    } catch (error) {
      // All of it is undone, so it can begin again: foreign keys and unique values are met in an order of their own.
      // Not in the transaction of an idempotent call, which is broken then: its caller sends it again.
      if (tried === maxTries || call.idempotencyKey !== undefined || !isWorthRepeating(error)) throw error
    }
  }
}

function compare(one = '', other = ''): number {
  return one === other ? 0 : one < other ? -1 : 1
}

function readId(resource: Resource, id: unknown): Omit<NamedRow, 'precondition'> {
  const { model } = resource.policy
  const values =
    model.id.length === 1 ? [id] : model.id.map(({ name }) => (isObject(id) ? id[name] : undefined))
  if (!values.every(isScalar)) return { id: undefined, key: '' }
  const texts = values.map(String)
  const found = findId(resource, texts)
  const parts = found ? Object.values(idParts(resource, found)).map(keyText) : texts
  return { id: found, key: JSON.stringify(parts) }
}

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value)
}

/** What a refused row is told as, beside what its own failure tells. */
const kinds: Readonly<Record<number, Omit<InputFault, 'pointer'>>> = {
  403: { code: 'forbidden', detail: 'is not allowed to you' },
  404: { code: 'not_found', detail: 'names no row that you can see' },
  409: { code: 'conflict', detail: 'conflicts with stored data' },
  412: { code: 'changed', detail: 'has changed' },
}

/** The failure of one item with pointers to it; what is nobody's fault in it stays as it is. */
function atItem(error: unknown, at: number, fields: string): unknown {
  const failure = failureOf(error)
  if (failure.status >= 500) return error
  const item = `/items/${at}`
  const own = failure.errors?.map((fault) => ({ ...fault, pointer: item + fields + (fault.pointer ?? '') }))
  const kind = kinds[failure.status] ?? { code: 'invalid', detail: 'is not acceptable' }
  const { detail, headers } = failure
  return new ClaimstakeError(failure.code, {
    ...(detail !== undefined && { detail }),
    errors: own ?? [{ pointer: item, ...kind }],
    headers,
    cause: error,
  })
}

/** A row that was lost sight of while the batch was running is missed by its item when it begins again. */
function isWorthRepeating(error: unknown): boolean {
  const isOfNoItem = error instanceof ClaimstakeError && !error.errors?.[0]?.pointer?.startsWith('/items/')
  return isDeadlock(error) || (isOfNoItem && error.code === 'INVALID_INPUT')
}

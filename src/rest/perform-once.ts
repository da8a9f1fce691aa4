import { ClaimstakeError } from '../errors.js'
import type { Answer, Call, Row, Transact, Transaction } from './call.js'
import { callNames, type CallName } from './call-names.js'
import type { Endpoint, Repeat } from './endpoint.js'
import { rowAgain } from './row-again.js'
import type { Resource } from './resource.js'
import { toJson } from './serialize.js'

/** What is kept of calls with an `Idempotency-Key`, in the caller's transaction; `src/store/` has it. */
export interface KeptAnswers {
  readonly take: (keys: readonly string[]) => Promise<boolean>
  readonly find: (keys: readonly string[]) => Promise<KeptAnswer | undefined>
  readonly keep: (answers: readonly KeptAnswer[]) => Promise<boolean>
}

interface KeptAnswer {
  readonly key: string
  readonly fingerprint: string
  readonly answer: string
}

/** Runs work in a new transaction of the caller that can also keep its answer. */
export type TransactOnce = <T>(work: (tx: Transaction, answers: KeptAnswers) => Promise<T>) => Promise<T>

/** An endpoint whose calls can be sent again. */
export type Repeatable = Endpoint & { readonly repeat: Repeat<unknown> }

/** Whether a call is to be performed once for its key. */
export function isRepeatable(endpoint: Endpoint, { idempotencyKey }: Call): endpoint is Repeatable {
  return endpoint.repeat !== undefined && idempotencyKey !== undefined
}

/**
 * The endpoint for a call with an `Idempotency-Key`.
 *
 * @param afterwards called when the call is done
 */
export function performedOnce(
  endpoint: Repeatable,
  transactOnce: TransactOnce,
  afterwards: () => void,
): Endpoint<unknown, Answer> {
  return {
    operation: endpoint.operation,
    validate: (call) => endpoint.validate(call),
    async act(call, input) {
      const answer = await performOnce(endpoint, call, input, transactOnce)
      afterwards()
      return answer
    },
    serialize: (_, answer) => answer,
  }
}

/**
 * Acts on a call with an `Idempotency-Key`: in one transaction with its answer, so that the key is taken if and only if
 * the write happened. Sent again, it is answered from what was kept, as far as its caller may still see it.
 *
 * Kept are the rows of the answer, sealed, not the answer: it is made from them anew, its address and ETag with it.
 *
 * @throws {ClaimstakeError} `IDEMPOTENCY_KEY_BUSY`, `IDEMPOTENCY_KEY_REUSED`; `INVALID_INPUT` for an answer too large to be kept; `NOT_FOUND` for a row the caller may no
 * longer get; whatever the endpoint throws, and then nothing is kept
 */
async function performOnce(
  endpoint: Repeatable,
  call: Call,
  input: unknown,
  transactOnce: TransactOnce,
): Promise<Answer> {
  const names = await callNames(call)
  const keys = names.map(({ key }) => key)
  return transactOnce(async (tx, answers) => {
    if (!(await answers.take(keys))) throw new ClaimstakeError('IDEMPOTENCY_KEY_BUSY')
    const within: Call = { ...call, client: tx.client, transact: withinOne(tx) }
    const known = await answers.find(keys)
    if (known) return replay(endpoint, within, openRows(names, known))
    const result = await endpoint.act(within, input)
    const answer = endpoint.serialize(within, result)
    const rows = answer.body === undefined ? null : endpoint.repeat.rowsOf(result).map(jsonOf(call.resource))
    const text = JSON.stringify(rows)
    if (text.length > maxKept) throw tooLarge()
    if (!(await answers.keep(names.map((name) => keptUnder(name, text)))))
      throw new ClaimstakeError('IDEMPOTENCY_KEY_BUSY')
    return answer
  })
}

/**
 * Work in a transaction that is open already. Where it failed once it cannot be begun again: what it failed of is then
 * said again, not that the transaction is over.
 */
function withinOne(tx: Transaction): Transact {
  let first: Promise<unknown> | undefined
  return async (work) => {
    await first
    const done = work(tx)
    first = done
    return done
  }
}

/** Characters of an answer that is kept: a batch of a few kilobytes may be answered with a hundred large rows. */
const maxKept = 1024 * 1024

function tooLarge(): ClaimstakeError {
  return new ClaimstakeError('INVALID_INPUT', {
    detail: 'The answer is too large to be kept under an Idempotency-Key: send fewer items at once.',
  })
}

/** @param kept the rows of the answer, `null` where it showed none */
async function replay(endpoint: Repeatable, call: Call, kept: readonly Row[] | null): Promise<Answer> {
  const rows: Row[] = []
  for (const row of kept ?? []) rows.push(await rowAgain(call, row))
  // An answer that showed nothing of its rows has nothing to lose.
  const { status, body, headers }: Answer = kept
    ? endpoint.serialize(call, endpoint.repeat.resultOf(rows))
    : { status: 204 }
  return { status, body, headers: { ...headers, 'Idempotency-Replayed': 'true' } }
}

function keptUnder({ key, fingerprint, secret }: CallName, rows: string): KeptAnswer {
  return { key, fingerprint, answer: secret.seal(rows, contextOf(key)) }
}

/** @throws {ClaimstakeError} `IDEMPOTENCY_KEY_REUSED` */
function openRows(names: readonly CallName[], kept: KeptAnswer): readonly Row[] | null {
  const name = names.find(({ key }) => key === kept.key)
  if (name && name.fingerprint !== kept.fingerprint) throw new ClaimstakeError('IDEMPOTENCY_KEY_REUSED')
  const text = name?.secret.open(kept.answer, contextOf(kept.key))
  if (text === undefined) throw new Error('the answer that was kept under an Idempotency-Key was altered')
  return JSON.parse(text) as readonly Row[] | null
}

/** What was kept under one key opens under no other. */
function contextOf(key: string): string {
  return JSON.stringify(['idempotent answer', key])
}

function jsonOf({ policy }: Resource): (row: Row) => Row {
  const columns = [...policy.model.columns.values()]
  return (row) =>
    Object.fromEntries(
      columns
        .filter(({ name }) => row[name] !== undefined)
        .map(({ name, type }) => [name, toJson(row[name], type)]),
    )
}

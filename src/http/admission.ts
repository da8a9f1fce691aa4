import type { RequestHandler } from 'express'
import { ClaimstakeError } from '../errors.js'
import { lateness } from './lateness.js'

/** Why a call was not begun: `late`, the event loop is; `room`, all places to wait in are taken; `patience`, it waited in vain. */
export type Refusal = 'late' | 'room' | 'patience'

export interface AdmissionOptions {
  /** Calls that may wait to be begun. */
  readonly waiting: number
  /** How long one waits at most, in milliseconds. */
  readonly patience: number
  /** How late the event loop may be before no call is begun, in milliseconds. */
  readonly lateness: number
}

export interface Admission {
  /**
   * The stage before anybody is asked who they are: what is refused here costs next to nothing.
   *
   * @throws {ClaimstakeError} `OVERLOADED` with `Retry-After`
   */
  readonly stage: RequestHandler
  readonly refused: () => Readonly<Record<Refusal, number>>
}

/** Calls that are begun in one turn of the event loop: some ten milliseconds of work. */
const perTurn = 16

/**
 * Lets calls begin a few in each turn of the event loop, in the order they came. Node reads all requests that are there
 * in one turn: of a thousand clients who send at once the last would be read before the database's first answer is, no
 * timer would be on time, nor `/readyz` answered. Where the loop is late none the less, no call is begun.
 */
export function admission({ waiting, patience, lateness: limit }: AdmissionOptions): Admission {
  const isLate = lateness({ limit })
  const refused = { late: 0, room: 0, patience: 0 }
  const queue: (() => void)[] = []
  let begun = 0
  let isTurning = false

  const refusal = (why: Refusal) => {
    refused[why]++
    return new ClaimstakeError('OVERLOADED', { headers: { 'Retry-After': '1' } })
  }
  const turn = () => {
    begun = Math.min(perTurn, queue.length)
    isTurning = begun > 0
    // Each by itself: what a call does at once is done before the next one begins.
    for (let at = 0; at < begun; at++) setImmediate(() => queue.shift()?.())
    if (isTurning) setImmediate(turn)
  }
  const stage: RequestHandler = (request, _response, next) => {
    if (isLate()) throw refusal('late')
    if (!isTurning) {
      isTurning = true
      setImmediate(turn)
    }
    if (begun < perTurn && queue.length === 0) {
      begun++
      next()
      return
    }
    if (queue.length >= waiting) throw refusal('room')
    const since = performance.now()
    queue.push(() => {
      // Whoever has gone wants no answer.
      if (request.socket.destroyed) return
      if (performance.now() - since > patience) next(refusal('patience'))
      else next()
    })
  }
  return { stage, refused: () => ({ ...refused }) }
}

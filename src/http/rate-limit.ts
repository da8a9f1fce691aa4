import type { Request, Response } from 'express'
import type { Principal } from '../claims/principal.js'
import { ClaimstakeError } from '../errors.js'
import type { CallerKeys } from './caller-keys.js'

/** How a caller's share stands after a call was counted. */
export interface Share {
  /** Calls in a window. */
  readonly limit: number
  /** Calls left in it; 0 where it is used up. */
  readonly remaining: number
  /** Seconds until the next window. */
  readonly reset: number
  /** Whether this call was one too many. */
  readonly isOver: boolean
}

/** Counts one call under a key that names nobody: `rateLimit({ pool, calls })`, or a function of your own. */
export type RateLimit = (key: string) => Promise<Share>

export interface LimitOptions {
  readonly authenticate: (request: Request) => Promise<Principal>
  /** Counts calls. Default: nothing is counted. */
  readonly limit?: RateLimit | undefined
  readonly callerKeys: CallerKeys
}

/**
 * Finds out who calls, and counts the call under the caller's key; refused credentials count for their address, so that
 * whoever guesses is slowed down and whoever shares the address is not.
 *
 * @throws {ClaimstakeError} `RATE_LIMITED` with `Retry-After`; what `authenticate` throws
 */
export function countedAuthenticate({
  authenticate,
  limit,
  callerKeys,
}: LimitOptions): (request: Request, response: Response) => Promise<Principal> {
  if (!limit) return (request) => authenticate(request)
  return async (request, response) => {
    const count = async (key: string) => spend(await limit(key), response)
    const principal = await authenticate(request).catch(async (error: unknown) => {
      if (isRefusal(error)) await count(callerKeys.ofAddress(request))
      throw error
    })
    await count(callerKeys.of(principal, request))
    return principal
  }
}

function spend({ limit, remaining, reset, isOver }: Share, response: Response): void {
  response.set({
    'RateLimit-Limit': String(limit),
    'RateLimit-Remaining': String(remaining),
    'RateLimit-Reset': String(reset),
  })
  if (isOver)
    throw new ClaimstakeError('RATE_LIMITED', { headers: { 'Retry-After': String(Math.max(reset, 1)) } })
}

function isRefusal(error: unknown): boolean {
  return error instanceof ClaimstakeError && error.status < 500
}

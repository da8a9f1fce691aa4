import { isIPv6 } from 'node:net'
import type { Request, Response } from 'express'
import type { Principal } from '../claims/principal.js'
import { ClaimstakeError } from '../errors.js'

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
  readonly identityKey: (principal: Principal) => string
  /** Whether a caller has an identity, so that their key is theirs alone. */
  readonly isIdentified: (principal: Principal) => boolean
  /** Makes a key of an address that cannot be read back. */
  readonly addressKey: (address: string) => string
}

/**
 * Finds out who calls, and counts the call: under the caller's identity key, and for guests and refused credentials
 * under that of their address, so that whoever guesses is slowed down and whoever shares the address with them is not.
 * Callers without an identity may have one key in common, so theirs is counted for each address.
 *
 * @throws {ClaimstakeError} `RATE_LIMITED` with `Retry-After`; what `authenticate` throws
 */
export function countedAuthenticate({
  authenticate,
  limit,
  identityKey,
  isIdentified,
  addressKey,
}: LimitOptions): (request: Request, response: Response) => Promise<Principal> {
  if (!limit) return (request) => authenticate(request)
  const ofAddress = ({ ip }: Request) => `address:${addressKey(networkOf(ip ?? ''))}`
  const keyOf = (principal: Principal, request: Request) => {
    if (principal.provider === 'identityPool') return ofAddress(request)
    const key = `caller:${identityKey(principal)}`
    return isIdentified(principal) ? key : `${key}:${ofAddress(request)}`
  }
  return async (request, response) => {
    const count = async (key: string) => spend(await limit(key), response)
    const principal = await authenticate(request).catch(async (error: unknown) => {
      if (isRefusal(error)) await count(ofAddress(request))
      throw error
    })
    await count(keyOf(principal, request))
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

/** Who has an IPv6 address has 2^64 of them: the network counts. An IPv4 address is one however it is written. */
function networkOf(address: string): string {
  const v4 = /^::ffff:(?<v4>\d+\.\d+\.\d+\.\d+)$/iu.exec(address)?.groups?.['v4']
  if (v4 !== undefined) return v4
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? []
  const groups = head === '' ? [] : head.split(':')
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length)
  const all = [...groups, ...Array.from({ length: missing }, () => '0'), ...(tail ? tail.split(':') : [])]
  return all
    .slice(0, 4)
    .map((group) => parseInt(group, 16).toString(16))
    .join(':')
}

import { isIPv6 } from 'node:net'
import type { Request } from 'express'
import type { Principal } from '../claims/principal.js'

/** The keys that calls are counted and shared out under; they name nobody. */
export interface CallerKeys {
  readonly of: (principal: Principal, request: Request) => string
  readonly ofAddress: (request: Request) => string
}

export interface CallerKeyOptions {
  /** The key of a caller who has an identity. */
  readonly shareKey: (principal: Principal) => string
  /** Whether a caller has one, so that the key is theirs alone. */
  readonly isIdentified: (principal: Principal) => boolean
  /** Makes a key of an address that cannot be read back. */
  readonly addressKey: (address: string) => string
}

/**
 * Who is one caller to limits: whoever has one key, and of guests whoever has one address. Callers without
 * an identity may have one key in common, so theirs is counted for each address.
 */
export function callerKeys({ shareKey, isIdentified, addressKey }: CallerKeyOptions): CallerKeys {
  const own = new WeakMap<Principal, { readonly key: string; readonly isAlone: boolean }>()
  const ownOf = (principal: Principal) => {
    const known = own.get(principal) ?? { key: shareKey(principal), isAlone: isIdentified(principal) }
    own.set(principal, known)
    return known
  }
  const ofAddress = ({ ip }: Request) => `address:${addressKey(networkOf(ip ?? ''))}`
  return {
    ofAddress,
    of(principal, request) {
      if (principal.provider === 'identityPool') return ofAddress(request)
      const { key, isAlone } = ownOf(principal)
      return isAlone ? key : `${key}:${ofAddress(request)}`
    },
  }
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

import type { Request } from 'express'
import type { Principal } from '../claims/principal.js'

/**
 * Reads one kind of credentials.
 *
 * @returns the caller, or `undefined` for a request that carries no credentials of this kind
 * @throws {ClaimstakeError} for credentials that are refused or cannot be read
 */
export type Credentials = (request: Request) => Promise<Principal | undefined>

/** What every reader of credentials is told. */
export interface CredentialOptions {
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number
  /** The clock by which what is remembered gets old, in milliseconds since any time. */
  readonly clock: () => number
  /** How many good credentials are remembered at most. */
  readonly remembered: number
  readonly notice: Notice
}

/** Receives what deserves a look and is no failure of a request. No token, claim or secret is among the facts. */
export type Notice = (message: string, facts: Readonly<Record<string, unknown>>) => void

/** How often a header was sent; Node joins or drops repetitions, so which one counts would depend on who looks. */
export function timesSent({ rawHeaders }: Request, header: string): number {
  return rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === header.toLowerCase()).length
}

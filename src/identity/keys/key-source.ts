import type { KeyObject } from 'node:crypto'
import type { Algorithm } from '../../config/algorithm.js'
import type { Notice } from '../credentials.js'
import type { KeyHint } from '../token/token-checks.js'

/** The keys that sign the tokens of one issuer. */
export interface KeySource {
  /**
   * The key that must have signed a token.
   *
   * @throws {ClaimstakeError} `INVALID_TOKEN` when the issuer has no such key; `UNAVAILABLE` when that cannot be known
   */
  readonly find: (hint: KeyHint) => Promise<KeyObject>
  /**
   * The key that the issuer has put in the place of one under which a signature turned out to be bad, if it has: key
   * servers have been seen to keep the id.
   */
  readonly successor: (hint: KeyHint, key: KeyObject) => Promise<KeyObject | undefined>
  /**
   * Has the keys fetched anew when they are getting old.
   *
   * @returns what to wait for before they may be used, or `undefined` when they may be used now
   * @throws {ClaimstakeError} `UNAVAILABLE`, through the promise, when they are too old to be used at all
   */
  readonly refresh: () => Promise<void> | undefined
  /** Another number whenever a key was taken back or replaced: what was verified before must be verified again. */
  readonly generation: () => number
  /** Whether there are keys to check tokens with; asks for them where there are none yet. */
  readonly isReady: () => Promise<boolean>
  /**
   * Asks for the keys before the first token comes. That they are out of reach is no reason not to start.
   *
   * @throws {TypeError} when what the issuer says of its keys cannot be trusted
   */
  readonly open: () => Promise<void>
  /** How things stand; `undefined` where nothing is fetched. */
  readonly facts: () => KeyFacts | undefined
}

/** How the keys of an issuer stand. */
export interface KeyFacts {
  /** How many can be used. */
  readonly keys: number
  /** For how many seconds nothing was heard of them although it was tried; 0 when the last attempt succeeded. */
  readonly staleSeconds: number
  /** How often they were asked for, by what came of it: `ok`, or a kind of failure. */
  readonly fetches: Readonly<Record<string, number>>
  /** How many of the published ones are not used, by reason. */
  readonly skipped: Readonly<Record<string, number>>
  /** How many are published with their private half, which should never happen. */
  readonly privateKeys: number
}

export interface KeySourceOptions {
  /** The `iss` of its tokens. */
  readonly issuer: string
  readonly algorithms: readonly Algorithm[]
  /** By which keys get old, in milliseconds since any time. */
  readonly clock: () => number
  readonly notice: Notice
}

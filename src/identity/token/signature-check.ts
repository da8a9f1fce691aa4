import type { KeyObject } from 'node:crypto'
import type { Request, Response } from 'express'
import { compactVerify, errors } from 'jose'
import passport from 'passport'
import passportJwt from 'passport-jwt'
import type { Algorithm } from '../../config/algorithm.js'

/** One token on its way through Passport. */
export interface SignedToken<Accepted> {
  readonly raw: string
  readonly key: KeyObject
  readonly algorithm: Algorithm
  /** Asked once the signature is good: judges the claims and makes the caller of them. */
  readonly accept: () => Accepted
}

/** A key with the one algorithm it is for (RFC 8725 section 3.1). */
class PinnedKey {
  constructor(
    readonly key: KeyObject,
    readonly algorithm: Algorithm,
  ) {}
}

/** A signature that is not by this key. */
class BadSignature extends Error {}

type Verifier = (
  token: string,
  key: unknown,
  options: unknown,
  done: (error: unknown, payload?: unknown) => void,
) => void

/** The place where passport-jwt lets its verifier be replaced; its types do not know it. */
const strategyClass = passportJwt.Strategy as unknown as { JwtVerifier: Verifier }
const stockVerifier = strategyClass.JwtVerifier

// passport-jwt's own, jsonwebtoken, knows no EdDSA, takes a missing `exp` and pins no key to one algorithm. There is one
// verifier for all strategies of a process, so an application's own ones must go on getting the stock one.
strategyClass.JwtVerifier = (token, key, options, done) => {
  if (key instanceof PinnedKey) verifySignature(token, key).then(() => done(null, {}), done)
  else stockVerifier(token, key, options, done)
}

async function verifySignature(token: string, { key, algorithm }: PinnedKey): Promise<void> {
  try {
    await compactVerify(token, key, { algorithms: [algorithm] })
  } catch (cause) {
    throw cause instanceof errors.JOSEError ? new BadSignature(cause.message, { cause }) : cause
  }
}

/**
 * Verifies signatures with Passport and its strategy `jwt` (passport-jwt), whose verifier is jose here.
 *
 * What they get wrong is done around them: keys are found before (the strategy turns every key error into 401), claims
 * are judged by `accept`, and neither of the two ever writes an answer.
 *
 * @returns gives what `accept` gives, or `undefined` when the signature is not by this key; rejects with whatever
 *   `accept` throws
 */
export function signatureCheck<Accepted extends object>(): (
  request: Request,
  token: SignedToken<Accepted>,
) => Promise<Accepted | undefined> {
  const pending = new WeakMap<Request, SignedToken<Accepted>>()
  const strategy = new passportJwt.Strategy(
    {
      jwtFromRequest: (request: Request) => pending.get(request)?.raw ?? null,
      secretOrKeyProvider: (request: Request, _raw, done) => done(null, pinned(pending.get(request))),
      passReqToCallback: true,
    },
    // An exception in here reaches the callback of authenticate() below; the strategy catches it.
    (request: Request, _payload, done) => done(null, pending.get(request)?.accept()),
  )
  const authenticator = new passport.Passport().use('jwt', strategy)
  return (request, token) =>
    new Promise((resolve, reject) => {
      // A request of its own for each token: the strategy knows nothing else to tell them apart by. And what Passport puts
      // on a request stays away from the application's.
      const own = Object.create(request) as Request
      pending.set(own, token)
      const decided = (error: Error | null, accepted: Accepted | false | undefined, reason: unknown) => {
        if (error) reject(error)
        else if (accepted) resolve(accepted)
        else if (reason instanceof BadSignature) resolve(undefined)
        else reject(reason instanceof Error ? reason : new Error('the signature could not be checked'))
      }
      const middleware = authenticator.authenticate('jwt', { session: false }, decided) as Middleware
      middleware(own, request.res, reject)
    })
}

type Middleware = (request: Request, response: Response | undefined, next: (error: unknown) => void) => void

/** As the types of passport-jwt have it, which know of text and bytes only. */
function pinned(token: SignedToken<unknown> | undefined): Buffer | undefined {
  return token && (new PinnedKey(token.key, token.algorithm) as unknown as Buffer)
}

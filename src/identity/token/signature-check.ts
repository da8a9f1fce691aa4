import type { KeyObject } from 'node:crypto'
import type { Request, Response } from 'express'
import passport from 'passport'
import passportJwt from 'passport-jwt'
import type { IssuerSettings } from '../../config/issuer.js'
import { invalidToken } from '../challenge.js'
import type { VerifiedToken } from './token-cache.js'

/** One token on its way through Passport. */
export interface SignedToken {
  readonly raw: string
  readonly key: KeyObject
  /** Asked once the signature is good: judges the claims and makes the caller of them. */
  readonly accept: () => VerifiedToken
}

/**
 * Verifies tokens of one issuer with Passport and its strategy `jwt` (passport-jwt).
 *
 * The strategy is used for what it is good at, signature, algorithm, issuer and audience. What it gets wrong is
 * done around it: keys are found before it is called (it turns every key error into 401), times are checked by
 * `accept` (it takes a token without `exp`), and neither it nor Passport ever writes an answer.
 *
 * @returns rejects with `INVALID_TOKEN`, or with whatever `accept` throws
 */
export function signatureCheck(
  settings: IssuerSettings,
): (request: Request, token: SignedToken) => Promise<VerifiedToken> {
  const pending = new WeakMap<Request, SignedToken>()
  const strategy = new passportJwt.Strategy(
    {
      jwtFromRequest: (request: Request) => pending.get(request)?.raw ?? null,
      // The types of passport-jwt lag: it hands the key on to jsonwebtoken, which takes a KeyObject.
      secretOrKeyProvider: (request: Request, _raw, done) =>
        done(null, pending.get(request)?.key as unknown as Buffer),
      algorithms: [...settings.algorithms],
      issuer: settings.issuer,
      audience: [...settings.audience],
      ignoreExpiration: true,
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- the one way to switch off its own `nbf` check
      jsonWebTokenOptions: { ignoreNotBefore: true },
      passReqToCallback: true,
    },
    // An exception in here reaches the callback of authenticate() below; the strategy catches it.
    (request: Request, _payload, done) => done(null, pending.get(request)?.accept()),
  )
  const authenticator = new passport.Passport().use('jwt', strategy)
  return (request, token) =>
    new Promise<VerifiedToken>((resolve, reject) => {
      pending.set(request, token)
      const decided = (error: Error | null, accepted: VerifiedToken | false | undefined, reason: unknown) => {
        if (error) reject(error)
        else if (accepted) resolve(accepted)
        else reject(refusal(reason))
      }
      const middleware = authenticator.authenticate('jwt', { session: false }, decided) as Middleware
      middleware(request, request.res, reject)
    })
}

type Middleware = (request: Request, response: Response | undefined, next: (error: unknown) => void) => void

/** jsonwebtoken's own messages repeat the configured audience, so they are logged only. */
function refusal(reason: unknown): Error {
  const audience = reason instanceof Error && reason.message.startsWith('jwt audience invalid')
  return invalidToken(audience ? 'The claim "aud" does not name this service.' : undefined, reason)
}

import type { KeyObject } from 'node:crypto'
import type { Request } from 'express'
import { principalOf, type CallerKind } from '../../claims/principal.js'
import type { IssuerSettings } from '../../config/issuer.js'
import { unsignedToken } from '../challenge.js'
import { digest } from '../digest.js'
import type { KeySource } from '../keys/key-source.js'
import { signatureCheck } from './signature-check.js'
import type { StrictToken } from './strict-token.js'
import type { VerifiedToken } from './token-cache.js'
import { checkHeader, claimChecks } from './token-checks.js'

/** Verifies the tokens of one issuer. */
export interface TokenVerifier {
  readonly keys: KeySource
  /**
   * @param now in seconds since 1970
   * @throws {ClaimstakeError} `INVALID_TOKEN`; `UNAVAILABLE` when the keys are out of reach
   */
  readonly verify: (request: Request, token: StrictToken, now: number) => Promise<VerifiedToken>
}

/** Joins key, signature and claims: what has to be right for a token of one issuer to be good. */
export function tokenVerifier(issuer: IssuerSettings, kind: CallerKind, keys: KeySource): TokenVerifier {
  const checkSignature = signatureCheck<VerifiedToken>()
  const checkClaims = claimChecks(issuer)
  return {
    keys,
    async verify(request, { raw, header, payload }, now) {
      const name = digest(raw)
      const hint = checkHeader(header, issuer)
      // Before a key is looked for, not after: meanwhile it may be taken back.
      const generation = keys.generation()
      const accept = () => {
        const lifetime = checkClaims(header, payload, now)
        const principal = principalOf(kind, payload)
        return { name, issuer, keys, generation, claims: principal.claims, lifetime, principal }
      }
      const verifyUnder = (key: KeyObject) =>
        checkSignature(request, { raw, key, algorithm: hint.alg, accept })
      const key = await keys.find(hint)
      const verified = await verifyUnder(key)
      if (verified) return verified
      const successor = await keys.successor(hint, key)
      const late = successor && (await verifyUnder(successor))
      if (!late) throw unsignedToken('Its signature is not by the key that it names.')
      return late
    },
  }
}

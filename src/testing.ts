import { generateKeyPairSync } from 'node:crypto'
import { CompactSign } from 'jose'
import type { Claims } from './claims/principal.js'
import { parseIssuer, type IssuerOptions, type IssuerSettings } from './config/issuer.js'

/** An issuer that lives in a test suite. */
export interface TestIssuer {
  /** What `authenticator({ issuers: […] })` takes. */
  readonly settings: IssuerSettings
  /** The same as options, for a service that is configured by text. */
  readonly options: IssuerOptions & { readonly publicKey: string }
  /**
   * A token as a caller would get it: the claims, with `iss`, `aud`, `iat` and `exp` (in an hour) where they leave
   * them out.
   */
  readonly token: (claims?: Claims) => Promise<string>
  /** Signs exactly these claims, under a header with these members changed: for tokens that must be refused. */
  readonly sign: (claims: Claims, header?: Claims) => Promise<string>
}

/**
 * Makes an issuer with an ES256 key of its own, in memory, for suites that call an API with supertest.
 *
 * @param options differences from `https://test.claimstake.invalid` and the audience `claimstake`
 * @example
 * const issuer = createTestIssuer()
 * const app = express().use('/v1', db.router({ authenticate: authenticator({ issuers: [issuer.settings] }) }))
 * const token = await issuer.token({ user_id: 'ana' })
 * await request(app).get('/v1/posts').auth(token, { type: 'bearer' }).expect(200)
 */
export function createTestIssuer(
  options: Partial<Omit<IssuerOptions, 'algorithms' | 'jwksUrl' | 'publicKey' | 'secret'>> = {},
): TestIssuer {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const complete = {
    issuer: 'https://test.claimstake.invalid',
    audience: 'claimstake',
    ...options,
    publicKey,
  }
  const settings = parseIssuer(complete)
  const sign: TestIssuer['sign'] = (claims, header = {}) =>
    new CompactSign(Buffer.from(JSON.stringify(claims)))
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT', ...header })
      .sign(pair.privateKey)
  return {
    settings,
    options: complete,
    sign,
    token(claims = {}) {
      const now = Math.floor(Date.now() / 1000)
      return sign({ iss: settings.issuer, aud: settings.audience[0], iat: now, exp: now + 3600, ...claims })
    },
  }
}

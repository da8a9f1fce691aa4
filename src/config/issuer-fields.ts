import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import { ClaimPathError, parseGroupPath } from '../claims/claim-path.js'
import { algorithms, type Algorithm } from './algorithm.js'
import { originFault } from './origins.js'

/** Text that says something; surrounding white space is the mark of a pasted value and is dropped. */
const text = z
  .string({ error: expected('text') })
  .trim()
  .min(1, { error: 'is empty', abort: true })

/** The issuer is compared as text, so what is checked here is only that it can be one (OIDC Core section 2). */
export const issuerUrl = text.refine((value) => {
  const url = URL.canParse(value) ? new URL(value) : undefined
  return /^https?:$/u.test(url?.protocol ?? '') && !/[?#\s]/u.test(value)
}, 'must be an http(s) URL without query or fragment, exactly as tokens carry it in "iss"')

export const audiences = oneOrMore(text)

export const algorithmList = oneOrMore(
  z.enum(algorithms, {
    error: ({ input }) => `lists ${JSON.stringify(input)}, which is not one of ${algorithms.join(', ')}`,
  }),
)

/** Whoever can answer for the key server can sign for everybody: plain http only where nobody is in between. */
export const keyServerUrl = text.transform((value, context) => {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url && (url.username !== '' || url.password !== '')) {
    context.addIssue('may not hold a name or password, which would reach logs')
    return z.NEVER
  }
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url
  context.addIssue('must be an https URL')
  return z.NEVER
})

/** A key is parsed once, here: a KeyObject verifies 30 times faster than text, and never prints itself. */
export const publicKey = text.transform((pem, context): KeyObject => {
  if (/PRIVATE KEY/u.test(pem)) {
    context.addIssue('is a private key; the service needs only the public one')
    return z.NEVER
  }
  try {
    return createPublicKey(pem)
  } catch {
    context.addIssue('is not a public key in PEM form')
    return z.NEVER
  }
})

/** A JSON Web Key, and the one algorithm it is for if it says so. */
export interface PublicJwk {
  readonly key: KeyObject
  readonly algorithm: Algorithm | undefined
}

/** RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1: members that whoever only verifies must not have. */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** One key as the issuer publishes it (RFC 7517): the object, or its JSON. */
export const publicJwk = z.unknown().transform((value, context): PublicJwk => {
  const fail = (message: string) => {
    context.addIssue(message)
    return z.NEVER
  }
  const jwk = typeof value === 'string' ? parsedJson(value) : value
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) return fail('is not one JSON Web Key')
  if (privateMembers.some((member) => Object.hasOwn(jwk, member)))
    return fail('is a private or shared key; the service needs only a public one')
  const { alg, use, key_ops: operations } = jwk as Partial<Record<string, unknown>>
  const algorithm = algorithms.find((each) => each === alg)
  if (alg !== undefined && algorithm === undefined) return fail('has an "alg" that signs no tokens')
  const verifies = Array.isArray(operations) ? operations.includes('verify') : operations === undefined
  if ((use !== undefined && use !== 'sig') || !verifies) return fail('is not for signatures')
  try {
    return { key: createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }), algorithm }
  } catch {
    return fail('is not a public JSON Web Key of type RSA, EC or OKP')
  }
})

function parsedJson(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}

/** Where else than at its own origin an issuer may publish its keys. */
export const jwksOrigins = oneOrMore(
  text.superRefine((origin, context) => {
    const fault = origin === '*' ? 'is *: whoever can name a key server can sign' : originFault(origin)
    if (fault !== undefined) context.addIssue(fault)
  }),
)

export const secret = z
  .string({ error: expected('text') })
  .refine((value) => value.trim() !== '', 'is empty')
  .transform((value) => createSecretKey(value, 'utf8'))

export const provider = z.enum(['userPools', 'oidc'], 'must be userPools or oidc')

export const alias = z
  .string({ error: expected('text') })
  .regex(/^[a-z0-9-]*$/u, 'may hold a-z, 0-9 and "-" only')

export const groups = z.enum(['trusted', 'prefixed', 'none'], 'must be trusted, prefixed or none')

export const yesOrNo = z.boolean('must be true or false')

export const tokenUse = z.enum(['access', 'id', 'any'], 'must be access, id or any')

/** Off is said by leaving it out: `false` beside nothing else would be an issuer without keys. */
export const discovery = z.literal(true, 'must be true, or left out')

const scalar = z.union([text, z.number(), z.boolean()], 'must be text, a number, true or false')

/**
 * Which claims must be there, and with which values. Taken apart before it is looked at: zod's records drop a
 * `__proto__`, and a check that is dropped is a check that is off.
 */
export const requiredClaims = z.preprocess(
  (claims) => {
    if (Array.isArray(claims)) return claims.map((path: unknown) => ({ path }))
    if (typeof claims !== 'object' || claims === null) return claims
    // Nothing as value is a fault, not "any value": it may have come from a variable that is not set.
    return Object.entries(claims).map(([path, values]) => ({ path, values: (values as unknown) ?? null }))
  },
  z
    .array(
      z.object({ path: claimPath(parseGroupPath), values: oneOrMore(scalar).optional() }),
      'must be a list of claim paths, or an object of claim paths with the values of which one must be there',
    )
    .min(1, 'is empty'),
)

export const seconds = z
  .int('must be a whole number of seconds')
  .min(1, 'must be 1 second or more')
  .max(315_360_000, 'must be ten years or less, in seconds')

export const clockSkew = z
  .number({ error: expected('a number of seconds') })
  .min(0, 'must be 0 or more seconds')
  .max(300, 'must be 300 seconds or less')

/** A claim path that `parse` can read; kept as text, because each principal factory parses its own. */
export function claimPath(parse: (path: string) => unknown) {
  return text.superRefine((path, context) => {
    try {
      parse(path)
    } catch (error) {
      if (!(error instanceof ClaimPathError)) throw error
      context.addIssue(`is not a claim path: ${error.message}`)
    }
  })
}

function oneOrMore<Item extends z.ZodType>(item: Item) {
  const list = z.array(item, { error: expected('text or a list') }).min(1, 'is empty')
  return z.preprocess((value) => (value === undefined || Array.isArray(value) ? value : [value]), list)
}

function expected(what: string) {
  return ({ input }: { readonly input: unknown }) => (input === undefined ? 'is missing' : `must be ${what}`)
}

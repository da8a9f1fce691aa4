import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import { ClaimPathError } from '../claims/claim-path.js'
import { algorithms } from './algorithm.js'

/** Text that says something; surrounding white space is the mark of a pasted value and is dropped. */
const text = z
  .string({ error: expected('text') })
  .trim()
  .min(1, 'is empty')

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

export const secret = z
  .string({ error: expected('text') })
  .refine((value) => value.trim() !== '', 'is empty')
  .transform((value) => createSecretKey(value, 'utf8'))

export const provider = z.enum(['userPools', 'oidc'], 'must be userPools or oidc')

export const alias = z
  .string({ error: expected('text') })
  .regex(/^[a-z0-9-]*$/u, 'may hold a-z, 0-9 and "-" only')

export const groups = z.enum(['trusted', 'prefixed', 'none'], 'must be trusted, prefixed or none')

export const matchParts = z.boolean('must be true or false')

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
  return z.preprocess((value) => (typeof value === 'string' ? [value] : value), list)
}

function expected(what: string) {
  return ({ input }: { readonly input: unknown }) => (input === undefined ? 'is missing' : `must be ${what}`)
}

import { z } from 'zod'
import { parseGroupPath, parseIdentityPath } from '../claims/claim-path.js'
import type { CustomAuthorizer } from '../claims/custom-authorizer.js'
import type { PrincipalSettings } from '../claims/principal.js'
import * as field from './issuer-fields.js'
import { wholeNumber } from './whole-number.js'

/** A custom authorizer, checked and ready: what {@link parseAuthorizer} makes of {@link CustomAuthorizer}. */
export interface AuthorizerSettings extends Pick<
  PrincipalSettings,
  'identityClaim' | 'groupClaim' | 'matchParts'
> {
  readonly authorize: CustomAuthorizer['authorize']
  /** The header that carries its credentials, in lower case. */
  readonly header: string
  /** The scheme in that header, in lower case, if that is `authorization`. */
  readonly scheme: string | undefined
  /** The headers it may see, in lower case, its own among them, and `ip`; `undefined` = all, and no cache. */
  readonly cacheKey: readonly string[] | undefined
  /** In seconds. */
  readonly timeToLive: number
  /** In milliseconds. */
  readonly deadline: number
  readonly concurrency: number
  readonly alias: string
  readonly groups: 'trusted' | 'prefixed' | 'none'
}

/** RFC 9110 section 5.6.2: what names of headers and of schemes are made of. */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/u

/** Headers that mean something else to us, to Node, to a proxy or to a cache; `ip` is the address in a cache key. */
const taken = new RegExp(
  `^(?:${[
    'proxy-.*|www-authenticate|x-api-key|cookie2?|set-cookie2?|ip',
    'host|connection|keep-alive|upgrade.*|te|trailer|transfer-encoding|http2-settings|expect|max-forwards',
    'accept|accept-.*|content-.*|if-.*|range|date|vary|etag|cache-control|pragma|prefer|allow|location|retry-after',
    'origin|referer|user-agent|access-control-.*|sec-.*|from|server|age|expires|last-modified|warning',
    'via|forwarded|x-forwarded-(?:for|host|proto|port|prefix|server)|x-real-ip|x-http-method.*',
    'x-request-id|x-correlation-id|traceparent|tracestate|idempotency-key',
  ].join('|')})$`,
  'u',
)

const name = z
  .string('must be text')
  .regex(token, 'is not a name as RFC 9110 has them (letters, digits, "-")')
const lowerCase = name.transform((text) => text.toLowerCase())

const schema = z.strictObject({
  authorize: z.custom((value) => typeof value === 'function', 'must be a function'),
  header: lowerCase
    .refine((text) => text !== 'authorization', "may not be Authorization; name a scheme in it: scheme: '…'")
    .refine((text) => !taken.test(text), 'means something else; choose another')
    .optional(),
  scheme: lowerCase.optional(),
  cacheKey: z
    .array(lowerCase, 'must be a list of header names, and "ip"')
    .max(32, 'names more than 32')
    .optional(),
  timeToLive: wholeNumber(86_400).optional(),
  deadline: wholeNumber(30_000).default(3000),
  concurrency: wholeNumber(10_000).default(100),
  identityClaim: field.claimPath(parseIdentityPath).optional(),
  groupClaim: field.claimPath(parseGroupPath).optional(),
  matchParts: field.yesOrNo.optional(),
  alias: field.alias.default('custom'),
  groups: field.groups.default('trusted'),
})

/**
 * Checks the options of a custom authorizer at boot.
 *
 * @param options the authorizer; unknown members are faults too
 * @param beside whether there are token issuers as well: then `Bearer` is theirs
 * @throws {TypeError} listing every fault with the option it is in
 */
export function parseAuthorizer(
  options: CustomAuthorizer,
  beside: { readonly tokens: boolean },
): AuthorizerSettings {
  const read = schema.safeParse(options)
  const faults = [...(read.error?.issues ?? []).map(explain), ...faultsBetween(options, beside.tokens)]
  if (!read.success || faults.length > 0) {
    throw new TypeError(
      ['The custom authorizer cannot be used:', ...faults.map((fault) => `- ${fault}`)].join('\n'),
    )
  }
  const { header = 'authorization', scheme, cacheKey, timeToLive = 300, ...rest } = read.data
  return Object.freeze({
    ...rest,
    // Bound: it may be a method of an object of the user's.
    authorize: options.authorize.bind(options),
    header,
    scheme,
    // Without the credentials in the key, one caller's answer would serve everybody.
    cacheKey: cacheKey && Object.freeze([...new Set([header, ...cacheKey])]),
    timeToLive,
  })
}

/** What is wrong only because of another option. Asked separately, so that it comes with all the others. */
function faultsBetween(options: unknown, tokens: boolean): string[] {
  if (typeof options !== 'object' || options === null) return []
  const { header, scheme, cacheKey, timeToLive } = options as Partial<Record<string, unknown>>
  const faults: string[] = []
  if (header === undefined && scheme === undefined)
    faults.push('one of header, scheme is missing: it says where its credentials are')
  if (header !== undefined && scheme !== undefined) faults.push('only one of header, scheme may be set')
  if (tokens && typeof scheme === 'string' && scheme.toLowerCase() === 'bearer')
    faults.push('scheme "Bearer" belongs to the tokens of the issuer; choose another')
  if (timeToLive !== undefined && cacheKey === undefined)
    faults.push('timeToLive needs cacheKey: without it nothing is remembered')
  return faults
}

function explain(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys')
    return `${issue.keys.join(', ')} is not an option of a custom authorizer`
  const [option, at] = issue.path
  if (option === undefined) return 'it must be an object'
  const place = at === undefined ? '' : `[${String(at)}]`
  return `${String(option)}${place} ${issue.message}`
}

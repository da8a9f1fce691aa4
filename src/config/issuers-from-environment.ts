import { parseStrictJson } from '../claims/strict-json.js'
import type { Fault } from './fault.js'
import { issuerList, type ListVariable } from './issuer-list.js'
import { faultsAmong } from './issuers.js'
import { readIssuer, type IssuerOptions, type IssuerSettings } from './issuer.js'

/** The environment variable of each option of the one issuer. */
const variables = {
  issuer: 'ISSUER',
  audience: 'AUDIENCE',
  audienceClaim: 'AUDIENCE_CLAIM',
  tokenUse: 'TOKEN_USE',
  strictTyp: 'STRICT_TYP',
  requiredClaims: 'REQUIRED_CLAIMS',
  maxAge: 'MAX_TOKEN_AGE',
  maxLifetime: 'MAX_TOKEN_LIFETIME',
  algorithms: 'ALGORITHMS',
  jwksUrl: 'JWKS_URL',
  discovery: 'DISCOVERY',
  jwksOrigins: 'JWKS_ORIGINS',
  publicKey: 'PUBLIC_KEY',
  publicJwk: 'PUBLIC_JWK',
  secret: 'JWT_SECRET',
  provider: 'ISSUER_PROVIDER',
  identityClaim: 'IDENTITY_CLAIM',
  groupClaim: 'GROUP_CLAIM',
  alias: 'ISSUER_ALIAS',
  groups: 'ISSUER_GROUPS',
  matchParts: 'IDENTITY_MATCH_PARTS',
  clockSkew: 'CLOCK_SKEW',
} as const satisfies Record<keyof IssuerOptions, string>

const lists: readonly ListVariable[] = ['ISSUERS', 'ISSUERS_FILE']

/** Every variable that says something of issuers. */
export const issuerVariables: readonly string[] = [...Object.values(variables), ...lists]

/** What to do about the faults of issuers. */
export const issuerHelp = `How to name your issuer:
  ISSUER    the "iss" of its tokens, exactly as they carry it: https://id.example.com/
  AUDIENCE  the "aud" that means this service (several: with commas)
  and its keys, one of
    DISCOVERY=true  ask the issuer where it publishes them
    JWKS_URL        where it publishes them
    PUBLIC_KEY      the one key, as PEM
    PUBLIC_JWK      the one key, as JSON Web Key
    JWT_SECRET      a secret you share with it, 32 bytes or more
Several issuers: ISSUERS, a JSON list, or ISSUERS_FILE, the path of one:
  [{"issuer": "https://id.example.com/", "audience": "api", "discovery": true, "alias": "one"}, …]
All options: docs/identity.md`

type Environment = Readonly<Record<string, string | undefined>>

/** The issuers an environment names, and what is wrong with them, one line each. */
export interface IssuersRead {
  readonly issuers: readonly IssuerSettings[]
  readonly faults: readonly string[]
}

/**
 * Reads the issuers that the environment describes: one by `ISSUER` and its companions, or several as JSON in `ISSUERS`
 * or in the file of `ISSUERS_FILE`. A variable that is present but blank is a fault, not an absence: a substitution that
 * went wrong in a deployment must never switch a check off.
 *
 * @param env the environment; unless its `NODE_ENV` is `production`, keys may be fetched over plain http
 * @returns no issuers and no faults when none of the variables is present, which production does not permit
 */
export function issuersFromEnvironment(env: Environment): IssuersRead {
  const production = env['NODE_ENV'] === 'production'
  const single = Object.values(variables).filter((name) => env[name] !== undefined)
  const given = lists.filter((name) => env[name] !== undefined)
  const [list] = given
  const ways = [...(single.length > 0 ? [single.join(', ')] : []), ...given]
  if (ways.length > 1)
    return failed([`set one of these and not the others, or it is unclear whom to trust: ${ways.join('; ')}`])
  if (list !== undefined) return severalIssuers(env, list, !production)
  if (ways.length === 0 && !production) return { issuers: [], faults: [] }
  const nameOf = (option: string) => (isOption(option) ? variables[option] : option)
  const { issuer, faults = [] } = readIssuer(optionsOf(env), { plainHttp: !production, nameOf })
  return issuer ? { issuers: [issuer], faults: [] } : failed(faults.map((fault) => line(fault, nameOf, '')))
}

function failed(faults: readonly string[]): IssuersRead {
  return { issuers: [], faults }
}

function isOption(option: string): option is keyof typeof variables {
  return Object.hasOwn(variables, option)
}

/** What the variables really hold is for `readIssuer` to find out. */
function optionsOf(env: Environment): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([option, variable]) => {
      const text = env[variable]
      return text === undefined ? [] : [[option, reading[option]?.(text) ?? text]]
    }),
  )
}

/** The options that are not one text; what cannot be read stays text, and is refused as such. */
const reading: Readonly<Record<string, (text: string) => unknown>> = {
  audience: commaList,
  algorithms: commaList,
  jwksOrigins: commaList,
  requiredClaims: (text) => (/^\s*[[{]/u.test(text) ? json(text) : commaList(text)),
  // Environment files hold one line a variable, so a PEM is often written with \n for its line ends.
  publicKey: (text) => text.replaceAll(String.raw`\n`, '\n'),
  // As an option `''` means "as they are"; as a variable it is blank, and that is a fault.
  alias: (text) => text || ' ',
  discovery: yesOrNo,
  strictTyp: yesOrNo,
  matchParts: yesOrNo,
  clockSkew: number,
  maxAge: number,
  maxLifetime: number,
}

function commaList(text: string): string[] {
  return text.split(',').map((item) => item.trim())
}

function yesOrNo(text: string): unknown {
  return ({ true: true, false: false } as Partial<Record<string, boolean>>)[text]
}

function number(text: string): unknown {
  return /^\s*\d+(\.\d+)?\s*$/u.test(text) ? Number(text) : undefined
}

function json(text: string): unknown {
  try {
    return parseStrictJson(Buffer.from(text), 4)
  } catch {
    return undefined
  }
}

function severalIssuers(env: Environment, variable: ListVariable, plainHttp: boolean): IssuersRead {
  const { list, fault } = issuerList(variable, env[variable] ?? '')
  if (!list) return failed([`${variable} ${fault}`])
  const place = (at: number) => `${variable}[${at}]`
  const read = list.map((options) => readIssuer(options, { plainHttp }))
  const among = faultsAmong(list.map(named), place)
  const faults = read.flatMap((each, at) =>
    [...(each.faults ?? []), ...(among[at] ?? [])].map((each) => line(each, String, place(at))),
  )
  return faults.length > 0
    ? failed(faults)
    : { issuers: read.flatMap(({ issuer }) => issuer ?? []), faults: [] }
}

function named(options: unknown): { readonly issuer?: unknown; readonly alias?: unknown } {
  return typeof options === 'object' && options !== null ? options : {}
}

/** `ISSUERS[1].audience is missing`, `ISSUERS[1]: one of …`, `AUDIENCE is missing`. */
function line({ option, message }: Fault, nameOf: (option: string) => string, place: string): string {
  if (option === undefined) return place === '' ? message : `${place}: ${message}`
  return `${place}${place === '' ? '' : '.'}${nameOf(option)} ${message}`
}

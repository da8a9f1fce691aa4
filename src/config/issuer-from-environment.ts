import { parseIssuer, type IssuerOptions, type IssuerSettings } from './issuer.js'

/** The environment variable of each option. */
const variables = {
  issuer: 'ISSUER',
  audience: 'AUDIENCE',
  algorithms: 'ALGORITHMS',
  jwksUrl: 'JWKS_URL',
  publicKey: 'PUBLIC_KEY',
  secret: 'JWT_SECRET',
  provider: 'ISSUER_PROVIDER',
  identityClaim: 'IDENTITY_CLAIM',
  groupClaim: 'GROUP_CLAIM',
  alias: 'ISSUER_ALIAS',
  groups: 'ISSUER_GROUPS',
  matchParts: 'IDENTITY_MATCH_PARTS',
  clockSkew: 'CLOCK_SKEW',
} as const satisfies Partial<Record<keyof IssuerOptions, string>>

const help = `How to name your issuer:
  ISSUER    the "iss" of its tokens, exactly as they carry it (https://id.example.com/)
  AUDIENCE  the "aud" that means this service (several: separated by commas)
  and one of JWKS_URL (where it publishes its keys), PUBLIC_KEY (PEM), JWT_SECRET (32 bytes or more)`

/**
 * Reads the one issuer that the environment describes. A variable that is present but blank is a fault, not an
 * absence: a substitution that went wrong in a deployment must never switch a check off.
 *
 * @param env the environment; unless its `NODE_ENV` is `production`, JWKS_URL may be plain http
 * @returns the issuer, or `undefined` when none of its variables is present, which production does not permit
 * @throws {TypeError} listing every missing or unusable variable, and how to set them
 */
export function issuerFromEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): IssuerSettings | undefined {
  const options: Record<string, unknown> = {}
  for (const [option, variable] of Object.entries(variables)) {
    const text = env[variable]
    if (text !== undefined) options[option] = reading[option]?.(text) ?? text
  }
  const production = env['NODE_ENV'] === 'production'
  if (Object.keys(options).length === 0 && !production) return undefined
  try {
    // What the variables really hold is for parseIssuer to find out.
    return parseIssuer(options as unknown as IssuerOptions, {
      plainHttp: !production,
      nameOf: (option) =>
        Object.hasOwn(variables, option) ? variables[option as keyof typeof variables] : option,
    })
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new TypeError(`${error.message}\n${help}`, { cause: error })
  }
}

/** The options that are not one text. */
const reading: Readonly<Record<string, (text: string) => unknown>> = {
  audience: commaList,
  algorithms: commaList,
  // Environment files hold one line a variable, so a PEM is often written with \n for its line ends.
  publicKey: (text) => text.replaceAll(String.raw`\n`, '\n'),
  // As an option `''` means "as they are"; as a variable it is blank, and that is a fault.
  alias: (text) => text || ' ',
  matchParts: (text) => ({ true: true, false: false })[text] ?? text,
  clockSkew: (text) => (/^\s*\d+(\.\d+)?\s*$/u.test(text) ? Number(text) : text),
}

function commaList(text: string): string[] {
  return text.split(',').map((item) => item.trim())
}

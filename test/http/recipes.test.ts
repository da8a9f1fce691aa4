import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { claimstake } from '../../src/claimstake.js'
import { issuersFromEnvironment } from '../../src/config/issuers-from-environment.js'
import { parseIssuer, type IssuerOptions } from '../../src/config/issuer.js'
import { a, defineData } from '../../src/generated/claimstake.js'
import { authenticator } from '../../src/identity/authenticator.js'
import type { Data } from '../../src/policy/builder.js'
import { forge } from '../security/forge.js'
import { startService, type TestService } from '../support/service.js'
import { parseShell, textOf } from '../support/shell.js'
import { startServer, type TestServer } from '../support/test-server.js'

// The recipes of docs/identity.md, as they stand there, over HTTP. Only the key source is another: a server of this test.

interface Token {
  readonly header: { readonly alg: string; readonly kid?: string }
  readonly payload: Readonly<Record<string, unknown>>
}

interface Recipe {
  readonly name: string
  readonly options: IssuerOptions
  readonly variables: Readonly<Record<string, string>>
  readonly accepted: Token
  readonly owner: string
  readonly groups: readonly string[]
  readonly refused: Token
}

const [, section = ''] = readFileSync('docs/identity.md', 'utf8').split('\n## Recipes\n')
const recipes = (section.split('\n## ')[0] ?? '').split('\n### ').slice(1).map(recipeOf)

/** One recipe: options, variables, a token, whom it makes, and a token that is refused, in this order. */
function recipeOf(text: string): Recipe {
  const blocks = [...text.matchAll(/^```(?<kind>\w+)\n(?<body>[^]*?)^```$/gmu)].map(
    ({ groups }) => groups ?? {},
  )
  const [name = ''] = text.split('\n')
  expect([name, blocks.map(({ kind }) => kind)]).toEqual([name, ['json', 'sh', 'json', 'json']])
  const [options, , accepted, refused] = blocks.map(({ kind, body = '' }) =>
    kind === 'json' ? (JSON.parse(body) as unknown) : undefined,
  )
  const variables = parseShell(blocks[1]?.['body'] ?? '').map(({ name: variable = '', value }) => [
    variable,
    textOf(value, new Map()),
  ])
  const caller =
    /^Owner of her rows: `(?<owner>[^`]+)`\. Groups: (?<groups>[^.]+)\.$/mu.exec(text)?.groups ?? {}
  return {
    name,
    options: options as IssuerOptions,
    variables: Object.fromEntries(variables) as Record<string, string>,
    accepted: accepted as Token,
    owner: caller['owner'] ?? '',
    groups: [...(caller['groups'] ?? '').matchAll(/`(?<group>[^`]+)`/gu)].map(
      ({ groups }) => groups?.['group'] ?? '',
    ),
    refused: refused as Token,
  }
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pairs: Readonly<Record<string, typeof rsa>> = { RS256: rsa, ES256: ec }

/** Signs what the documentation shows, as if it were of now. */
function sign({ header, payload }: Token): string {
  const shown = Number(payload['iat'])
  const now = Math.floor(Date.now() / 1000)
  const times = ['iat', 'nbf', 'auth_time', 'exp'].filter((claim) => claim in payload)
  const fresh = Object.fromEntries(times.map((claim) => [claim, Number(payload[claim]) - shown + now]))
  return forge(
    header,
    { ...payload, ...fresh },
    pairs[header.alg]?.privateKey ?? 'a secret of the provider, 32 long',
  )
}

/** The keys under the ids that the tokens of all recipes name: no token is refused for the want of a key. */
const keys = recipes
  .flatMap(({ accepted, refused }) => [accepted.header, refused.header])
  .filter(({ kid }, at, all) => kid !== undefined && all.findIndex((each) => each.kid === kid) === at)
  .map(({ kid, alg }) => ({ ...pairs[alg]?.publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' }))

const data: Data = defineData({
  schema: a.schema({
    Post: a.model().authorization((allow) => allow.owner()),
    Project: a.model().authorization((allow) => [allow.groupsDefinedIn('teams').to(['read'])]),
  }),
})

let keyServer: Server
let service: TestService
const servers: TestServer[] = []
beforeAll(async () => {
  keyServer = createServer((_, response) => response.end(JSON.stringify({ keys })))
  await new Promise<void>((listening) => keyServer.listen(0, '127.0.0.1', listening))
  service = await startService(data)
})
beforeEach(() => service.database.truncate())
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())))
afterAll(async () => {
  await service.stop()
  keyServer.closeAllConnections()
  await new Promise((closed) => keyServer.close(closed))
})

/** The app that trusts the issuer of a recipe, and what it says to a token. */
async function start({ options }: Recipe, change: Partial<IssuerOptions> = {}) {
  const jwksUrl = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/jwks`
  const issuer = parseIssuer({ ...options, discovery: undefined, jwksUrl, ...change })
  const db = claimstake({ prisma: service.unscoped, data, secret: 'x'.repeat(32) })
  const server = await startServer({ db, authenticate: authenticator({ issuers: [issuer] }) })
  servers.push(server)
  return (token: Token) => server.caller(() => Promise.resolve(sign(token)))
}

const withClaims = (token: Token, claims: object): Token => ({
  ...token,
  payload: { ...token.payload, ...claims },
})
const audienceOf = ({ payload }: Token) => ('aud' in payload ? 'aud' : 'client_id')

test('there is a recipe for every provider that was asked for', () => {
  const providers = [
    'Cognito, access tokens',
    'Cognito, ID tokens',
    'Auth0',
    'Keycloak',
    'Entra ID',
    'Okta',
    'Firebase',
    'Supabase',
  ]
  expect(recipes.map(({ name }) => name)).toEqual(providers)
})

describe.each(recipes)('$name', (recipe) => {
  const { options, accepted, refused, owner, groups } = recipe

  test('the variables say what the options say, also in production', () => {
    const { issuers, faults } = issuersFromEnvironment({ ...recipe.variables, NODE_ENV: 'production' })
    expect(faults).toEqual([])
    expect(issuers).toEqual([parseIssuer(options)])
    const { issuers: listed } = issuersFromEnvironment({
      ISSUERS: JSON.stringify([options]),
      NODE_ENV: 'production',
    })
    expect(listed).toEqual(issuers)
  })

  test('the token makes the caller that the page says', async () => {
    const call = (await start(recipe))(accepted)
    const created = await call('POST', '/v1/posts', { body: { postname: 'x' } })
    expect(created.status).toBe(201)
    expect(await service.unscoped.post.findMany()).toMatchObject([{ owner }])
    const me = await call('GET', '/v1/me')
    expect(me.body).toMatchObject({ groups })
    for (const team of [...groups, 'Nobody'])
      await service.unscoped.project.create({ data: { name: team, owners: [], teams: [team] } })
    const { items } = (await call('GET', '/v1/projects')).body as { items: { name: string }[] }
    expect(items.map(({ name }) => name).sort()).toEqual([...groups].sort())
  })

  test('the other token is 401, and every token for another audience', async () => {
    const caller = await start(recipe)
    const ours = [options.audience].flat()[0]
    const others: Token[] = [
      refused,
      // Not for its audience alone: also where client and API share one.
      withClaims(refused, { [audienceOf(accepted)]: ours }),
      ...['another', ['another'], `${ours}x`, '', []].map((audience) =>
        withClaims(accepted, { [audienceOf(accepted)]: audience }),
      ),
      withClaims(accepted, { iss: `${String(accepted.payload['iss'])}x` }),
    ]
    for (const token of others) {
      const answer = await caller(token)('GET', '/v1/posts')
      expect([answer.status, answer.body]).toMatchObject([401, { code: 'INVALID_TOKEN' }])
    }
  })

  test('each required claim is required', async () => {
    const caller = await start(recipe)
    const { requiredClaims } = parseIssuer(options)
    for (const { path } of requiredClaims) {
      const [claim = path] = path.replace(/^\$\./u, '').split('.')
      const answer = await caller(withClaims(accepted, { [claim]: undefined }))('GET', '/v1/posts')
      expect([claim, answer.status]).toEqual([claim, 401])
      const free = await start(recipe, { requiredClaims: undefined })
      expect((await free(withClaims(accepted, { [claim]: undefined }))('GET', '/v1/posts')).status).toBe(200)
    }
    expect(requiredClaims.length).toBe(/Entra|Firebase|Supabase/u.test(recipe.name) ? 1 : 0)
  })

  test('it is these options that refuse it: with others the same token is taken', async () => {
    const audience = [options.audience, refused.payload['aud'] ?? refused.payload['client_id'] ?? []].flat()
    const secret = refused.header.alg === 'HS256'
    const open = await start(recipe, {
      issuer: secret ? options.issuer : String(refused.payload['iss']),
      audience: audience as string[],
      tokenUse: 'any',
      requiredClaims: undefined,
      ...(secret && { jwksUrl: undefined, secret: 'a secret of the provider, 32 long' }),
    })
    // The issuer "supabase" is none that can be configured: it is no URL.
    const token = secret ? withClaims(refused, { iss: options.issuer, aud: options.audience }) : refused
    expect((await open(token)('GET', '/v1/posts')).status).not.toBe(401)
  })
})

import type { ClaimsEnrichment } from '../../../src/claims/claims-enrichment.js'
import { principal, type Claims } from '../../../src/claims/principal.js'
import { readGroups } from '../../../src/claims/read-claims.js'
import { parseEnrichment } from '../../../src/config/enrichment.js'
import { authenticator, type AuthenticatorOptions } from '../../../src/identity/authenticator.js'
import { enricher, type EnricherOptions } from '../../../src/identity/enrichment.js'
import { createTestIssuer } from '../../../src/testing.js'

const enrich = () => ({})
const issuer = createTestIssuer()

/** What is said of an enrichment at boot. */
function faults(enrichment: unknown, more: AuthenticatorOptions = { unscoped: {} }): string {
  try {
    authenticator({ issuers: [issuer.settings], ...more, enrichment: enrichment as ClaimsEnrichment })
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return (error as TypeError).message
  }
  return 'none'
}

describe('options', () => {
  test.each<[string, object]>([
    ['a function', {}],
    ['the most', { timeToLive: 86_400, deadline: 30_000, concurrency: 10_000, ifUnavailable: 'continue' }],
    ['the least', { timeToLive: 1, deadline: 1, concurrency: 1, ifUnavailable: 'refuse' }],
  ])('%s is enough', (_, options) => {
    expect(faults({ enrich, ...options })).toBe('none')
  })

  test.each<[string, object, string]>([
    ['no function', { enrich: undefined }, 'enrich must be a function'],
    ['no time', { timeToLive: 0 }, 'timeToLive must be a whole number from 1 to 86,400'],
    ['half a second', { timeToLive: 0.5 }, 'timeToLive must be a whole number'],
    ['for ever', { timeToLive: Infinity }, 'timeToLive must be a whole number'],
    ['no deadline', { deadline: 30_001 }, 'deadline must be a whole number from 1 to 30,000'],
    ['no calls', { concurrency: 0 }, 'concurrency must be a whole number from 1 to 10,000'],
    ['a third way', { ifUnavailable: 'ignore' }, 'ifUnavailable must be refuse or continue'],
    ['a misspelt option', { ttl: 60 }, 'ttl is not an option of a claims enrichment'],
  ])('%s is refused', (_, change, message) => {
    expect(faults({ enrich, ...change })).toContain(`\n- ${message}`)
  })

  test('all faults come at once', () => {
    expect(faults({ timeToLive: 0, ifUnavailable: 1, ttl: 1 }).split('\n')).toEqual([
      'The claims enrichment cannot be used:',
      '- enrich must be a function',
      expect.stringMatching(/^- timeToLive must/u),
      '- ifUnavailable must be refuse or continue',
      '- ttl is not an option of a claims enrichment',
    ])
    expect(faults('x')).toContain('- it must be an object')
  })

  test('without the client to look things up with it is refused', () => {
    expect(faults({ enrich }, {})).toBe('the claims enrichment needs unscoped: the bare client')
  })

  test('it says of itself whether it enriches', () => {
    const issuers = [issuer.settings]
    expect(authenticator({ issuers }).enriches).toBe(false)
    expect(authenticator({ issuers, enrichment: { enrich }, unscoped: {} }).enriches).toBe(true)
  })
})

describe('the caller', () => {
  let now = 0
  let answer: Claims = {}
  const token = principal({
    provider: 'oidc',
    issuer: 'x',
    alias: 'okta',
    claims: { sub: 'ana', teams: ['a'] },
  })
  const options: EnricherOptions = { unscoped: {}, clock: () => now, remembered: 10, notice: () => undefined }
  const settings = parseEnrichment({ enrich: () => answer, timeToLive: 1 })

  test('whose claims come out as before stays the same principal object; with others he is another', async () => {
    const enriched = enricher(settings, options)
    const next = async (claims: Claims) => {
      answer = claims
      now += 1000
      return enriched({ name: 'token', principal: token })
    }
    expect(await next({})).toBe(token)
    expect(await next({ sub: 'bo', exp: 1 })).toBe(token)
    const first = await next({ teams: ['b'], more: 1 })
    expect(first).not.toBe(token)
    expect(await next({ teams: ['b'], more: 1 })).toBe(first)
    const second = await next({ teams: ['c'], more: 1 })
    expect(second.claims).toEqual({ sub: 'ana', teams: ['c'], more: 1 })
    expect(await next({ teams: undefined })).toMatchObject({ claims: { sub: 'ana' } })
    expect(await next({})).toBe(token)
    expect([first, second].every((each) => Object.isFrozen(each) && Object.isFrozen(each.claims))).toBe(true)
  })

  test('is of his issuer still: added groups carry its alias', async () => {
    answer = { groups: ['Admin', 'entra::Admin'] }
    const enriched = await enricher(settings, options)({ name: 'token', principal: token })
    expect(enriched).toMatchObject({ provider: 'oidc', issuer: 'x', alias: 'okta' })
    expect(readGroups(enriched)).toEqual(['okta::Admin', 'okta::entra::Admin'])
  })

  test('the function can be a method of an object', async () => {
    class Teams implements ClaimsEnrichment {
      readonly timeToLive: number = 5
      enrich() {
        return { teams: [this.timeToLive] }
      }
    }
    const { claims } = await enricher(parseEnrichment(new Teams()), options)({ name: 't', principal: token })
    expect(claims['teams']).toEqual([5])
  })
})

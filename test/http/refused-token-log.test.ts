import { createTestIssuer } from '../../src/testing.js'
import { startService, type TestService } from '../support/service.js'

let service: TestService
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service.stop())

const stranger = createTestIssuer()
const claims = (more: object = {}) => ({
  ...{ iss: service.issuer.settings.issuer, aud: 'claimstake', sub: 'canary-sub' },
  ...{ iat: Math.floor(Date.now() / 1000), exp: Math.floor(Date.now() / 1000) + 60, ...more },
})

/** What the log says of a request with this token, and what its answer says. */
async function refused(token: string): Promise<{ reason: unknown; detail: unknown }> {
  const before = service.log.length
  const answer = await service.caller()('GET', '/v1/posts', { headers: { Authorization: `Bearer ${token}` } })
  expect(answer.status).toBe(401)
  const lines = service.log.slice(before).join('')
  expect(lines + (answer.text ?? '')).not.toContain('canary')
  for (const part of token.split('.')) expect(lines).not.toContain(part)
  const [line] = lines.split('\n').filter((text) => text.includes('"status":401'))
  const { reason } = JSON.parse(line ?? '{}') as { reason?: unknown }
  return { reason, detail: (answer.body as { detail?: unknown }).detail }
}

const unsigned: readonly (readonly [string, () => Promise<string>])[] = [
  ['It is not three parts in base64url.', () => Promise.resolve('canary.canary')],
  ['Its header or its payload is not strict JSON.', () => Promise.resolve('Y2FuYXJ5.Y2FuYXJ5.Y2FuYXJ5')],
  [
    'Its iss is not that of a configured issuer.',
    () => stranger.sign(claims({ iss: 'https://canary.example' })),
  ],
  [
    'Its alg is not one of the algorithms of its issuer.',
    async () => {
      const [, payload] = (await stranger.sign(claims())).split('.')
      return `${Buffer.from('{"alg":"none","kid":"canary"}').toString('base64url')}.${payload}.AAAA`
    },
  ],
  ['Its typ is not that of such a token.', () => stranger.sign(claims(), { typ: 'canary+jwt' })],
  ['Its signature is not by the key that it names.', () => stranger.sign(claims())],
]

test.each(unsigned)('the log alone says: %s', async (reason, token) => {
  expect(await refused(await token())).toEqual({ reason, detail: undefined })
})

test('of a token that its issuer signed, the answer says it too', async () => {
  const reason = 'The token has expired.'
  expect(await refused(await service.issuer.sign(claims({ exp: 1 })))).toEqual({ reason, detail: reason })
})

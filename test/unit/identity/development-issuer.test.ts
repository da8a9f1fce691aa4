import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { developmentIssuer } from '../../../src/identity/development-issuer.js'
import { authenticator } from '../../../src/identity/authenticator.js'
import { expectAnswer, send, tokenService } from '../../security/token-service.js'

let folder: string
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'claimstake-issuer-'))))
afterEach(() => rm(folder, { recursive: true }))

const payload = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as object

test('its tokens are good, also after a restart', async () => {
  const first = await developmentIssuer(folder)
  const token = await first.sign({ sub: 'ana', groups: ['Moderator'] })
  const app = tokenService(authenticator({ issuers: [(await developmentIssuer(folder)).settings] }))
  expect((await send(app, token)).body).toMatchObject({
    provider: 'oidc',
    identity: 'ana',
    groups: ['Moderator'],
  })
  await expectAnswer(app, await first.sign({}, { expiresIn: '-1h' }), 'C1')
})

test('it invents no identity', async () => {
  const { sign } = await developmentIssuer(folder)
  const claims = payload(await sign({ user_id: 'ana' }))
  expect(Object.keys(claims).toSorted()).toEqual(['aud', 'exp', 'iat', 'iss', 'user_id'])
  const { iat, exp } = claims as { iat: number; exp: number }
  expect(exp - iat).toBe(12 * 3600)
})

test('given claims stand as given', async () => {
  const { sign } = await developmentIssuer(folder)
  expect(payload(await sign({ aud: 'x', iss: 'y', exp: 1, iat: 0 }))).toEqual({
    aud: 'x',
    iss: 'y',
    exp: 1,
    iat: 0,
  })
})

test('its key is one file, for its owner only, however many start at once', async () => {
  const deep = join(folder, 'a', 'b')
  const issuers = await Promise.all(Array.from({ length: 8 }, () => developmentIssuer(deep)))
  expect(await readdir(deep)).toEqual(['development-issuer.json'])
  expect((await stat(join(deep, 'development-issuer.json'))).mode & 0o777).toBe(0o600)
  const app = tokenService(authenticator({ issuers: [issuers[0]?.settings].flatMap((each) => each ?? []) }))
  for (const { sign } of issuers) expect((await send(app, await sign({ sub: 'ana' }))).status).toBe(200)
})

test('a spoilt file is named', async () => {
  const file = join(folder, 'development-issuer.json')
  await writeFile(file, '{}')
  await expect(developmentIssuer(folder)).rejects.toThrow(`${file} holds no usable key`)
})

import { errorFacts } from '../../../src/http/error-facts.js'

test('tells what lies beneath an error, however deep', () => {
  const driver = Object.assign(new Error('relation "x" does not exist'), { code: '42P01', client: 'secret' })
  const facts = errorFacts(new Error('outer', { cause: new Error('inner', { cause: driver }) }))
  expect(facts).toMatchObject({
    message: 'outer',
    cause: { message: 'inner', cause: { code: '42P01', message: 'relation "x" does not exist' } },
  })
  expect(JSON.stringify(facts)).not.toContain('secret')
})

test('says neither the message of a Prisma error, which repeats arguments, nor what lies beneath it', () => {
  class PrismaClientKnownRequestError extends Error {
    override readonly name = 'PrismaClientKnownRequestError'
  }
  const error = new PrismaClientKnownRequestError('canary', { cause: new Error('canary') })
  expect(JSON.stringify(errorFacts(new Error('outer', { cause: error })).cause)).not.toMatch(/canary(?!\.)/u)
  expect(errorFacts(error)).not.toHaveProperty('cause')
})

test('an error that is its own cause has an end', () => {
  const error: Error = new Error('round')
  error.cause = error
  expect(errorFacts(error).message).toBe('round')
})

test.each([{ name: undefined }, { name: 5 }, { message: 5 }, { stack: 5 }, { stack: undefined }])(
  'tells of an error whose parts are not what they should be: %p',
  (parts) => {
    const error = Object.assign(new Error('inner'), parts)
    expect(typeof errorFacts(new Error('outer', { cause: error })).cause?.type).toBe('string')
  },
)

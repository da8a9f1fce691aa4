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

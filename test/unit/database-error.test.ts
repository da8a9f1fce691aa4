import { isDeadlock, meaningOf, messageForLog, sqlStateOf } from '../../src/database-error.js'

/** As `pg` has it. */
const ofPostgres = (code: string, message: string) =>
  Object.assign(new Error(message), { code, severity: 'ERROR' })

/** As Prisma has it: of the driver adapter, in its `meta`. */
function ofPrisma(
  code: string,
  cause: object,
  message = '\nInvalid `prisma.post.create()` invocation:\n\n\nreason',
) {
  class PrismaClientKnownRequestError extends Error {
    override readonly name = 'PrismaClientKnownRequestError'
    readonly code = code
    readonly meta = { driverAdapterError: Object.assign(new Error('adapter'), { cause }) }
  }
  return new PrismaClientKnownRequestError(message)
}

describe('each way in which a connection can die means: not now', () => {
  test.each([
    ['a raw statement on a connection that was reset', ofPrisma('P2010', { kind: 'ConnectionClosed' })],
    ['… that timed out', ofPrisma('P2010', { kind: 'SocketTimeout' })],
    ['… whose backend was ended', ofPrisma('P2010', { kind: 'postgres', originalCode: '57P01' })],
    ['… whose server crashed', ofPrisma('P2039', { kind: 'postgres', originalCode: '57P02' })],
    [
      'a connection that broke before',
      new Error('Client has encountered a connection error and is not queryable'),
    ],
    ['one that was closed', new Error('Client was closed and is not queryable')],
    ['one that ended', new Error('Connection terminated unexpectedly')],
    ['a pool that is ending', new Error('Cannot use a pool after calling end on the pool')],
    ['a pipe that is closed', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })],
    ['an answer that does not come', new Error('Query read timeout')],
    ['a disk that is full', ofPostgres('53100', 'could not extend file')],
    ['a disk that fails', ofPostgres('58030', 'could not write to file')],
    ['a standby', ofPrisma('P2039', { kind: 'postgres', originalCode: '25006' })],
    ['a transaction that was idle for too long', ofPostgres('25P03', 'terminating connection')],
    ['TLS that fails', ofPrisma('P1011', { kind: 'TlsConnectionError' })],
    [
      'any of these beneath another',
      new Error('outer', { cause: new Error('write EPIPE', { cause: { code: 'EPIPE' } }) }),
    ],
  ])('%s', (_, error) => {
    expect(meaningOf(error)).toBe('UNAVAILABLE')
  })
})

test.each([
  [ofPrisma('P2010', { originalCode: '22P02', originalMessage: 'invalid input' }), 'INVALID_INPUT'],
  [ofPrisma('P2002', { originalCode: '23505' }), 'CONFLICT'],
  [ofPrisma('P2039', { kind: 'postgres', originalCode: '42501' }), undefined],
  [new Error('anything'), undefined],
  [{ code: 7, message: 8, meta: 9 }, undefined],
  ['text', undefined],
])('means the same however it is wrapped: %p', (error, meaning) => {
  expect(meaningOf(error)).toBe(meaning)
})

test('finds what Postgres said, and takes no other code for it', () => {
  expect(sqlStateOf(ofPostgres('42P01', 'x'))).toBe('42P01')
  expect(sqlStateOf(ofPrisma('P2010', { originalCode: '3F000' }))).toBe('3F000')
  expect(sqlStateOf(new Error('outer', { cause: ofPostgres('P0001', 'raised') }))).toBe('P0001')
  expect(sqlStateOf(Object.assign(new Error('x'), { code: 'EPIPE' }))).toBeUndefined()
  expect(sqlStateOf(ofPrisma('P2025', {}))).toBeUndefined()
  expect([ofPrisma('P2034', {}), ofPostgres('40P01', 'deadlock')].map(isDeadlock)).toEqual([true, true])
})

describe('what a log is told', () => {
  test.each([
    [
      ofPrisma(
        'P2014',
        {},
        '\nInvalid `prisma.post.delete()` invocation:\n\n\nThe change would violate the required relation.',
      ),
      'The change would violate the required relation.',
    ],
    [
      ofPrisma('P2039', { originalCode: '42501', originalMessage: 'permission denied for table Post' }),
      'permission denied for table Post',
    ],
    [
      ofPrisma('P2010', {
        originalCode: '22P02',
        originalMessage: 'invalid input syntax for type uuid: "canary"',
      }),
      'invalid input syntax for type uuid: …',
    ],
    [
      ofPostgres('22003', 'value "4711" is out of range for type integer'),
      'value … is out of range for type integer',
    ],
    [ofPostgres('P0001', "no room for 'canary' at 4711, says \"canary"), 'no room for … at 0, says …'],
  ])('%p', (error, told) => {
    expect(messageForLog(error)).toBe(told)
  })

  test('of a call that Prisma refused: the argument, and nothing that was sent', () => {
    class PrismaClientValidationError extends Error {
      override readonly name = 'PrismaClientValidationError'
    }
    const refused = (reason: string) =>
      new PrismaClientValidationError(`call({ title: "canary" })\n\n${reason}`)
    expect(messageForLog(refused('Argument `location` is missing.'))).toBe('Argument `location` is missing.')
    expect(messageForLog(refused('canary'))).toBe('')
  })
})

import { ClaimstakeError } from '../../../src/errors.js'
import { forbiddenFields } from '../../../src/policy/forbidden.js'

test('the refusal names every field, in its text and by pointers', () => {
  const refusal = forbiddenFields(['owner', 'salary'])
  expect(refusal).toBeInstanceOf(ClaimstakeError)
  expect(refusal).toMatchObject({
    code: 'FORBIDDEN_FIELD',
    status: 403,
    detail: 'You may not write owner, salary like this.',
    errors: [
      { pointer: '/owner', code: 'forbidden', detail: 'not writable by you' },
      { pointer: '/salary', code: 'forbidden', detail: 'not writable by you' },
    ],
  })
})

/** Thrown where a write, thought through by the rules, must be refused: with one of these codes. */
export class Refused extends Error {
  readonly codes: readonly string[]

  constructor(why: keyof typeof refusals) {
    super(why)
    this.codes = refusals[why]
  }
}

/**
 * The table of refusals. Where a call offends in more than one way, any of its reasons may be the one that is told;
 * see {@link anyOfThem}.
 */
export const refusals = {
  'no right to the operation': ['FORBIDDEN_OPERATION'],
  'no right to the operation, and no credentials': ['UNAUTHENTICATED'],
  'the row is missing or hidden': ['P2025'],
  'the row may be seen, not written': ['FORBIDDEN_OPERATION', 'FORBIDDEN_FIELD'],
  'the new row may not be written': ['FORBIDDEN_OPERATION', 'FORBIDDEN_FIELD'],
  'a field may be written on no row': ['FORBIDDEN_FIELD'],
  'a value may be written on no row': ['FORBIDDEN_FIELD', 'FORBIDDEN_OPERATION'],
  'a value may be written on no row, this one hidden': ['FORBIDDEN_FIELD', 'P2025'],
  'an owner is needed': ['INVALID_INPUT'],
  'a required value is missing': ['PrismaClientValidationError'],
  'a foreign key names no row that can be seen': ['INVALID_INPUT'],
  'a unique value is taken': ['P2002', 'CONFLICT'],
  'a required relation would be lost': [
    'P2014',
    'P2025',
    'FORBIDDEN_OPERATION',
    'FORBIDDEN_FIELD',
    'CONFLICT',
    'P2002',
    'P2011',
  ],
  'an id is not changed': ['UNSUPPORTED_ARGUMENT'],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** Of a call that writes several rows or keys, the order in which they are judged is nobody's promise. */
export const anyOfThem: readonly string[] = [...new Set(Object.values(refusals).flat())].filter(
  (code) => code !== 'UNSUPPORTED_ARGUMENT',
)

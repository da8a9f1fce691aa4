import type { Operation } from '../policy/operation.js'
import type { Answer, Call, Row } from './call.js'

/**
 * What one method on a path does, stage by stage; the router runs the stages in order. The framework stays outside:
 * an endpoint takes plain data and answers with a status and a body.
 */
export interface Endpoint<Input = unknown, Result = unknown> {
  /** What the caller needs a right for. */
  readonly operation: Operation
  /** Parameters and body → typed input; 400, 413, 415, 422 end here. */
  validate(call: Call): Promise<Input>
  /** Input → rows, by the scoped client; 403 for a field, 404, 409, 412 end here. */
  act(call: Call, input: Input): Promise<Result>
  /** Rows → the answer, with the fields this caller may read. */
  serialize(call: Call, result: Result): Answer
  /** Where an `Idempotency-Key` counts: how a result is kept. */
  readonly repeat?: Repeat<Result>
}

/** A result as rows, and rows as a result: what is kept of a call that may be sent again, and what is answered then. */
export interface Repeat<Result> {
  rowsOf(result: Result): readonly Row[]
  /** @param rows as JSON has them; the fields that the caller may no longer read are gone */
  resultOf(rows: readonly Row[]): Result
}

/** A result that is one row. */
export const oneRow: Repeat<Row> = { rowsOf: (row) => [row], resultOf: ([row = {}]) => row }

/** A result that is a list of rows. */
export const listOfRows: Repeat<readonly Row[]> = { rowsOf: (rows) => rows, resultOf: (rows) => rows }

import type { Operation } from '../policy/operation.js'
import type { Answer, Call } from './call.js'

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
}

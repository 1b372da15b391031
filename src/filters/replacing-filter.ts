import type { Output, Replacement } from '../engine/callback.ts'
import { CallbackFilter } from '../engine/callback-filter.ts'
import type { Variables } from '../engine/context.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import { ProxyError } from '../errors.ts'
import { Data } from '../events.ts'
import { invalidArgument } from './argument-checks.ts'
import { ConstantOutput, emitOutput, invalidOutput } from './emit-output.ts'

/** A replacement whose constant has been checked. */
export type CheckedReplacement<Replaced, V = Variables> =
  | ConstantOutput
  | Exclude<Replacement<Replaced, V>, Output>

/**
 * Checks a replacement when the proxy is described.
 * @throws INVALID_ARGUMENT when it is a constant that cannot be output
 */
export function checkReplacement<Replaced, V>(
  name: string,
  replacement: Replacement<Replaced, V>,
): CheckedReplacement<Replaced, V> {
  if (typeof replacement === 'function') return replacement
  if (invalidOutput(replacement) === undefined) return new ConstantOutput(replacement)
  throw invalidArgument(name, 'the replacement must be an event, a Message, an array of them or a function', replacement)
}

/** A filter that outputs something else in the place of what it takes: what all replace… filters are. */
export abstract class ReplacingFilter<Replaced, V = Variables> extends CallbackFilter<V> {
  readonly #replacement: CheckedReplacement<Replaced, V>

  constructor(pipeline: Pipeline<V>, name: string, replacement: CheckedReplacement<Replaced, V>) {
    super(pipeline, name)
    this.#replacement = replacement
  }

  /** Whether the replacement is known without looking at what it replaces. */
  protected get isConstant(): boolean {
    return this.#replacement instanceof ConstantOutput
  }

  /** Outputs the replacement if it is a constant. @returns whether it is */
  protected replaceByConstant(): boolean {
    if (!(this.#replacement instanceof ConstantOutput)) return false
    this.emit(this.#replacement)
    return true
  }

  /** Outputs the replacement; later, if it is a promise. */
  protected replace(replaced: Replaced): void {
    const replacement = this.#replacement
    if (replacement instanceof ConstantOutput) {
      this.emit(replacement)
      return
    }
    let output: Output | Promise<Output>
    try {
      output = replacement(replaced, this.pipeline.context)
    } catch (error) {
      this.fail(error)
      return
    }
    if (!(output instanceof Promise)) {
      this.#emitChecked(output)
      return
    }
    // The callback goes on reading its bytes after this call.
    if (replaced instanceof Data) replaced.keep()
    this.waitFor(output, (result) => this.#emitChecked(result))
  }

  /** Sends out what is known to be valid. */
  protected emit(output: Output | ConstantOutput): void {
    emitOutput(output, this.next)
  }

  #emitChecked(output: Output): void {
    const invalid = invalidOutput(output)
    if (invalid === undefined) this.emit(output)
    else this.fail(new ProxyError('INVALID_OUTPUT', `Cannot use what the callback of ${this.name} gave: ${invalid.message}`))
  }
}

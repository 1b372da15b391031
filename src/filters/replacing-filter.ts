import type { Output } from '../engine/callback.ts'
import { CallbackFilter } from '../engine/callback-filter.ts'
import type { Variables } from '../engine/context.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import { Data } from '../events.ts'
import type { CheckedReplacement } from './check-replacement.ts'
import type { CollectedMessage } from './collected-message.ts'
import { ConstantOutput } from './constant-output.ts'
import { emitOutput } from './emit-output.ts'
import { invalidOutput } from './invalid-output.ts'

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

  /** Takes what is known to be valid; sends it out. */
  protected emit(output: Output | ConstantOutput): void {
    this.send(output)
  }

  /**
   * Sends out what is known to be valid.
   * @param replaced the message that it stands for
   * @returns whether that was anything
   */
  protected send(output: Output | ConstantOutput, replaced?: CollectedMessage): boolean {
    return output instanceof ConstantOutput ? output.emit(this.next) : emitOutput(output, this.next, replaced)
  }

  #emitChecked(output: Output): void {
    const invalid = invalidOutput(output, `${this.name} in ${this.pipeline.layout.title}`)
    if (invalid === undefined) this.emit(output)
    else this.fail(invalid)
  }
}

import type { EvaluateScript } from '../../src/script/evaluate-script.ts'
import type { RewrittenScript } from '../../src/script/rewritten-script.ts'

/**
 * Makes a script a function whose stack frames lie in the script's own file. `new Function` and node:vm of Bun put lines
 * above the script's own, so this evaluates an expression. The script is the operator's own program, as a module would be;
 * nothing of a request gets here.
 * @param script with a function around it
 */
export function compileScript({ code, file }: RewrittenScript): EvaluateScript {
  // oxlint-disable-next-line eslint/no-eval -- that is what a script is for, see above
  return globalThis.eval(`${code}\n//# sourceURL=${file}`) as EvaluateScript
}

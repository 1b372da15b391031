const CALLED = /\(0 ?, ?\$scope_*\.context\.([\w$]+)\)/g
const REWRITTEN = /\$scope_*\.context\./g

/**
 * Puts the script's own names back into the message of an error that the JavaScript engine made from rewritten code:
 * `$scope.context._f is not a function` becomes `_f is not a function`. Gives the same error.
 */
export function restoreNames(error: unknown): unknown {
  if (error instanceof TypeError && error.message.includes('$scope')) {
    error.message = error.message.replace(CALLED, '$1').replace(REWRITTEN, '')
  }
  return error
}

import type { AnyNode, AwaitExpression, CallExpression } from 'acorn'
import type MagicString from 'magic-string'
import { walk } from './syntax-tree.ts'

const PROMISE_METHODS = new Set(['then', 'catch', 'finally'])

/**
 * Lets the context survive promises, which Pipy's own engine sees to. After an `await` the rest of the function runs
 * in the context that was current before it: `await x` becomes `$scope.take($scope.context, await $scope.settle(x))`.
 * Functions given to `then`, `catch` and `finally` run in the context in which they were given.
 * @param refuse makes the error for what cannot be done: `for await` and async generators wait where nothing can be
 * put in between
 */
export function carryContextOverPromises(
  text: MagicString,
  program: AnyNode,
  scopeName: string,
  refuse: (message: string, node: AnyNode) => Error,
): void {
  walk(program, (node) => {
    if (node.type === 'AwaitExpression') rewriteAwait(text, node, scopeName)
    else if (node.type === 'CallExpression') bindCallbacks(text, node, scopeName)
    else if (node.type === 'ForOfStatement' && node.await) {
      throw refuse('Cannot use "for await" in a script: await inside a loop instead', node)
    } else if (isAsyncGenerator(node)) {
      throw refuse('Cannot use an async generator in a script: use an async function instead', node)
    }
  })
}

// Outer nodes are visited first: appendRight puts their openings before those of inner ones, prependLeft their ends
// behind.
function rewriteAwait(text: MagicString, node: AwaitExpression, scopeName: string): void {
  text.appendRight(node.start, `${scopeName}.take(${scopeName}.context, `)
  text.appendRight(node.start + 'await'.length, ` ${scopeName}.settle(`)
  text.prependLeft(node.end, '))')
}

function bindCallbacks(text: MagicString, { callee, arguments: values }: CallExpression, scopeName: string): void {
  if (callee.type !== 'MemberExpression' || callee.computed || callee.property.type !== 'Identifier') return
  if (!PROMISE_METHODS.has(callee.property.name)) return
  for (const value of values) {
    if (value.type === 'SpreadElement') continue
    text.appendRight(value.start, `${scopeName}.bind((`).prependLeft(value.end, '))')
  }
}

function isAsyncGenerator(node: AnyNode): boolean {
  return (node.type === 'FunctionExpression' || node.type === 'FunctionDeclaration') && node.async && node.generator
}

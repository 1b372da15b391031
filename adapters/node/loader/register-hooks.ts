import * as nodeModule from 'node:module'
import * as hooks from './module-hooks.ts'

type Register = typeof nodeModule.register

let isRegistered = false

/** Makes Node load modules as module-hooks.ts says, from now on. */
export function registerHooks(): void {
  if (isRegistered) return
  isRegistered = true
  // Node 20 has only the hooks that run in a thread of their own.
  if ('registerHooks' in nodeModule) nodeModule.registerHooks(hooks as Parameters<typeof nodeModule.registerHooks>[0])
  else (nodeModule as { readonly register: Register }).register('./module-hooks.js', import.meta.url)
}

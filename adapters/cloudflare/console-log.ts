import type { Log } from '../../src/engine/log.ts'
import { ProxyError } from '../../src/errors.ts'

/** Writes to the Worker's console, which the platform keeps and `wrangler dev` shows. */
export const consoleLog: Log = {
  error: (message, error) => {
    const thrown = thrownByUser(error)
    if (thrown === undefined) console.error(message)
    else console.error(message, thrown)
  },
  warn: (message) => console.warn(message),
  info: (message) => console.log(message),
  debug: () => undefined,
}

/** What the user's own code threw: by its stack and the source map the platform tells the place. */
function thrownByUser(error: unknown): Error | undefined {
  if (!(error instanceof ProxyError) || !(error.cause instanceof Error)) return undefined
  return error.code === 'CALLBACK_FAILED' || error.code === 'SCRIPT_FAILED' ? error.cause : undefined
}

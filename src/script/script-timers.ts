import { ProxyError } from '../errors.ts'
import type { ScriptHost } from './script-host.ts'
import type { ScriptScope } from './script-scope.ts'

type Callback = (...values: unknown[]) => unknown

/** The standard timers as scripts see them. */
export interface ScriptTimers {
  readonly setTimeout: (callback: Callback, delayMs?: number, ...values: unknown[]) => unknown
  readonly setInterval: (callback: Callback, delayMs?: number, ...values: unknown[]) => unknown
  readonly queueMicrotask: (callback: Callback) => void
}

/**
 * Timers that call back in the context in which they were set. What a callback throws is logged: nobody above it could
 * catch it, and it would end the process.
 */
export function createScriptTimers(scope: ScriptScope, host: Pick<ScriptHost, 'log'>): ScriptTimers {
  const guard = (callback: Callback): Callback => {
    const bound = scope.bind(callback) as Callback
    return (...values) => {
      try {
        bound(...values)
      } catch (error) {
        const failure = ProxyError.from(error, 'CALLBACK_FAILED', 'Cannot run the callback of a timer')
        host.log(failure.message, 'error', failure)
      }
    }
  }
  return {
    setTimeout: (callback, delayMs, ...values) => setTimeout(guard(callback), delayMs, ...values),
    setInterval: (callback, delayMs, ...values) => setInterval(guard(callback), delayMs, ...values),
    queueMicrotask: (callback) => queueMicrotask(guard(callback)),
  }
}

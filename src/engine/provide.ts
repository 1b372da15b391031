import type { Provider } from './callback.ts'
import type { Context } from './context.ts'

/** What a provider gives now. What a function throws goes up to the caller. */
export function provide<T, V>(provider: Provider<T, V>, context: Context<V>): T | Promise<T> {
  if (typeof provider !== 'function') return provider
  return (provider as (context: Context<V>) => T | Promise<T>)(context)
}

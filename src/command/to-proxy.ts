import type { ProxyDefinition } from '../engine/proxy-definition.ts'
import { ProxyError } from '../errors.ts'

/**
 * Makes a proxy of what a module exports by default: what `pipy()` or `gateway()` returned as it is, a gateway's
 * configuration from `defineGateway` as the proxy that it describes.
 * @param loaded the module
 * @throws NOT_A_PROXY for anything else; INVALID_ARGUMENT for a configuration with mistakes
 */
export async function toProxy(loaded: { readonly default?: unknown }, file: string): Promise<ProxyDefinition> {
  if (!Object.hasOwn(loaded, 'default')) {
    const text = `Cannot use module ${file}: it has no default export, expected "export default pipy(…)…"`
    throw new ProxyError('NOT_A_PROXY', text)
  }
  const { default: proxy } = loaded
  if (isProxyDefinition(proxy)) return proxy
  // Few proxies are gateways: the others do without the modules.
  if (isMarked(proxy))
    return (await import('../gateway/gateway.ts')).gateway(proxy as never) as unknown as ProxyDefinition
  const given = proxy === null ? 'null' : typeof proxy
  const hint = given === 'object' ? ' or defineGateway()' : ''
  throw new ProxyError(
    'NOT_A_PROXY',
    `Cannot use module ${file}: its default export is ${given}, expected what pipy()${hint} returns`,
  )
}

function isMarked(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, Symbol.for('sluice.gateway'))
}

/** By its shape: a proxy may be made by a class of the user's own. */
function isProxyDefinition(value: unknown): value is ProxyDefinition {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['variables', 'listeners', 'tasks', 'pipelines'].every((name) => name in value)
  )
}

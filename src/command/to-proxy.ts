import type { ProxyDefinition } from '../engine/proxy-definition.ts'
import { ProxyError } from '../errors.ts'
import { folderOf } from './folder-of.ts'

/**
 * Makes a proxy of what a module exports by default: what `pipy()` or `gateway()` returned as it is, a gateway's
 * configuration from `defineGateway` as the proxy that it describes.
 * @param loaded the module
 * @param file absolute: what a configuration calls by a relative path lies beside it
 * @param env the variables that a configuration may name
 * @throws NOT_A_PROXY for anything else; INVALID_ARGUMENT for a configuration with mistakes
 */
export async function toProxy(
  loaded: { readonly default?: unknown },
  file: string,
  env: object,
): Promise<ProxyDefinition> {
  if (!Object.hasOwn(loaded, 'default')) {
    const text = `Cannot use module ${file}: it has no default export, expected "export default pipy(…)…"`
    throw new ProxyError('NOT_A_PROXY', text)
  }
  const { default: proxy } = loaded
  if (isProxyDefinition(proxy)) return proxy
  // Few proxies are gateways: the others do without the modules.
  if (isMarked(proxy)) {
    const [{ createGateway }, { describeProblem }] = await Promise.all([
      import('../gateway/create-gateway.ts'),
      import('../gateway/describe-problem.ts'),
    ])
    const options = { env, folder: folderOf(file) }
    const described = createGateway(proxy, options, (problem) => `${describeProblem(problem)} in ${file}`)
    return described as unknown as ProxyDefinition
  }
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

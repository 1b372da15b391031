import type { ProxyDefinition } from '../engine/proxy-definition.ts'
import { ProxyError } from '../errors.ts'
import { isGatewayProxy } from './is-gateway-proxy.ts'
import type { ExplainArguments } from './read-explain-arguments.ts'

/** The names of a configuration that no argument names, in the order in which they are looked for. */
const NAMES = ['ts', 'mts', 'js', 'mjs', 'json', 'yaml', 'yml'].map((extension) => `sluice.config.${extension}`)

/** Where configurations come from. */
export interface ConfigurationFolder {
  has(file: string): boolean
  load(file: string): Promise<ProxyDefinition>
}

/**
 * `sluice explain`: which route of a gateway takes a request, and what becomes of it.
 * @throws FILE_NOT_FOUND when there is no configuration, INVALID_ARGUMENT for a proxy that is no gateway; what loading it
 * throws
 */
export async function explainWith(folder: ConfigurationFolder, request: ExplainArguments): Promise<string> {
  const { method, url, headers, file = NAMES.find((name) => folder.has(name)) } = request
  if (file === undefined) {
    throw new ProxyError('FILE_NOT_FOUND', `Cannot explain: there is no ${NAMES.join(', ')}; name the configuration`)
  }
  const proxy = await folder.load(file)
  if (!isGatewayProxy(proxy)) {
    const text = `Cannot explain ${file}: it is a proxy, and only a gateway's configuration says what its routes are`
    throw new ProxyError('INVALID_ARGUMENT', text)
  }
  const { explainRequest } = await import('../gateway/explain-request.ts')
  return explainRequest(proxy.plan, { method, url: url as URL, headers })
}

import type { Service } from '../algorithms/service/service.ts'
import { ProxyError } from '../errors.ts'

/** NO_TARGET, 503: there is nobody to send a request to. */
export function noTarget({ name, targets }: Pick<Service, 'name' | 'targets'>): ProxyError {
  const state = targets.length === 0 ? 'it has none' : `none of its ${targets.length} is available`
  return new ProxyError('NO_TARGET', `Cannot find a target of service "${name}": ${state}`)
}

import type { TargetOrigin } from '../discovery.ts'
import type { CheckedService } from './gateway-configuration.ts'
import { placeFile } from './place-file.ts'

/**
 * Where a service's targets are found, of what its configuration says.
 * @param folder that files lie in; undefined for that of the process
 */
export function serviceOrigin(
  discover: NonNullable<CheckedService['discover']>,
  folder: string | undefined,
): TargetOrigin {
  const { allowsEmpty: _, ...origin } = discover
  if ('file' in origin) {
    const { file, ...options } = origin
    return { kind: 'file', path: placeFile(file, folder), ...options }
  }
  if ('srv' in origin) {
    const { srv: name, ...options } = origin
    return { kind: 'services', name, ...options }
  }
  const { dns, ...options } = origin
  const colon = dns.lastIndexOf(':')
  return { kind: 'addresses', name: dns.slice(0, colon), port: Number(dns.slice(colon + 1)), ...options }
}

import type { TargetOrigin } from '../discovery.ts'

/** Where targets are found, in a few words: `DNS A of "web.internal", port 8080`. */
export function describeOrigin(origin: TargetOrigin): string {
  if (origin.kind === 'file') return `file ${origin.path}`
  const { name, servers } = origin
  const asked = servers === undefined ? '' : `, asked of ${servers.join(', ')}`
  if (origin.kind === 'services') return `DNS SRV of "${name}"${asked}`
  const { type = 'A', port } = origin
  return `DNS ${type} of "${name}", port ${port}${asked}`
}

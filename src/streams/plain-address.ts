/**
 * An IP address as scripts compare it: an IPv4 client of a port on all addresses is told as `::ffff:127.0.0.1`, and is
 * `127.0.0.1` to them.
 */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return ''
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address
}

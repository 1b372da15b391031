/**
 * Whether an answer switches to what its request asked for: RFC 9110 7.8, a server switches to nothing else.
 * @param upgrade the Upgrade of the answer, of one protocol or several
 * @param asked the protocols that the request asked for, joined by ', '
 */
export function isAskedProtocol(upgrade: string, asked: string): boolean {
  const protocols = asked.toLowerCase().split(', ')
  return upgrade !== '' && upgrade.split(', ').every((protocol) => protocols.includes(protocol.toLowerCase()))
}

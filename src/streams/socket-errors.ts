/** What the system says about sockets, in Sluice's codes. */
import { type ErrorCode, ProxyError } from '../errors.ts'
import type { Address } from '../transport.ts'
import { formatAddress } from './format-address.ts'

interface Meaning {
  readonly code: ErrorCode
  readonly state: string
}

const CONNECT_MEANINGS: Readonly<Record<string, Meaning>> = {
  ENOTFOUND: { code: 'CANNOT_RESOLVE', state: 'the name is not known' },
  EAI_AGAIN: { code: 'CANNOT_RESOLVE', state: 'the name server does not answer' },
  ENODATA: { code: 'CANNOT_RESOLVE', state: 'the name has no address' },
  ECONNREFUSED: { code: 'CONNECTION_REFUSED', state: 'nothing listens there' },
  ETIMEDOUT: { code: 'CONNECT_TIMEOUT', state: 'no answer' },
  ERR_SOCKET_CONNECTION_TIMEOUT: { code: 'CONNECT_TIMEOUT', state: 'no answer' },
}

const LISTEN_MEANINGS: Readonly<Record<string, Meaning>> = {
  EADDRINUSE: {
    code: 'ADDRESS_IN_USE',
    state: 'the port is in use; stop the program that has it, or take another one',
  },
  EACCES: { code: 'ADDRESS_FORBIDDEN', state: 'the system does not allow this port; ports below 1024 need privileges' },
  EPERM: { code: 'ADDRESS_FORBIDDEN', state: 'the system does not allow it' },
  EADDRNOTAVAIL: { code: 'ADDRESS_UNAVAILABLE', state: 'this machine does not have the address' },
  ENOTFOUND: { code: 'ADDRESS_UNAVAILABLE', state: 'the name is not known' },
}

/** Why a connection could not be opened: CANNOT_RESOLVE, CONNECTION_REFUSED, CONNECT_TIMEOUT or CONNECT_FAILED. */
export function connectError(error: unknown, address: Address): ProxyError {
  return toProxyError(error, CONNECT_MEANINGS, 'CONNECT_FAILED', `Cannot connect to "${formatAddress(address)}"`)
}

/** Why a port could not be opened: ADDRESS_IN_USE, ADDRESS_FORBIDDEN or ADDRESS_UNAVAILABLE. */
export function listenError(error: unknown, address: Address): ProxyError {
  return toProxyError(error, LISTEN_MEANINGS, 'ADDRESS_UNAVAILABLE', `Cannot listen on "${formatAddress(address)}"`)
}

/** Why a connection that stood is over. */
export function resetError(error: unknown): ProxyError {
  return toProxyError(error, {}, 'CONNECTION_RESET', 'Cannot read or write the connection')
}

/** Why a connection was not accepted: too many open files, say. */
export function acceptError(error: unknown, address: Address): ProxyError {
  const state = systemCodeOf(error) ?? String(error)
  const text = `Cannot accept a connection on "${formatAddress(address)}": ${state}`
  return new ProxyError('CONNECTION_CLOSED', text, { source: 'downstream', cause: error })
}

function toProxyError(
  error: unknown,
  meanings: Readonly<Record<string, Meaning>>,
  otherwise: ErrorCode,
  action: string,
): ProxyError {
  if (error instanceof ProxyError) return error
  const systemCode = systemCodeOf(error)
  const meaning = systemCode === undefined ? undefined : meanings[systemCode]
  const state = meaning?.state ?? systemCode ?? (error instanceof Error ? error.message : String(error))
  return new ProxyError(meaning?.code ?? otherwise, `${action}: ${state}`, { cause: error })
}

/** `ECONNREFUSED` and the like. Of several addresses that were tried, the first one's. */
function systemCodeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

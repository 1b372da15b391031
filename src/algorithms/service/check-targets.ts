import { ProxyError } from '../../errors.ts'
import type { TargetInit } from './target-init.ts'

/** The largest weight; the sums that balancers make of them stay exact. */
const MAX_WEIGHT = 1_000_000
/** `host:port`, `http://host`, `https://host`, `tcp://host:port`, `binding:NAME`: no more than that it can be one. */
const ADDRESS =
  /^(?:(?:https?|tcp):\/\/[^\s/?#@]+\/?|binding:[A-Za-z_]\w*|(?:[^\s/?#@:[\]]+|\[[\da-fA-F:.]+\]):\d{1,5})$/

/** @throws INVALID_ARGUMENT for the first thing in a list of targets that cannot be used, naming it and its value */
export function checkTargets(service: string, targets: readonly TargetInit[]): void {
  if (!Array.isArray(targets)) throw refuse(service, 'targets', targets, 'an array')
  const known = new Map<string, number>()
  ;(targets as readonly unknown[]).forEach((target, i) => {
    const field = `targets[${i}]`
    if (typeof target === 'string') return checkAddress(service, field, target, i, known)
    if (typeof target !== 'object' || target === null)
      throw refuse(service, field, target, '"host:port" or { address }')
    const { address, weight, priority, metadata, ...others } = target as Record<string, unknown>
    for (const name in others)
      throw refuse(service, `${field}.${name}`, others[name], 'address, weight, priority and metadata only')
    checkAddress(service, `${field}.address`, address, i, known)
    const isWeight = typeof weight === 'number' && weight >= 0 && weight <= MAX_WEIGHT
    if (weight !== undefined && !isWeight) throw refuse(service, `${field}.weight`, weight, `0 to ${MAX_WEIGHT}`)
    if (priority !== undefined && !(Number.isSafeInteger(priority) && (priority as number) >= 0)) {
      throw refuse(service, `${field}.priority`, priority, 'a whole number from 0 up')
    }
    checkMetadata(service, `${field}.metadata`, metadata)
  })
}

function checkAddress(service: string, field: string, value: unknown, i: number, known: Map<string, number>): void {
  if (typeof value !== 'string' || !ADDRESS.test(value)) {
    throw refuse(service, field, value, '"host:port", or a URL without a path')
  }
  const first = known.get(value)
  if (first !== undefined) throw refuse(service, field, value, `another address than that of targets[${first}]`)
  known.set(value, i)
}

function checkMetadata(service: string, field: string, value: unknown): void {
  if (value === undefined) return
  if (typeof value !== 'object' || value === null) throw refuse(service, field, value, 'an object of texts')
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw refuse(service, `${field}.${name}`, text, 'a text')
  }
}

function refuse(service: string, field: string, value: unknown, expected: string): ProxyError {
  const shown = typeof value === 'object' && value !== null ? 'an object' : `"${String(value)}"`
  return new ProxyError(
    'INVALID_ARGUMENT',
    `Cannot set targets of service "${service}": ${field} is ${shown}, expected ${expected}`,
  )
}

import type { Service } from '../../algorithms/service/service.ts'
import type { Target } from '../../algorithms/service/target.ts'
import type { Context, Variables } from '../../engine/context.ts'
import type { MessageStart } from '../../events.ts'
import type { KeyReader } from './key-reader.ts'
import type { Sticky, StickyMark } from './sticky.ts'
import type { StickyKeys } from './sticky-keys.ts'

const FREE: StickyMark = { key: undefined, target: undefined }

/**
 * By a key that requests have. With a balancer that goes by keys it is all that is needed, in every process alike, and a
 * target that was away gets its keys back. With any other one the target of each key is remembered here: a key whose
 * target is away moves to another one, and stays there.
 */
export class KeySticky implements Sticky {
  readonly #service: Service
  readonly #read: KeyReader
  readonly #keys: StickyKeys

  constructor(service: Service, read: KeyReader, keys: StickyKeys) {
    this.#service = service
    this.#read = read
    this.#keys = keys
  }

  read(start: MessageStart, context: Context<Variables>): StickyMark | Promise<StickyMark> {
    const key = this.#read(start, context)
    return key instanceof Promise ? key.then((value) => this.#find(value)) : this.#find(key)
  }

  stick({ key }: StickyMark, target: Target): undefined {
    if (key !== undefined && !this.#service.isKeyed) this.#keys.set(key, target.address)
  }

  #find(value: unknown): StickyMark {
    if (value === undefined || value === null || value === '') return FREE
    const key = String(value)
    const service = this.#service
    if (service.isKeyed) return { key, target: undefined }
    const address = this.#keys.get(key)
    const known = address === undefined ? undefined : service.find(address)
    // Noted before it is answered, so that requests of one key that come together stay together.
    const target = known?.isServing === true ? known : service.pick({ key })
    if (target !== undefined && target !== known) this.#keys.set(key, target.address)
    return { key, target }
  }
}

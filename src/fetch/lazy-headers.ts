import type { Headers as HeadHeaders } from '../events.ts'
import { createHeaders } from '../http/header-object.ts'

const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/
const COOKIE = 'set-cookie'

/** What a head shows otherwise than the fields that came: undefined leaves one out. */
export type ShownFields = Readonly<Record<string, string | undefined>>

/**
 * The fields of a Request or a Response as the plain object that scripts see, made as far as it is looked at: to read all
 * fields of a small request takes more time than to answer it from memory.
 */
export class LazyHeaders implements ProxyHandler<HeadHeaders> {
  /** What scripts see. */
  readonly object: HeadHeaders
  readonly #source: Headers
  readonly #shown: ShownFields
  #isWhole = false
  #isWritten = false
  #cookies: readonly string[] | undefined

  /** @param shown fields that are not shown as they came, by lower-case name */
  constructor(source: Headers, shown: ShownFields) {
    this.#source = source
    this.#shown = shown
    this.object = new Proxy(createHeaders(), this)
  }

  /** Whether the object still says what came. */
  get isUnchanged(): boolean {
    if (this.#isWritten) return false
    const given = this.#cookies
    if (given === undefined) return true
    const came = this.#source.getSetCookie()
    return given.length === came.length && given.every((cookie, i) => cookie === came[i])
  }

  get(target: HeadHeaders, name: string | symbol): unknown {
    if (typeof name !== 'string' || this.#isWhole || name in target) return target[name as string]
    const value = this.#read(name)
    if (value !== undefined) target[name] = value
    return value
  }

  has(target: HeadHeaders, name: string | symbol): boolean {
    return name in this.#toWhole(target)
  }

  ownKeys(target: HeadHeaders): (string | symbol)[] {
    return Reflect.ownKeys(this.#toWhole(target))
  }

  getOwnPropertyDescriptor(target: HeadHeaders, name: string | symbol): PropertyDescriptor | undefined {
    return Reflect.getOwnPropertyDescriptor(this.#toWhole(target), name)
  }

  set(target: HeadHeaders, name: string | symbol, value: unknown): boolean {
    this.#isWritten = true
    return Reflect.set(this.#toWhole(target), name, value)
  }

  defineProperty(target: HeadHeaders, name: string | symbol, attributes: PropertyDescriptor): boolean {
    this.#isWritten = true
    return Reflect.defineProperty(this.#toWhole(target), name, attributes)
  }

  deleteProperty(target: HeadHeaders, name: string | symbol): boolean {
    this.#isWritten = true
    return Reflect.deleteProperty(this.#toWhole(target), name)
  }

  #read(name: string): string | string[] | undefined {
    if (Object.hasOwn(this.#shown, name)) return this.#shown[name]
    if (!NAME.test(name)) return undefined
    if (name !== COOKIE) return this.#source.get(name) ?? undefined
    const cookies = this.#source.getSetCookie()
    if (cookies.length === 0) return undefined
    this.#cookies = cookies
    return cookies
  }

  /** Fields that are not shown as they came stand first, as Host does. */
  #toWhole(target: HeadHeaders): HeadHeaders {
    if (this.#isWhole) return target
    this.#isWhole = true
    const cookies = this.#cookies ?? this.#read(COOKIE)
    // What was read before stands in another order.
    for (const name of Object.keys(target)) delete target[name]
    for (const name in this.#shown) if (this.#shown[name] !== undefined) target[name] = this.#shown[name]
    for (const [name, value] of this.#source) {
      if (name !== COOKIE && !Object.hasOwn(this.#shown, name)) target[name] = value
    }
    if (cookies !== undefined) target[COOKIE] = cookies as string[]
    return target
  }
}

import type { Service } from '../../algorithms/service/service.ts'
import type { StickyByCookie } from '../../algorithms/service/sticky-options.ts'
import type { Target } from '../../algorithms/service/target.ts'
import type { MessageStart } from '../../events.ts'
import type { CookieBook, VerifiedCookie } from './cookie-book.ts'
import { requestField } from './request-field.ts'
import type { Sticky, StickyMark } from './sticky.ts'

interface CookieMark extends StickyMark {
  readonly cookie: VerifiedCookie | undefined
}

/** By a signed cookie that says which target the client has: nothing is kept here that another process would need. */
export class CookieSticky implements Sticky {
  readonly #service: Service
  readonly #book: CookieBook
  readonly #now: () => number
  readonly #attributes: string
  readonly #find: RegExp
  /** Cookies for all targets are being signed. */
  #preparing: Promise<void> | undefined

  constructor(service: Service, options: StickyByCookie, book: CookieBook) {
    this.#service = service
    this.#book = book
    this.#now = options.now ?? Date.now
    this.#attributes = attributes(options)
    this.#find = new RegExp(`(?:^|[;,])\\s*${book.name.replace(/[.*+?^$|]/g, '\\$&')}=([^;,\\s]*)`)
  }

  read(start: MessageStart): CookieMark | Promise<CookieMark> {
    const value = this.#valueIn(start)
    const isReady = this.#book.isReady(this.#service.targets, this.#now())
    if (!isReady) return this.#prepare().then(() => this.#readReady(value))
    return this.#readReady(value)
  }

  stick(mark: StickyMark, target: Target): string | undefined {
    const { cookie } = mark as CookieMark
    const { ttlMs, name } = this.#book
    const isGood = cookie?.address === target.address && cookie.isCurrent && cookie.expiresMs - this.#now() > ttlMs / 2
    if (isGood) return undefined
    const value = this.#book.issued(target)
    // One that has come since the request was read gets its cookie with the next answer.
    return value === undefined ? undefined : `${name}=${value}${this.#attributes}`
  }

  #valueIn(start: MessageStart): string | undefined {
    const field = requestField(start, 'cookie')
    const value = field === undefined ? undefined : this.#find.exec(field)?.[1]
    return value !== undefined && this.#book.isPlausible(value) ? value : undefined
  }

  #prepare(): Promise<void> {
    this.#preparing ??= this.#book.prepare(this.#service.targets, this.#now()).finally(() => {
      this.#preparing = undefined
    })
    return this.#preparing
  }

  #readReady(value: string | undefined): CookieMark | Promise<CookieMark> {
    if (value === undefined) return this.#mark(undefined)
    const known = this.#book.known(value)
    return known === undefined ? this.#book.verify(value).then((cookie) => this.#mark(cookie)) : this.#mark(known)
  }

  #mark(cookie: VerifiedCookie | undefined): CookieMark {
    const isValid = cookie !== undefined && cookie.expiresMs > this.#now()
    const target = isValid ? this.#service.find(cookie.address) : undefined
    return {
      key: undefined,
      target: target?.isServing === true ? target : undefined,
      cookie: isValid ? cookie : undefined,
    }
  }
}

/** RFC 6265 4.1. */
function attributes(options: StickyByCookie): string {
  const { path = '/', domain, ttlMs = 0, secure = false, httpOnly = true, sameSite = 'Lax' } = options
  let text = `; Path=${path}`
  if (domain !== undefined) text += `; Domain=${domain}`
  if (ttlMs > 0) text += `; Max-Age=${Math.ceil(ttlMs / 1_000)}`
  if (secure) text += '; Secure'
  if (httpOnly) text += '; HttpOnly'
  return `${text}; SameSite=${sameSite}`
}

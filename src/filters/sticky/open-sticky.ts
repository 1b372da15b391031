import type { Service } from '../../algorithms/service/service.ts'
import type { Transport } from '../../transport.ts'
import { ConnectionSticky } from './connection-sticky.ts'
import { CookieBook } from './cookie-book.ts'
import { CookieSticky } from './cookie-sticky.ts'
import { keyReader } from './key-reader.ts'
import { KeySticky } from './key-sticky.ts'
import { StickyKeys } from './sticky-keys.ts'
import type { Sticky } from './sticky.ts'

/**
 * What is known of the clients of a service. It belongs to the service and not to who asks: several filters may send to one
 * service, and a Worker's filters live for one request.
 */
const BOOKS = new WeakMap<Service, CookieBook>()
const KEYS = new WeakMap<Service, StickyKeys>()

/** The stickiness of a service as its options say; undefined for a service without one. */
export function openSticky(service: Service, transport: Pick<Transport, 'now'>): Sticky | undefined {
  const { sticky } = service.options
  if (sticky === undefined) return undefined
  if (sticky.by === 'connection') return new ConnectionSticky(service)
  if (sticky.by === 'cookie') {
    let book = BOOKS.get(service)
    if (book === undefined) {
      book = new CookieBook(service.name, sticky)
      BOOKS.set(service, book)
    }
    return new CookieSticky(service, sticky, book)
  }
  let keys = KEYS.get(service)
  if (keys === undefined) {
    keys = new StickyKeys(sticky)
    KEYS.set(service, keys)
  }
  keys.use(() => transport.now())
  return new KeySticky(service, keyReader(sticky), keys)
}

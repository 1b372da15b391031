/**
 * What a user's module may throw where, by the path that makes it. `/ok` and `/held` throw nothing; `/held` is answered
 * when `/release` is asked for.
 * @param types leaves in what only TypeScript understands
 */
export function throwingModule(types: boolean): string {
  const text = `import { EventEmitter } from 'node:events'
import { algo, Data, Message, MessageEnd, MessageStart, pipy } from 'sluice'

const emitter = new EventEmitter()
emitter.on('event', () => { throw new Error('from an emitter') })
let release: () => void = () => {}
const held = new Promise<void>((resolve) => { release = resolve })
const hostile = { toString(): string { throw new Error('no text') } }
const hostileError = new Error('hostile')
Object.defineProperty(hostileError, 'stack', { get() { throw new Error('no stack') } })
Object.defineProperty(hostileError, 'message', { get() { return hostile } })
Object.defineProperty(hostileError, 'cause', { get() { throw new Error('no cause') } })
const cache = new algo.Cache<string, string>(
  (key) => { throw new Error('from a cache ' + key) },
)
const leaving = new algo.Cache<string, string>((key) => key, () => { throw new Error('from the end of an entry') })
const pool = new algo.ResourcePool<string, string>((key) => { throw new Error('from a pool ' + key) })
const router = new algo.URLRouter<string>({ '/*': 'a' })

const uncaught: Record<string, () => void> = {
  '/timeout': () => setTimeout(() => { throw new Error('from a timeout') }, 0),
  '/interval': () => { const timer = setInterval(() => { clearInterval(timer); throw new Error('from an interval') }, 1) },
  '/immediate': () => setImmediate(() => { throw new Error('from an immediate') }),
  '/microtask': () => queueMicrotask(() => { throw new Error('from a microtask') }),
  '/tick': () => process.nextTick(() => { throw new Error('from a tick') }),
  '/emitter': () => setImmediate(() => emitter.emit('event')),
  '/error-event': () => setImmediate(() => emitter.emit('error', new Error('from an error event'))),
  '/rejection': () => { void Promise.reject(new Error('from a rejection')) },
  '/async-timeout': () => setTimeout(async () => { await null; throw new Error('from an async timeout') }, 0),
  '/undefined-later': () => setTimeout(() => { throw undefined }, 0),
  '/undefined-rejection': () => { void Promise.reject() },
  '/bare-later': () => setTimeout(() => { throw Object.create(null) }, 0),
  '/bare-rejection': () => { void Promise.reject(Object.create(null)) },
  '/hostile-later': () => setTimeout(() => { throw hostile }, 0),
  '/hostile-error-later': () => setTimeout(() => { throw hostileError }, 0),
}
const caught: Record<string, () => unknown> = {
  '/throw': () => { throw new Error('from a callback') },
  '/reject': async () => { await null; throw new Error('from an async callback') },
  '/undefined': () => { throw undefined },
  '/null': () => { throw null },
  '/symbol': () => { throw Symbol('a symbol') },
  '/bare': () => { throw Object.create(null) },
  '/hostile': () => { throw hostile },
  '/hostile-error': () => { throw hostileError },
  '/revoked': () => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy },
  '/reject-undefined': () => Promise.reject(),
  '/reject-hostile': () => Promise.reject(hostile),
  '/thenable': () => ({ then() { throw new Error('from a thenable') } }),
  '/cache': () => cache.get('key'),
  '/leaving': () => { leaving.get('a'); leaving.clear() },
  '/pool': () => pool.allocate('key'),
  '/router': () => router.find('host', { toString() { throw new Error('from a route') } } as never),
  '/getter': () => { throw Object.defineProperty({}, 'message', { get() { throw new Error('no message') } }) },
}

export default pipy({ path: '' })
  .listen('127.0.0.1:0')
    .demuxHTTP('request')
  .pipeline('request')
    .handleMessageStart(async ({ head }, $) => {
      $.path = head.path ?? ''
      uncaught[$.path]?.()
      if ($.path === '/release') release()
      if ($.path === '/held') await held
    })
    .handleMessageStart((_, $) => caught[$.path]?.())
    .link('context', ($) => $.path === '/context',
      'stream', ($) => $.path.startsWith('/stream'),
      'broken', ($) => $.path.startsWith('/broken'), 'answer')
  .pipeline('context')
    .handleMessageStart((_, $) => {
      Object.defineProperty($, 'secret', { enumerable: true, get() { throw new Error('from a getter') } })
    })
    .demux('answer')
  .pipeline('stream')
    .serveFetch((request) => {
      const { pathname } = new URL(request.url)
      if (pathname === '/stream-throws') throw new Error('from a handler')
      if (pathname === '/stream-none') return undefined as never
      return new Response(new ReadableStream({
        pull(controller) {
          if (pathname === '/stream-late') {
            controller.enqueue(new TextEncoder().encode('first'))
            return new Promise((_, reject) => setImmediate(() => reject(new Error('from a late stream'))))
          }
          throw new Error('from a stream')
        },
        cancel() { throw new Error('from a cancel') },
      }))
    })
  .pipeline('broken')
    .replaceMessage((_, $) => {
      if ($.path === '/broken-start') return new MessageStart({ status: hostile as never, headers: {} })
      if ($.path === '/broken-headers') return new Message({ get headers(): never { throw new Error('from headers') } } as never)
      if ($.path === '/broken-name') return new Message({ headers: { 'a b\\r\\nc': 'd' } })
      if ($.path === '/broken-kind') return 7 as never
      return [new Data('before'), new MessageEnd()]
    })
  .pipeline('answer')
    .replaceMessage((_, $) => new Message('answer to ' + $.path))
`
  if (types) return text
  return text
    .replaceAll(
      /: Record<string, \(\) => \w+>|: \(\) => void|(?<=\)): string|(?<=\w\(\)): never|<void>|<string, string>|<string>/g,
      '',
    )
    .replaceAll(/ as never/g, '')
}

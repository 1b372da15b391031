import type { Event, Head } from '../../src/events.ts'

/** An event in a few words, to compare whole streams at a glance: `start GET /`, `data "hello"`, `flush`, `end`, `close`. */
export function describeEvent(event: Event): string {
  switch (event.type) {
    case 'MessageStart':
      return event.head === undefined ? 'start' : `start ${describeHead(event.head)}`
    case 'Data':
      return event.size === 0 ? 'flush' : `data ${JSON.stringify(event.toString('latin1'))}`
    case 'MessageEnd':
      return event.tail === undefined ? 'end' : `end ${JSON.stringify(event.tail)}`
    case 'StreamEnd':
      return event.error === undefined ? 'close' : `close ${describeError(event.error)}`
  }
}

function describeHead(head: Head): string {
  if (head.path !== undefined) return `${head.method ?? 'GET'} ${head.path}`
  return head.status === undefined ? JSON.stringify(head) : String(head.status)
}

function describeError(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}

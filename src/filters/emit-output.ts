/**
 * What callbacks may output, in one place: nothing, an event, a Message, or an array of these. A Message becomes
 * MessageStart, Data when it has a body, MessageEnd.
 */
import type { Output } from '../engine/callback.ts'
import { ProxyError } from '../errors.ts'
import { Data, type Event, type Head, Message, MessageEnd, MessageStart, type Receiver, StreamEnd } from '../events.ts'
import { copyHead, startWithUnknownLength, withoutLength } from './copy-head.ts'
import type { CollectedMessage } from './message-collector.ts'

/** An output that is the same each time. It is checked and taken apart once; what consumers change are copies. */
export class ConstantOutput {
  readonly #events: readonly Event[]

  /** @throws INVALID_OUTPUT */
  constructor(output: Output) {
    const error = invalidOutput(output)
    if (error !== undefined) throw error
    const events: Event[] = []
    emitOutput(output, { process: (event) => events.push(event) })
    this.#events = events
  }

  /** @returns whether that was anything */
  emit(next: Receiver): boolean {
    for (const event of this.#events) next.process(toFreshEvent(event))
    return this.#events.length > 0
  }
}

/** INVALID_OUTPUT when a callback gave what cannot be output, otherwise undefined. */
export function invalidOutput(output: unknown): ProxyError | undefined {
  const items: readonly unknown[] = Array.isArray(output) ? output : [output]
  for (const item of items) {
    if (item === null || item === undefined || item instanceof Message || isEvent(item)) continue
    const expected = 'expected an event, a Message, an array of them or nothing'
    return new ProxyError('INVALID_OUTPUT', `Cannot output ${describe(item)}: ${expected}`)
  }
  return undefined
}

/**
 * Outputs what is known to be valid. Bytes go out as views, so that whoever gave them may give them again.
 * @param replaced the message that the output stands for: its head, when it is output again, is forwarded as it came
 * @returns whether that was anything
 */
export function emitOutput(output: Output | ConstantOutput, next: Receiver, replaced?: CollectedMessage): boolean {
  if (output === null || output === undefined) return false
  if (output instanceof ConstantOutput) return output.emit(next)
  if (output instanceof Message) {
    emitMessage(output, next, replaced)
    return true
  }
  if (!Array.isArray(output)) {
    next.process(output instanceof Data ? viewOf(output) : (output as Event))
    return true
  }
  let isAny = false
  for (const item of output as readonly Output[]) isAny = emitOutput(item, next, replaced) || isAny
  return isAny
}

function emitMessage(message: Message, next: Receiver, replaced: CollectedMessage | undefined): void {
  const { body, tail } = message
  const size = body?.size ?? 0
  next.process(startOf(message.head, size, replaced))
  if (body !== undefined && size > 0) next.process(viewOf(body))
  next.process(new MessageEnd(tail))
}

function startOf(head: Head | undefined, size: number, replaced: CollectedMessage | undefined): MessageStart {
  if (replaced?.start.isHeadRead === true && replaced.start.head === head) {
    return size === replaced.body.size ? replaced.start : startWithUnknownLength(replaced.start)
  }
  if (head === undefined) return new MessageStart()
  // A length that was copied from another message along with the rest of its head. Without a body it may tell what an
  // answer to GET would have had (RFC 9110 9.3.2).
  const length = head.headers?.['content-length']
  const isWrong = length !== undefined && size > 0 && Number(length) !== size
  return new MessageStart(isWrong ? withoutLength(head) : head)
}

function toFreshEvent(event: Event): Event {
  if (event instanceof Data) return viewOf(event)
  if (event instanceof MessageStart && event.head !== undefined) return new MessageStart(copyHead(event.head))
  return event
}

function viewOf(data: Data): Data {
  return data.slice(0, data.size)
}

function isEvent(value: unknown): value is Event {
  return value instanceof Data || value instanceof MessageStart || value instanceof MessageEnd || value instanceof StreamEnd
}

function describe(value: unknown): string {
  if (typeof value === 'string') return `the string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'an array inside an array'
  return typeof value === 'object' ? 'an object' : `${typeof value} ${String(value)}`
}

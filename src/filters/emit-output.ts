import type { Output } from '../engine/callback.ts'
import { Data, type Event, type Head, Message, MessageEnd, MessageStart, type Receiver } from '../events.ts'
import type { CollectedMessage } from './collected-message.ts'
import { headWithoutLength } from './head-without-length.ts'
import { startWithUnknownLength } from './start-with-unknown-length.ts'

/**
 * Outputs what a callback gave, once `invalidOutput` has nothing against it. A Message becomes MessageStart, Data when
 * it has a body, MessageEnd. Bytes go out as views, so that whoever gave them may give them again.
 * @param replaced the message that the output stands for: its head, when it is output again, is forwarded as it came
 * @returns whether that was anything
 */
export function emitOutput(output: Output, next: Receiver, replaced?: CollectedMessage): boolean {
  if (output === null || output === undefined) return false
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
  return new MessageStart(isWrong ? headWithoutLength(head) : head)
}

function viewOf(data: Data): Data {
  return data.slice(0, data.size)
}

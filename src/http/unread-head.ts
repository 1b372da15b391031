import type { Head } from '../events.ts'
import { createHeaders } from './header-object.ts'
import { MessageHead } from './message-head.ts'

/** The head of a request that could not be read. */
export class UnreadHead extends MessageHead {
  readonly isRequest = true
  readonly minorVersion = 1
  readonly method = ''
  readonly path = ''
  readonly host = undefined
  readonly status = 0
  readonly contentLength = -1
  readonly isChunked = false
  readonly hasUnknownLength = false
  readonly isPersistent = true
  readonly keepAlive = ''
  readonly expectsContinue = false
  readonly acceptsTrailers = false
  readonly upgrade = ''
  readonly hasForwardedLines = false

  field(): undefined {
    return undefined
  }

  toHead(): Head {
    return { headers: createHeaders() }
  }

  isUnchanged(): boolean {
    return false
  }

  withUnknownLength(): this {
    return this
  }

  withForwarded(): this {
    return this
  }
}

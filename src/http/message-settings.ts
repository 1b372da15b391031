import type { MessageSettings } from '../http-codec.ts'

/** Those of a request, and of an answer to one that is like most. */
export const PLAIN_MESSAGE: MessageSettings = {
  requestMethod: '',
  minorVersion: 1,
  isPersistent: true,
  upgrade: '',
  via: '',
}

import type { Rival } from './rival.ts'

/** No proxy at all: what the client and the upstream can do between them. */
export const DIRECT: Rival = {
  name: 'direct',
  title: 'direct (no proxy)',
  isJavaScript: false,
  prepare: () => undefined,
}

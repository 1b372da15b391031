import type { RecordingHandler } from '../adapters/recording-handler.ts'

/** Settles when what was read ends so. */
export function untilText(handler: RecordingHandler, end: string): Promise<void> {
  return handler.until(({ text }) => text.endsWith(end))
}

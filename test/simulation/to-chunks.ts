import type { World } from './world.ts'

/** A body in chunks of lengths drawn by chance, with its last chunk and the trailer lines. */
export function toChunks(world: World, body: string, trailers: string): string {
  let chunks = ''
  for (let i = 0; i < body.length; ) {
    const chunk = body.slice(i, i + 1 + world.below(9_000))
    chunks += `${chunk.length.toString(16)}\r\n${chunk}\r\n`
    i += chunk.length
  }
  return `${chunks}0\r\n${trailers}\r\n`
}

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { originalPositionFor, type SourceMapInput, TraceMap } from '@jridgewell/trace-mapping'
import type { CpuProfile } from './summarize-profile.ts'

/**
 * The same profile with the places in the sources: the build puts many modules into one file. Functions of files without
 * a source map stay where they are.
 */
export function findSources(profile: CpuProfile): CpuProfile {
  const maps = new Map<string, TraceMap | undefined>()
  const nodes = profile.nodes.map((node) => {
    const { url, lineNumber, columnNumber } = node.callFrame
    if (!maps.has(url)) maps.set(url, readMap(url))
    const map = maps.get(url)
    if (map === undefined) return node
    // V8 counts lines from 0, source maps from 1.
    const place = originalPositionFor(map, { line: lineNumber + 1, column: columnNumber })
    if (place.source === null) return node
    const source = new URL(place.source, url).href
    return { ...node, callFrame: { ...node.callFrame, url: source, lineNumber: place.line - 1 } }
  })
  return { ...profile, nodes }
}

function readMap(url: string): TraceMap | undefined {
  if (!url.startsWith('file:')) return undefined
  const file = `${fileURLToPath(url)}.map`
  return existsSync(file) ? new TraceMap(JSON.parse(readFileSync(file, 'utf8')) as SourceMapInput) : undefined
}

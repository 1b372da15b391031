import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import MagicString from 'magic-string'
import { expect, onTestFinished, test } from 'vitest'
import { findSources } from './find-sources.ts'

test('findSources gives the places of built functions in their sources, and leaves others', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-sources-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const source = new MagicString('function a() {}\n\nfunction b() {}\n')
  const built = source.clone().remove(0, 17)
  const map = built.generateMap({ source: '../src/pair.ts', hires: true })
  writeFileSync(join(folder, 'built.js.map'), map.toString())
  const url = pathToFileURL(join(folder, 'built.js')).href
  const frameOf = (url: string) => ({ functionName: 'b', url, lineNumber: 0, columnNumber: 10 })
  const nodes = [url, 'node:events', ''].map((each, id) => ({ id, callFrame: frameOf(each) }))
  const found = findSources({ nodes, samples: [], timeDeltas: [] })
  expect(found.nodes.map(({ callFrame }) => [callFrame.url, callFrame.lineNumber])).toEqual([
    [new URL('../src/pair.ts', url).href, 2],
    ['node:events', 0],
    ['', 0],
  ])
})

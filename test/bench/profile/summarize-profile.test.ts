import { expect, test } from 'vitest'
import { summarizeByFolder, summarizeProfile } from './summarize-profile.ts'

test('summarizeProfile adds up a function that was called from several places and leaves idle time out', () => {
  const read = { functionName: 'read', url: 'file:///proxy.js', lineNumber: 9, columnNumber: 0 }
  const profile = {
    nodes: [
      { id: 1, callFrame: { functionName: '(idle)', url: '', lineNumber: -1, columnNumber: 0 } },
      { id: 2, callFrame: read },
      { id: 3, callFrame: read },
      { id: 4, callFrame: { functionName: '', url: 'file:///proxy.js', lineNumber: 0, columnNumber: 0 } },
    ],
    samples: [1, 2, 3, 4],
    timeDeltas: [500, 100, 200, 100],
  }
  expect(summarizeProfile(profile)).toEqual([
    { name: 'read', place: 'file:///proxy.js:10', share: 0.75 },
    { name: '(anonymous)', place: 'file:///proxy.js:1', share: 0.25 },
  ])
})

test('summarizeByFolder adds up what lies in one folder, and all of Node', () => {
  const times = [
    { name: 'write', place: '', share: 0.5 },
    { name: 'parse', place: 'file:///dist/http/parser.js:10', share: 0.2 },
    { name: 'decode', place: 'file:///dist/http/decoder.js:7', share: 0.1 },
    { name: 'emit', place: 'node:events:1', share: 0.1 },
    { name: 'push', place: 'node:internal/streams/readable:2', share: 0.05 },
  ]
  const folders = summarizeByFolder(times).map(({ name, share }) => [name, Number(share.toFixed(2))])
  expect(folders).toEqual([
    ['write', 0.5],
    ['file:///dist/http', 0.3],
    ['node:', 0.15],
  ])
})

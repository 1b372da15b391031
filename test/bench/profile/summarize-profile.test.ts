import { expect, test } from 'vitest'
import { summarizeProfile } from './summarize-profile.ts'

test('summarizeProfile adds up a function that was called from several places and leaves idle time out', () => {
  const read = { functionName: 'read', url: 'file:///proxy.js', lineNumber: 9 }
  const profile = {
    nodes: [
      { id: 1, callFrame: { functionName: '(idle)', url: '', lineNumber: -1 } },
      { id: 2, callFrame: read },
      { id: 3, callFrame: read },
      { id: 4, callFrame: { functionName: '', url: 'file:///proxy.js', lineNumber: 0 } },
    ],
    samples: [1, 2, 3, 4],
    timeDeltas: [500, 100, 200, 100],
  }
  expect(summarizeProfile(profile)).toEqual([
    { name: 'read', place: 'file:///proxy.js:10', share: 0.75 },
    { name: '(anonymous)', place: 'file:///proxy.js:1', share: 0.25 },
  ])
})

import { expect, test } from 'vitest'
import { runSoak } from './run-soak.ts'
import { summarizeReport } from './summarize-report.ts'

const LOAD = { seed: 20_261, connections: 16 }

test('the proxy answers each request when its upstream closes idle connections at random', async () => {
  const report = await runSoak({ ...LOAD, requests: 2000 })
  expect(report.tally.failures).toEqual([])
  const { races, upstreamConnections, ...summary } = summarizeReport(report)
  expect(summary).toMatchObject({ answers: 2000, serverErrors: {}, wrong: 0, lost: 0, damaged: 0, answeredTwice: {} })
  expect(summary).toMatchObject({ proxyExit: 0, isHeld: true })
  expect(Object.values(races).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(5)
  expect(upstreamConnections).toBeGreaterThan(48)
}, 30_000)

test('a proxy that sends nothing again answers some requests with 502', async () => {
  const summary = summarizeReport(await runSoak({ ...LOAD, requests: 1000, resends: false }))
  expect(summary).toMatchObject({ isHeld: false, wrong: 0, lost: 0, damaged: 0 })
  expect(Object.keys(summary.serverErrors)).toEqual(['502'])
  expect(summary.answers).toBe(1000 - (summary.serverErrors['502'] ?? 0))
}, 30_000)

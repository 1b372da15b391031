import { expect, test } from 'vitest'
import type { Measurement } from '../measure.ts'
import type { Rival } from '../rivals/rival.ts'
import type { Series } from '../run-rounds.ts'
import { WORKS } from '../works.ts'
import { alignColumns, formatTable } from './format-table.ts'

const [work] = WORKS

function makeSeries(name: string, rates: readonly (number | undefined)[], failedCount = 0): Series {
  const rival: Rival = { name, title: `${name} 1.0`, isJavaScript: false, prepare: () => undefined }
  const measurements = rates.map((requestsPerCpuSecond): Measurement => {
    const peakMemoryMib = requestsPerCpuSecond === undefined ? undefined : 20
    return { requestsPerCpuSecond, requestsPerSecond: 1234.4, p50Ms: 1.234, p99Ms: 123.4, peakMemoryMib, failedCount }
  })
  if (work === undefined) throw new Error('no work')
  return { work, rival, measurements }
}

/** The cells of a row, split where two spaces or more stand. */
function rowOf(table: string, title: string): string[] {
  const line = table.split('\n').find((each) => each.startsWith(title)) ?? ''
  return line.split(/ {2,}/)
}

test('formatTable gives medians and the ratios within each round', () => {
  const subject = makeSeries('sluice', [40_000, 20_000, 20_000])
  const base = makeSeries('nginx', [50_000, 25_000, 26_000])
  const table = formatTable([subject, base], subject, base)
  expect(table).toMatch(/^GET, 16 bytes, 64 connections\n/)
  expect(rowOf(table, 'sluice')).toEqual(['sluice 1.0', '20,000', '0.80', '50 %', '1,234', '1.23', '123', '20'])
  expect(rowOf(table, 'nginx')).toEqual(['nginx 1.0', '26,000', '1.00', '48 %', '0.80×', '1,234', '1.23', '123', '20'])
})

test('formatTable leaves out what was not measured and counts what failed', () => {
  const subject = makeSeries('sluice', [40_000])
  const direct = makeSeries('direct', [undefined], 3)
  const table = formatTable([subject, direct], subject, subject)
  expect(rowOf(table, 'direct')).toEqual(['direct 1.0', '1,234', '1.23', '123', '3'])
})

test('formatTable has columns only for what was measured', () => {
  const subject = makeSeries('sluice', [undefined])
  const [measurement] = subject.measurements
  if (measurement === undefined) throw new Error('no measurement')
  const arrived = { ...subject, measurements: [{ ...measurement, slowestMs: 1500, clientSpread: 0.0512 }] }
  const table = formatTable([arrived], arrived, arrived)
  expect(table.split('\n')[1]?.trim().split(/ {2,}/)).toEqual(['requests', 'p50', 'p99', 'slowest', 'per client'])
  expect(rowOf(table, 'sluice')).toEqual(['sluice 1.0', '1,234', '1.23', '123', '1500', '5.1 %'])
})

test('alignColumns pads the first column to the left and the others to the right', () => {
  expect(
    alignColumns([
      ['a', '1'],
      ['long', '100'],
    ]),
  ).toBe('a       1\nlong  100')
})

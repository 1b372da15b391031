import { describe, expect, test } from 'vitest'
import { parseArrivals } from './generate-arrivals.ts'

const REPORT = `
finished in 2.15s, 17223.50 req/s, 2.69MB/s
requests: 34447 total, 35447 started, 34447 done, 34440 succeeded, 7 failed, 4 errored, 0 timeout
status codes: 34440 2xx, 0 3xx, 1 4xx, 2 5xx
traffic: 5.39MB (5649308) total, 3.64MB (3817725) headers (space savings 0.00%), 547.27KB (560400) data
                     min         max         mean         sd        +/- sd
time for request:      465us    179.97ms     56.87ms     23.94ms    77.92%
time for connect:       83us     20.14ms      7.80ms      6.31ms    66.20%
time to 1st byte:    21.57ms       1.52s     53.21ms     11.20ms    86.40%
req/s           :      15.95       17.67       16.00        0.40    80.00%
`

describe('parseArrivals', () => {
  test('takes the slowest request, or the slowest first answer from its connection on', () => {
    expect(parseArrivals(REPORT)).toEqual({
      requestCount: 34_440,
      durationUs: 2_150_000,
      failedCount: 4,
      errorStatusCount: 3,
      slowestUs: 1_520_000,
      clientSpread: 0.025,
    })
    expect(parseArrivals(REPORT.replace('1.52s', '152us')).slowestUs).toBe(179_970)
  })

  test('refuses what is no report', () => {
    expect(() => parseArrivals('Could not resolve host')).toThrow('it printed\nCould not resolve host')
  })
})

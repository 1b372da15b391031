import { expect, test, vi } from 'vitest'
import { WORKS } from './works.ts'

vi.setConfig({ testTimeout: 60_000 })

const settings = { isFull: false, isTiny: true, nodeFile: process.execPath }

test.each(WORKS.map((work) => [work.name, work] as const))(
  'a proxy stays within its bounds when there are %s',
  async (_, work) => {
    const { isWithinBounds, text } = await work.run(settings)
    expect(isWithinBounds, text).toBe(true)
  },
)

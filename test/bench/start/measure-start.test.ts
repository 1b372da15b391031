import { expect, test } from 'vitest'
import { findNodes } from '../machine/executables.ts'
import { makeWorkFolder } from '../machine/work-folder.ts'
import { measureStart } from './measure-start.ts'

test.skipIf(process.platform !== 'linux')(
  'measureStart starts each as often as asked for',
  { timeout: 60_000 },
  async () => {
    const nodes = findNodes().filter(({ file }) => file === process.execPath)
    const series = await measureStart({ nodes, count: 2, folder: makeWorkFolder() })
    expect(series.map(({ started, milliseconds }) => [started, milliseconds.length])).toEqual([
      ['script', 2],
      ['typed', 2],
      ['node -e 0', 2],
    ])
    expect(series.flatMap(({ milliseconds }) => milliseconds).every((time) => time > 0)).toBe(true)
  },
)

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { replacePorts } from './sluice.ts'

const PLACE = { folder: '', port: 3000, upstreamPorts: [3001, 3002] } as const

describe('replacePorts', () => {
  test.each(['proxy.js', 'proxy.ts'])('changes nothing but the ports of example 03 in %s', (form) => {
    const file = new URL(`../../../examples/03-connection-pool/${form}`, import.meta.url)
    const text = readFileSync(file, 'utf8')
    const back = replacePorts(text, PLACE)
      .replaceAll("'127.0.0.1:3000'", '8000')
      .replaceAll('3001', '8080')
      .replaceAll('3002', '8081')
    expect(back).toBe(text)
  })

  test('refuses a text with other ports', () => {
    expect(() => replacePorts('.listen(9000)', PLACE)).toThrow('Cannot set the ports of example 03')
  })
})

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { replacePorts } from './sluice.ts'
import { varyExample } from './vary-example.ts'

const PORTS = [3001, 3002] as const

function exampleIn(form: string): string {
  const file = new URL(`../../../examples/03-connection-pool/${form}`, import.meta.url)
  return replacePorts(readFileSync(file, 'utf8'), { folder: '', port: 3000, upstreamPorts: PORTS })
}

describe.each(['proxy.js', 'proxy.ts'])('varyExample with %s', (form) => {
  const example = exampleIn(form)

  test('leaves the example as it is for the usual works', () => {
    expect(varyExample(example, 'pool', PORTS)).toBe(example)
    expect(varyExample(example, 'typed', PORTS)).toBe(example)
  })

  test('sets one header from three others', () => {
    const added = "head.headers['x-account'] = head.headers['x-user'] + ' ' +"
    expect(varyExample(example, 'headers', PORTS)).toContain(added)
  })

  test('has a thousand routes', () => {
    const varied = varyExample(example, 'routes', PORTS)
    expect(varied.match(/\*': '127\.0\.0\.1:300[12]'/g)).toHaveLength(1000)
    expect(varied).toContain("'/route/899/*': '127.0.0.1:3001'")
    expect(varied).toContain("'/marked/97/*': '127.0.0.1:3002'")
  })
})

test.each(['headers', 'routes'] as const)('varyExample refuses a text without what %s changes', (setup) => {
  expect(() => varyExample('pipy()', setup, PORTS)).toThrow('Cannot change example 03')
})

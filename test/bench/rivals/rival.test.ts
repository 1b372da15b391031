import { describe, expect, test } from 'vitest'
import { type Work, WORKS, type WorkName } from '../works.ts'
import { type Rival, setupFor, takesPart } from './rival.ts'

const PLAIN: Rival = { name: 'plain', title: 'plain', isJavaScript: false, prepare: () => undefined }

function workNamed(name: WorkName): Work {
  const work = WORKS.find((each) => each.name === name)
  if (work === undefined) throw new Error(`no work "${name}"`)
  return work
}

describe('takesPart', () => {
  test('leaves out a rival that cannot be set up for the work', () => {
    expect(takesPart(PLAIN, workNamed('small'))).toBe(true)
    expect(takesPart(PLAIN, workNamed('headers'))).toBe(false)
    expect(takesPart({ ...PLAIN, setups: ['pool', 'headers'] }, workNamed('headers'))).toBe(true)
  })

  test('leaves out a rival that is for other works only', () => {
    const tuned: Rival = { ...PLAIN, onlyFor: ['1m'] }
    expect(takesPart(tuned, workNamed('1m'))).toBe(true)
    expect(takesPart(tuned, workNamed('small'))).toBe(false)
  })
})

test('setupFor keeps a set-up that is fixed', () => {
  expect(setupFor(PLAIN, workNamed('routes'))).toBe('routes')
  expect(setupFor({ ...PLAIN, fixedSetup: 'pool' }, workNamed('routes'))).toBe('pool')
})

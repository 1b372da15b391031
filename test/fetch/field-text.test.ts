import { describe, expect, test } from 'vitest'
import { FieldText } from '../../src/fetch/field-text.ts'

/** The bytes of UTF-8 text, each as a character. */
const E_ACUTE = '\u00c3\u00a9'

describe('FieldText', () => {
  test('reads bytes as UTF-8, and writes them back, for a runtime that does', () => {
    const text = new FieldText('utf8')
    expect(text.toHeaders(`caf${E_ACUTE}`)).toBe('café')
    expect(text.toHead('café')).toBe(`caf${E_ACUTE}`)
    expect(text.toHead('☃')).toBe('\u00e2\u0098\u0083')
    expect([text.toHeaders('plain'), text.toHead('plain')]).toEqual(['plain', 'plain'])
  })

  test('leaves bytes that are no UTF-8 as they are', () => {
    expect(new FieldText('utf8').toHeaders('caf\u00e9')).toBe('café')
  })

  test('changes nothing for a runtime that keeps to the standard', () => {
    const text = new FieldText('latin1')
    expect([text.toHeaders(E_ACUTE), text.toHead(E_ACUTE)]).toEqual([E_ACUTE, E_ACUTE])
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Data, type Encoding, type Lifetime } from '../../src/events.ts'

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

/** A view as a transport makes it: of a part of a buffer that is somebody else's. */
function borrow(text: string, lifetime: Lifetime = 'call'): { readonly buffer: Uint8Array; readonly data: Data } {
  const buffer = new TextEncoder().encode(`<<${text}>>`)
  return { buffer, data: Data.view(buffer, 2, buffer.length - 2, lifetime) }
}

describe('new Data', () => {
  test('without content, or with null, is a flush', () => {
    for (const data of [new Data(), new Data(null), new Data(''), new Data(0)]) {
      expect([data.size, data.bytes.length, data.toString()]).toEqual([0, 0, ''])
    }
    expect(new Data().type).toBe('Data')
  })

  test('takes text as UTF-8', () => {
    expect(new Data('aé€😀').toArray()).toEqual([97, 195, 169, 226, 130, 172, 240, 159, 152, 128])
  })

  test('takes a number of zero bytes', () => {
    expect(new Data(3).bytes).toEqual(bytes(0, 0, 0))
  })

  test('copies an array of bytes, a Uint8Array and another Data', () => {
    const source = bytes(1, 2, 3)
    const other = new Data(source)
    const made = [new Data(source), new Data([1, 2, 3]), new Data(other), new Data(other.slice(0, 3))]
    source.fill(9)
    other.bytes.fill(9)
    for (const data of made) expect(data.toArray()).toEqual([1, 2, 3])
  })

  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, {}, true, () => undefined])('refuses %s', (content) => {
    expect(() => new Data(content as never)).toThrow(/^Cannot make Data of .+: expected text, bytes/)
  })
})

describe('Data reads and writes', () => {
  test.each<[Encoding, string, number[]]>([
    ['utf8', 'é', [0xc3, 0xa9]],
    ['latin1', 'é\xff\0', [0xe9, 0xff, 0]],
    ['hex', '00ff7e', [0, 255, 126]],
    ['base64', 'AP9+', [0, 255, 126]],
    ['base64', '+/8=', [251, 255]],
    ['base64', '+w==', [251]],
    ['base64url', '-_8', [251, 255]],
    ['base64url', '-w', [251]],
    ['base64url', '', []],
  ])('%s: "%s"', (encoding, text, expected) => {
    expect(new Data(text, encoding).toArray()).toEqual(expected)
    expect(Data.from(text, encoding).toArray()).toEqual(expected)
    expect(new Data(expected).toString(encoding)).toBe(text)
  })

  test('upper-case hex and padded base64url', () => {
    expect(new Data('FF0a', 'hex').toArray()).toEqual([255, 10])
    expect(new Data('-w==', 'base64url').toArray()).toEqual([251])
  })

  test.each<[Encoding, string]>([
    ['hex', 'f'],
    ['hex', '0g'],
    ['hex', '0x'],
    ['base64', 'AAA'],
    ['base64', 'A==='],
    ['base64', '===='],
    ['base64', 'AA=A'],
    ['base64', 'AA A'],
    ['base64', '-_-_'],
    ['base64url', 'A'],
    ['base64url', 'AAAAA'],
    ['base64url', '+/+/'],
    ['base64url', 'A=A'],
    ['latin1', 'Ā'],
    ['latin1', 'a\u010a'],
  ])('refuses what is no %s: "%s"', (encoding, text) => {
    expect(() => new Data(text, encoding)).toThrow(TypeError)
    expect(() => new Data(text, encoding)).toThrow(`Cannot read ${JSON.stringify(text)} as ${encoding}`)
  })

  test('refuses unknown encodings', () => {
    expect(() => new Data('a', 'ascii' as Encoding)).toThrow('Cannot encode text: unknown encoding "ascii"')
    expect(() => new Data('a').toString('ascii' as Encoding)).toThrow('Cannot decode bytes: unknown encoding "ascii"')
  })

  test('gives undefined for bytes that are not valid UTF-8, each time', () => {
    for (const invalid of [[0xff], [0xc3], [0xe2, 0x82], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80]]) {
      const data = new Data(invalid)
      expect([data.toString(), data.toString(), data.toString('hex')?.length]).toEqual([
        undefined,
        undefined,
        2 * invalid.length,
      ])
    }
    expect(new Data('valid').toString()).toBe('valid')
  })

  test('a byte order mark is text like any other', () => {
    expect(new Data([0xef, 0xbb, 0xbf, 0x61]).toString()).toBe('\ufeffa')
  })

  test('text of many characters', () => {
    const size = 100_000
    const data = new Data(size)
    expect(data.toString('latin1')).toBe('\0'.repeat(size))
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      expect(new Data(data.toString(encoding) as string, encoding).size).toBe(size)
    }
  })

  test('any bytes, in every encoding that has a text for all of them', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom('latin1', 'hex', 'base64', 'base64url'), (content, encoding) => {
        const text = new Data(content).toString(encoding) as string
        expect(new Data(text, encoding).bytes).toEqual(content)
      }),
    )
  })

  test('any text that has a UTF-8 form', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(new Data(text).toString()).toBe(text)
      }),
    )
  })
})

describe('Data.latin1', () => {
  test('holds text and gives its characters as bytes', () => {
    const data = Data.latin1('GET é\r\n')
    expect([data.size, data.latin1Text, data.toString('latin1'), data.lifetime]).toEqual([
      7,
      'GET é\r\n',
      'GET é\r\n',
      'owned',
    ])
    expect(data.toArray()).toEqual([71, 69, 84, 32, 233, 13, 10])
  })

  test('is held as bytes once somebody asked for them', () => {
    const data = Data.latin1('abc')
    expect([data.start, data.end, data.buffer.length]).toEqual([0, 3, 3])
    expect([data.latin1Text, data.size, data.toString()]).toEqual([undefined, 3, 'abc'])
  })

  test('is no UTF-8 when it is read as such', () => {
    expect(Data.latin1('é').toString()).toBeUndefined()
  })

  test.each<[string, (data: Data) => string | undefined]>([
    ['slice', (data) => data.slice(1, 3).toString()],
    ['shift', (data) => data.shift(2).toString()],
    ['push', (data) => data.push('!').toString()],
    ['keep', (data) => data.keep().toString()],
    ['new Data', (data) => new Data(data).toString()],
  ])('works as bytes do with %s', (_, use) => {
    expect(use(Data.latin1('abcd'))).toBe(use(new Data('abcd')))
  })
})

describe('Data.keep', () => {
  test.each<Lifetime>(['call', 'pause'])('copies bytes that are borrowed for a %s, once', (lifetime) => {
    const { buffer, data } = borrow('text', lifetime)
    expect(data.lifetime).toBe(lifetime)
    expect(data.keep()).toBe(data)
    const kept = data.bytes
    data.keep()
    buffer.fill(0)
    expect([data.toString(), data.lifetime, data.bytes === kept]).toEqual(['text', 'owned', true])
    expect([data.start, data.end, data.buffer.length]).toEqual([0, 4, 4])
  })

  test('copies nothing when the bytes are owned', () => {
    const { buffer, data } = borrow('text', 'owned')
    expect(data.keep().buffer).toBe(buffer)
  })

  test('copies bytes of a class whose own slice shares them, as that of Node’s Buffer does', () => {
    class SharingBytes extends Uint8Array {
      override slice(start?: number, end?: number): SharingBytes {
        return this.subarray(start, end) as SharingBytes
      }
    }
    const buffer = SharingBytes.from(bytes(1, 2, 3)) as SharingBytes
    const kept = Data.view(buffer, 0, 3, 'call').keep()
    const copied = new Data(Data.view(buffer, 0, 3, 'call'))
    buffer.fill(9)
    expect([kept.toArray(), copied.toArray()]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ])
  })

  test('leaves the views that were made before borrowed', () => {
    const { data } = borrow('text')
    const part = data.slice(0, 2)
    data.keep()
    expect(part.lifetime).toBe('call')
  })
})

describe('Data.slice and Data.shift', () => {
  test('share the bytes and their lifetime', () => {
    for (const lifetime of ['owned', 'call', 'pause'] as const) {
      const { buffer, data } = borrow('text', lifetime)
      const parts = [data.slice(1, 3), data.shift(2)]
      expect(parts.map((part) => [part.toString(), part.buffer === buffer, part.lifetime])).toEqual([
        ['ex', true, lifetime],
        ['te', true, lifetime],
      ])
      expect([data.toString(), data.size]).toEqual(['xt', 2])
    }
  })

  test.each([
    [0, 0, ''],
    [0, 9, 'text'],
    [3, 9, 't'],
    [4, 9, ''],
    [9, 12, ''],
    [3, 1, ''],
  ])('slice(%i, %i) of "text" is "%s"', (start, end, expected) => {
    const part = borrow('text').data.slice(start, end)
    expect([part.toString(), part.size]).toEqual([expected, expected.length])
  })

  test.each([
    [0, ''],
    [-1, ''],
    [1.9, 't'],
    [4, 'text'],
    [Number.POSITIVE_INFINITY, 'text'],
    [Number.NaN, ''],
    [undefined as unknown as number, ''],
  ])('shift(%s) of "text" takes "%s"', (count, expected) => {
    const { data } = borrow('text')
    expect(data.shift(count).toString()).toBe(expected)
    expect(data.toString()).toBe('text'.slice(expected.length))
  })

  test('bytes is the buffer itself when it is all of it', () => {
    const buffer = bytes(1, 2, 3)
    expect(Data.view(buffer, 0, 3, 'owned').bytes).toBe(buffer)
    expect(Data.view(buffer, 0, 2, 'owned').bytes.buffer).toBe(buffer.buffer)
  })
})

describe('Data.push', () => {
  test('appends text, bytes and Data, and gives the Data back', () => {
    const data = new Data('a')
    expect(data.push('é').push(bytes(1, 2)).push(Data.latin1('z'))).toBe(data)
    expect(data.toArray()).toEqual([97, 195, 169, 1, 2, 122])
  })

  test('appends itself', () => {
    const data = new Data('ab')
    expect(data.push(data).push(data).toString()).toBe('abababab')
  })

  test.each<Lifetime>(['owned', 'call', 'pause'])(
    'never writes into a buffer that it is a view of (%s)',
    (lifetime) => {
      const { buffer, data } = borrow('text', lifetime)
      const before = buffer.slice()
      data.push('!!')
      expect([data.toString(), data.lifetime]).toEqual(['text!!', 'owned'])
      expect(buffer).toEqual(before)
      buffer.fill(0)
      expect(data.toString()).toBe('text!!')
    },
  )

  test('leaves what was sliced or shifted off untouched, and is left untouched by pushes to that', () => {
    const data = new Data('head').push('body')
    const head = data.shift(4)
    const part = data.slice(0, 2)
    data.push('-tail')
    head.push('er')
    part.push('at')
    expect([data, head, part].map((each) => each.toString())).toEqual(['body-tail', 'header', 'boat'])
  })

  test('makes room for more than it needs, so that many small pieces cost few copies', () => {
    const data = new Data()
    const buffers = new Set<Uint8Array>()
    for (let i = 0; i < 10_000; i++) buffers.add(data.push('x').buffer)
    expect([data.size, buffers.size < 12]).toEqual([10_000, true])
  })

  test('copies what it appends', () => {
    const { buffer, data } = borrow('text')
    const collected = new Data().push(data)
    buffer.fill(0)
    expect(collected.toString()).toBe('text')
  })

  test.each([1, null, undefined, {}, [1, 2]])('refuses %s', (content) => {
    expect(() => new Data('a').push(content as never)).toThrow(TypeError)
  })
})

type Step =
  | { readonly do: 'push'; readonly content: Uint8Array }
  | { readonly do: 'shift'; readonly count: number }
  | { readonly do: 'slice'; readonly start: number; readonly end: number }
  | { readonly do: 'keep' }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('push' as const), content: fc.uint8Array({ maxLength: 80 }) }),
    fc.record({ do: fc.constant('shift' as const), count: fc.nat(60) }),
    fc.record({ do: fc.constant('slice' as const), start: fc.nat(40), end: fc.nat(60) }),
    fc.record({ do: fc.constant('keep' as const) }),
  ),
)

test('Data behaves as an array of bytes does, whatever is done to it and to its parts in any order', () => {
  fc.assert(
    fc.property(
      fc.uint8Array(),
      fc.constantFrom<Lifetime>('owned', 'call', 'pause'),
      steps,
      (content, lifetime, todo) => {
        const buffer = Uint8Array.from([1, ...content, 2])
        const before = buffer.slice()
        // Each Data with the bytes that it should hold; every part that is made is checked to the end.
        const all = [{ data: Data.view(buffer, 1, buffer.length - 1, lifetime), model: [...content] }]
        for (const [i, step] of todo.entries()) {
          const current = all[i % all.length] as (typeof all)[number]
          const { data, model } = current
          if (step.do === 'push') {
            data.push(step.content)
            model.push(...step.content)
          } else if (step.do === 'shift') {
            all.push({ data: data.shift(step.count), model: model.splice(0, step.count) })
          } else if (step.do === 'slice') {
            all.push({ data: data.slice(step.start, step.end), model: model.slice(step.start, step.end) })
          } else {
            data.keep()
          }
        }
        for (const { data, model } of all) {
          expect(data.size).toBe(model.length)
          expect(data.toArray()).toEqual(model)
        }
        expect(buffer).toEqual(before)
      },
    ),
  )
})

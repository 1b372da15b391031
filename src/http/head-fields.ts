import type { Headers } from '../events.ts'
import { createHeaders } from './header-object.ts'
import { isHopByHop } from './hop-by-hop.ts'
import { trimBlanks } from './trim-blanks.ts'

const COOKIE_SEPARATOR = '; '
const LIST_SEPARATOR = ', '

/** Each line of a head by itself. */
interface HeadLineList {
  /** Where each begins, and behind them where the last one ends. */
  readonly starts: readonly number[]
  /** In lower case. */
  readonly names: readonly string[]
}

/**
 * The header lines of a head that has passed the parser, by name. Knows each field's text as it came, so that fields
 * that a script left alone go on in their own case, place and number.
 */
export class HeadFields {
  readonly #text: string
  readonly #start: number
  readonly #hidden: readonly string[]
  /** Each field once, in the order of its first line. */
  readonly #names: string[]
  readonly #values: string[]
  #count = 0
  #lines: HeadLineList | undefined

  /**
   * @param start where the first header line begins
   * @param lineCount how many lines there are
   * @param hidden names of fields that are neither shown nor forwarded. What scripts decide by is what the next server
   * gets; and a field of such a name that a script sets is the script's own and does go out
   */
  constructor(text: string, start: number, lineCount: number, hidden: readonly string[]) {
    this.#text = text
    this.#start = start
    this.#hidden = hidden
    // Arrays that grow take room for more than most heads have.
    this.#names = new Array<string>(lineCount)
    this.#values = new Array<string>(lineCount)
    const end = text.length - 2
    for (let line = start; line < end; ) {
      const colon = text.indexOf(':', line)
      const lineEnd = text.indexOf('\r', colon)
      this.#add(text.slice(line, colon).toLowerCase(), trimBlanks(text, colon + 1, lineEnd))
      line = lineEnd + 2
    }
  }

  /** The value of a field, its lines joined; undefined when there is none. */
  get(name: string): string | undefined {
    return this.#values[this.#indexOf(name)]
  }

  /** As the object that scripts see. */
  toHeaders(): Headers {
    const headers = createHeaders()
    for (let i = 0; i < this.#count; i++) {
      const name = this.#names[i] as string
      headers[name] = name === 'set-cookie' ? this.#linesOf(name) : (this.#values[i] as string)
    }
    return headers
  }

  /** Whether a headers object still says what came. */
  isUnchanged(headers: Headers): boolean {
    for (let i = 0; i < this.#count; i++) {
      if (!this.#isSame(i, headers[this.#names[i] as string])) return false
    }
    let count = 0
    for (const _ in headers) count++
    if (count === this.#count) return true
    count = 0
    for (const name in headers) if (headers[name] !== undefined) count++
    return count === this.#count
  }

  /** The lines of a field as they came, with their line breaks, if `value` is still what came; otherwise undefined. */
  rawLines(name: string, value: Headers[string]): string | undefined {
    const i = this.#indexOf(name)
    return i >= 0 && this.#isSame(i, value) ? this.#linesWhere((lineName) => lineName === name) : undefined
  }

  /** The name of a field in the case in which it came; undefined when it did not come. */
  originalName(name: string): string | undefined {
    const { names, starts } = this.#allLines()
    const line = names.indexOf(name)
    if (line < 0) return undefined
    const start = starts[line] as number
    return this.#text.slice(start, start + name.length)
  }

  /**
   * All lines that may be forwarded.
   * @param keepsFraming whether Content-Length and Transfer-Encoding stay
   */
  forwardedLines(keepsFraming: boolean): string {
    return this.#linesWhere((name) => {
      if (name === 'content-length' || name === 'transfer-encoding') return keepsFraming
      return !isHopByHop(name) && !this.#hidden.includes(name)
    })
  }

  #add(name: string, value: string): void {
    if (this.#hidden.includes(name)) return
    const known = this.#indexOf(name)
    if (known < 0) {
      this.#names[this.#count] = name
      this.#values[this.#count++] = value
      return
    }
    const separator = name === 'cookie' ? COOKIE_SEPARATOR : LIST_SEPARATOR
    this.#values[known] += separator + value
  }

  #indexOf(name: string): number {
    for (let i = 0; i < this.#count; i++) if (this.#names[i] === name) return i
    return -1
  }

  /** The lines one by one: taken apart when somebody asks, which nobody does of a head that is forwarded as it came. */
  #allLines(): HeadLineList {
    if (this.#lines !== undefined) return this.#lines
    const text = this.#text
    const starts: number[] = []
    const names: string[] = []
    const end = text.length - 2
    for (let line = this.#start; line < end; line = text.indexOf('\r', line) + 2) {
      starts.push(line)
      names.push(text.slice(line, text.indexOf(':', line)).toLowerCase())
    }
    starts.push(end)
    this.#lines = { starts, names }
    return this.#lines
  }

  #isSame(i: number, value: Headers[string]): boolean {
    if (!Array.isArray(value)) return value === this.#values[i]
    const lines = this.#linesOf(this.#names[i] as string)
    return lines.length === value.length && lines.every((line, k) => line === value[k])
  }

  #linesOf(name: string): string[] {
    const { names, starts } = this.#allLines()
    const lines: string[] = []
    for (let i = 0; i < names.length; i++) {
      if (names[i] !== name) continue
      const start = (starts[i] as number) + name.length + 1
      lines.push(trimBlanks(this.#text, start, (starts[i + 1] as number) - 2))
    }
    return lines
  }

  #linesWhere(isWanted: (name: string) => boolean): string {
    const { names, starts } = this.#allLines()
    let lines = ''
    for (let i = 0; i < names.length; i++) {
      if (isWanted(names[i] as string)) lines += this.#text.slice(starts[i], starts[i + 1])
    }
    return lines
  }
}

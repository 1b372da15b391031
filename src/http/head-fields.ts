import type { Headers } from '../events.ts'
import { createHeaders } from './header-object.ts'
import { isHopByHop } from './hop-by-hop.ts'
import { trimBlanks } from './trim-blanks.ts'

const COOKIE_SEPARATOR = '; '
const LIST_SEPARATOR = ', '

/**
 * The header lines of a head that has passed the parser, by name. Knows each field's text as it came, so that fields
 * that a script left alone go on in their own case, place and number.
 */
export class HeadFields {
  readonly #text: string
  readonly #hidden: readonly string[]
  /** Each line: where it begins, where its value's line ends; in order. */
  readonly #lineStarts: number[] = []
  readonly #lineNames: string[] = []
  /** Each field once, in the order of its first line. */
  readonly #names: string[] = []
  readonly #values: string[] = []

  /**
   * @param start where the first header line begins
   * @param hidden names of fields that are neither shown nor forwarded. What scripts decide by is what the next server
   * gets; and a field of such a name that a script sets is the script's own and does go out
   */
  constructor(text: string, start: number, hidden: readonly string[]) {
    this.#text = text
    this.#hidden = hidden
    const end = text.length - 2
    for (let line = start; line < end; ) {
      const colon = text.indexOf(':', line)
      const lineEnd = text.indexOf('\r', colon)
      this.#add(text.slice(line, colon).toLowerCase(), trimBlanks(text, colon + 1, lineEnd), line)
      line = lineEnd + 2
    }
    this.#lineStarts.push(end)
  }

  /** The value of a field, its lines joined; undefined when there is none. */
  get(name: string): string | undefined {
    return this.#values[this.#names.indexOf(name)]
  }

  /** As the object that scripts see. */
  toHeaders(): Headers {
    const headers = createHeaders()
    for (let i = 0; i < this.#names.length; i++) {
      const name = this.#names[i] as string
      headers[name] = name === 'set-cookie' ? this.#linesOf(name) : (this.#values[i] as string)
    }
    return headers
  }

  /** Whether a headers object still says what came. */
  isUnchanged(headers: Headers): boolean {
    for (let i = 0; i < this.#names.length; i++) {
      if (!this.#isSame(i, headers[this.#names[i] as string])) return false
    }
    const names = Object.keys(headers)
    if (names.length === this.#names.length) return true
    return names.filter((name) => headers[name] !== undefined).length === this.#names.length
  }

  /** The lines of a field as they came, with their line breaks, if `value` is still what came; otherwise undefined. */
  rawLines(name: string, value: Headers[string]): string | undefined {
    const i = this.#names.indexOf(name)
    return i >= 0 && this.#isSame(i, value) ? this.#linesWhere((lineName) => lineName === name) : undefined
  }

  /** The name of a field in the case in which it came; undefined when it did not come. */
  originalName(name: string): string | undefined {
    const line = this.#lineNames.indexOf(name)
    if (line < 0) return undefined
    const start = this.#lineStarts[line] as number
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

  #add(name: string, value: string, line: number): void {
    this.#lineStarts.push(line)
    this.#lineNames.push(name)
    if (this.#hidden.includes(name)) return
    const known = this.#names.indexOf(name)
    if (known < 0) {
      this.#names.push(name)
      this.#values.push(value)
      return
    }
    const separator = name === 'cookie' ? COOKIE_SEPARATOR : LIST_SEPARATOR
    this.#values[known] += separator + value
  }

  #isSame(i: number, value: Headers[string]): boolean {
    if (!Array.isArray(value)) return value === this.#values[i]
    const lines = this.#linesOf(this.#names[i] as string)
    return lines.length === value.length && lines.every((line, k) => line === value[k])
  }

  #linesOf(name: string): string[] {
    const lines: string[] = []
    for (let i = 0; i < this.#lineNames.length; i++) {
      if (this.#lineNames[i] !== name) continue
      const start = (this.#lineStarts[i] as number) + name.length + 1
      lines.push(trimBlanks(this.#text, start, (this.#lineStarts[i + 1] as number) - 2))
    }
    return lines
  }

  #linesWhere(isWanted: (name: string) => boolean): string {
    let lines = ''
    for (let i = 0; i < this.#lineNames.length; i++) {
      if (isWanted(this.#lineNames[i] as string))
        lines += this.#text.slice(this.#lineStarts[i], this.#lineStarts[i + 1])
    }
    return lines
  }
}

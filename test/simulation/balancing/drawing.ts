/** Colours that tell lines and dots apart, on white and on black alike, for those who see no red or no green as well. */
const COLOURS = {
  light: ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#8a6d00'],
  dark: ['#56b4e9', '#ff9e4a', '#2fd3a2', '#f0a6cf', '#e6c84a'],
}

/** Where a text stands from its point. */
export type Anchor = 'start' | 'middle' | 'end'

/** A picture of lines, dots and text as SVG, readable on light and dark pages. All measures are in pixels. */
export class Drawing {
  readonly #parts: string[] = []
  readonly #head: string

  /**
   * @param title what it is, for those who cannot see it
   * @param description what it shows, for the same
   */
  constructor(width: number, height: number, title: string, description: string) {
    this.#head = [
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description">`,
      `<title id="title">${escape(title)}</title>`,
      `<desc id="description">${escape(description)}</desc>`,
      `<style>${style()}</style>`,
    ].join('\n')
  }

  text(
    x: number,
    y: number,
    text: string,
    { anchor = 'start', kind = 'text' }: { anchor?: Anchor; kind?: 'text' | 'label' | 'title' } = {},
  ): void {
    this.#parts.push(
      `<text class="${kind}" x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escape(text)}</text>`,
    )
  }

  /** A line of the grid. */
  rule(x1: number, y1: number, x2: number, y2: number): void {
    this.#parts.push(`<path class="rule" d="M${round(x1)} ${round(y1)}L${round(x2)} ${round(y2)}"/>`)
  }

  area(x: number, y: number, width: number, height: number): void {
    this.#parts.push(
      `<rect class="area" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"/>`,
    )
  }

  /** @param colour from 0 to 4 */
  line(points: readonly (readonly [x: number, y: number])[], colour: number): void {
    const path = points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join('')
    this.#parts.push(`<path class="line c${colour}" d="${path}"/>`)
  }

  /** @param colour from 0 to 4 */
  dot(x: number, y: number, colour: number): void {
    this.#parts.push(`<circle class="dot c${colour}" cx="${round(x)}" cy="${round(y)}" r="4"/>`)
  }

  toString(): string {
    return `${this.#head}\n${this.#parts.join('\n')}\n</svg>\n`
  }
}

function style(): string {
  const paint = (colours: readonly string[]): string =>
    colours.map((colour, i) => `.line.c${i}{stroke:${colour}}.dot.c${i}{fill:${colour}}`).join('')
  return [
    'text{font:12px system-ui,sans-serif;fill:#1f2328}',
    '.label{fill:#59636e}.title{font-weight:600}',
    '.rule{stroke:#d1d9e0;fill:none}.area{fill:#59636e;opacity:.12}',
    '.line{fill:none;stroke-width:2;stroke-linejoin:round}',
    paint(COLOURS.light),
    '@media (prefers-color-scheme:dark){',
    'text{fill:#f0f6fc}.label{fill:#9198a1}.rule{stroke:#3d444d}.area{fill:#9198a1;opacity:.2}',
    `${paint(COLOURS.dark)}}`,
  ].join('')
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

import { readFile, stat } from 'node:fs/promises'
import type { Document } from 'yaml'
import type { TargetInit } from '../../../src/algorithms/service/target-init.ts'
import { parseTarget } from '../../../src/engine/parse-target.ts'
import { ProxyError } from '../../../src/errors.ts'

type Path = readonly (string | number)[]

/** A hundred thousand targets have a tenth of it. */
const MAX_FILE_BYTES = 64 * 1024 * 1024

/**
 * Reads targets from a file of YAML, or of JSON, which is a part of it: a list, or an object whose `targets` is one.
 * @throws FILE_NOT_FOUND; INVALID_ARGUMENT with file, line and column for what cannot be read or is no target
 */
export async function readTargetFile(file: string): Promise<TargetInit[]> {
  const text = await readText(file)
  // Only who has such a file pays for the parser.
  return parseTargets(file, text, await import('yaml'))
}

async function readText(file: string): Promise<string> {
  try {
    const { size } = await stat(file)
    if (size > MAX_FILE_BYTES) throw new Error(`it has ${size} bytes, more than ${MAX_FILE_BYTES}`)
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const state = code === 'ENOENT' ? 'there is no such file' : message
    throw new ProxyError('FILE_NOT_FOUND', `Cannot read targets from ${file}: ${state}`, { cause: error })
  }
}

function parseTargets(file: string, text: string, yaml: typeof import('yaml')): TargetInit[] {
  const lines = new yaml.LineCounter()
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const place = (offset: number): ProxyError['location'] => {
    const { line, col } = lines.linePos(Math.min(offset, text.length))
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  const refuse = (state: string, offset: number): ProxyError => {
    const location = place(offset)
    const text = `Cannot read targets at ${file}:${location?.line}:${location?.column}: ${state}`
    return new ProxyError('INVALID_ARGUMENT', text, { location })
  }
  const [syntax] = document.errors
  if (syntax !== undefined) throw refuse(syntax.message, syntax.pos[0])
  const value = toValue(document, refuse)
  const check = new TargetCheck((path, state) => refuse(state, offsetOf(document, path, yaml)))
  return check.read(value)
}

function toValue(document: Document, refuse: (state: string, offset: number) => ProxyError): unknown {
  try {
    return document.toJS() as unknown
  } catch (error) {
    throw refuse((error as Error).message, 0)
  }
}

/** Where a value stands, or what it would be in; of a field that is wrong by its name, the name. */
function offsetOf(document: Document, path: Path, { isMap, isNode }: typeof import('yaml')): number {
  for (let length = path.length; length >= 0; length--) {
    const parent = length === 0 ? undefined : document.getIn(path.slice(0, length - 1), true)
    if (isMap(parent)) {
      const pair = parent.items.find(({ key }) => String(key) === String(path[length - 1]))
      if (pair !== undefined && isNode(pair.key) && pair.key.range) return pair.key.range[0]
    }
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return node.range[0]
  }
  return 0
}

/** Reads plain values as targets. */
class TargetCheck {
  readonly #refuse: (path: Path, state: string) => ProxyError

  constructor(refuse: (path: Path, state: string) => ProxyError) {
    this.#refuse = refuse
  }

  read(value: unknown): TargetInit[] {
    if (Array.isArray(value)) return this.#readList([], value)
    if (!isObject(value)) {
      throw this.#refuse([], `expected a list of targets, or "targets:" and a list, and it is ${describe(value)}`)
    }
    this.#checkFields([], value, ['targets'])
    if (Array.isArray(value['targets'])) return this.#readList(['targets'], value['targets'])
    throw this.#refuse(['targets'], `targets is ${describe(value['targets'])}, expected a list`)
  }

  #readList(path: Path, list: readonly unknown[]): TargetInit[] {
    const indexes = new Map<string, number>()
    return list.map((item, index) => {
      const target = this.#readTarget([...path, index], item)
      const address = typeof target === 'string' ? target : target.address
      const earlier = indexes.get(address)
      if (earlier !== undefined) {
        throw this.#refuse([...path, index], `target ${index + 1} is "${address}", as target ${earlier + 1} is already`)
      }
      indexes.set(address, index)
      return target
    })
  }

  #readTarget(path: Path, item: unknown): TargetInit {
    if (typeof item === 'string') return this.#readAddress(path, item)
    if (!isObject(item)) {
      throw this.#refuse(path, `a target is ${describe(item)}, expected "host:port" or an object with "address"`)
    }
    this.#checkFields(path, item, ['address', 'weight', 'priority', 'metadata'])
    const address = this.#readAddress([...path, 'address'], item['address'])
    const { weight, priority, metadata } = item
    if (weight !== undefined && !(typeof weight === 'number' && Number.isFinite(weight) && weight >= 0)) {
      throw this.#refuse([...path, 'weight'], `weight is ${describe(weight)}, expected a number from 0 up`)
    }
    if (priority !== undefined && !isCount(priority)) {
      throw this.#refuse([...path, 'priority'], `priority is ${describe(priority)}, expected a whole number from 0 up`)
    }
    return {
      address,
      ...(weight !== undefined && { weight }),
      ...(priority !== undefined && { priority }),
      ...(metadata !== undefined && { metadata: this.#readMetadata([...path, 'metadata'], metadata) }),
    }
  }

  #readAddress(path: Path, value: unknown): string {
    if (typeof value !== 'string') throw this.#refuse(path, `address is ${describe(value)}, expected "host:port"`)
    try {
      parseTarget(value)
    } catch (error) {
      throw this.#refuse(path, (error as Error).message)
    }
    return value
  }

  #readMetadata(path: Path, value: unknown): Record<string, string> {
    if (!isObject(value)) throw this.#refuse(path, `metadata is ${describe(value)}, expected an object`)
    for (const [name, text] of Object.entries(value)) {
      if (typeof text === 'string') continue
      throw this.#refuse([...path, name], `${name} is ${describe(text)}, expected text: put it in quotes`)
    }
    return value as Record<string, string>
  }

  #checkFields(path: Path, value: Record<string, unknown>, known: readonly string[]): void {
    for (const name of Object.keys(value)) {
      if (!known.includes(name)) {
        throw this.#refuse([...path, name], `"${name}" is no field here, expected ${known.join(', ')}`)
      }
    }
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing'
  if (Array.isArray(value)) return 'a list'
  if (isObject(value)) return 'an object'
  return JSON.stringify(value)
}

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { algo } from 'sluice'
import type { GatewayConfiguration, GatewayService } from 'sluice/gateway'
import { createJsonSchema } from '../../src/gateway/create-json-schema.ts'

const FILE = new URL('../../src/gateway/gateway.schema.json', import.meta.url)

/** As much of a JSON Schema as is looked at. */
interface Schema {
  readonly description?: string
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | false
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
}

test('gateway.schema.json is what the configurations are checked by: "sluice schema" writes it', async () => {
  await expect(createJsonSchema()).toMatchFileSnapshot('../../src/gateway/gateway.schema.json')
})

test('gateway.schema.json describes each field, and allows no others', () => {
  const undescribed: string[] = []
  const open: string[] = []
  const visit = (schema: Schema, path: string): void => {
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
      const isDescribed = field.description !== undefined || /\.(?:type|by|to|address|regex)$/.test(`${path}.${name}`)
      if (!isDescribed) undescribed.push(`${path}.${name}`)
      visit(field, `${path}.${name}`)
    }
    if (schema.properties !== undefined && schema.additionalProperties !== false) open.push(path)
    if (typeof schema.additionalProperties === 'object') visit(schema.additionalProperties, `${path}.*`)
    if (schema.items !== undefined) visit(schema.items, `${path}[]`)
    for (const form of [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) visit(form, path)
  }
  visit(JSON.parse(readFileSync(FILE, 'utf8')) as Schema, '')
  expect(undescribed).toEqual([])
  expect(open).toEqual([])
})

// What a service can be told, a configuration can tell it; functions have no place in plain data.
type Written = Exclude<GatewayService, string | readonly unknown[]>
type Missing = Exclude<keyof algo.ServiceOptions, keyof Written | 'name' | 'onTargetState'>
type MissingIn<K extends keyof Written & keyof algo.ServiceOptions> = Exclude<
  keyof NonNullable<algo.ServiceOptions[K]>,
  keyof NonNullable<Written[K]>
>

test('a configuration has all options of a service', () => {
  const missing: (
    | Missing
    | MissingIn<'pool'>
    | MissingIn<'timeouts'>
    | MissingIn<'limits'>
    | MissingIn<'health'>
    | MissingIn<'outlier'>
    | MissingIn<'retry'>
  )[] = []
  expect(missing).toEqual([])
  // The line above compiles with any element; this one with none alone.
  const none: (typeof missing)[number] extends never ? true : false = true
  expect(none).toBe(true)
})

test('the types of a configuration are those of the schema', () => {
  const configuration = {
    listen: 1,
    routes: [{ path: { regex: '/x' }, answer: { status: 204 } }],
  } satisfies GatewayConfiguration
  expect(configuration.listen).toBe(1)
})

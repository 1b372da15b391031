import * as z from 'zod'
import { gatewaySchema } from './gateway-schema.ts'

/**
 * The JSON Schema (draft 7, which editors know best) of a gateway's configuration, as text. It stands beside this file as
 * gateway.schema.json and is part of the package: name it in `$schema`.
 */
export function createJsonSchema(): string {
  const schema = z.toJSONSchema(gatewaySchema, {
    target: 'draft-7',
    io: 'input',
    override: ({ jsonSchema }) => {
      // That an integer is one that a number can hold goes without saying.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
    },
  })
  return `${JSON.stringify({ title: 'A gateway of Sluice', ...schema }, undefined, 2)}\n`
}

import * as z from 'zod'
import { strictObject } from './strict-object.ts'

/** Stands where a value would: the name of the variable that holds it. */
export const variableSchema = strictObject({
  /** The variable of the environment, or the Worker's binding, that holds the value. */
  env: z
    .string('expected the name of a variable')
    .regex(/^[A-Za-z_]\w*$/, 'expected the name of a variable, as "COOKIE_SECRET"')
    .describe("The variable of the environment, or the Worker's binding, that holds the value."),
})

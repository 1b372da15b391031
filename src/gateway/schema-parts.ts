import * as z from 'zod'

/** The longest that timers know. */
const LONGEST_MS = 2 ** 31 - 1

/** Kinds of values that several fields have. */
export const SCHEMA_PARTS = {
  /** A time in milliseconds, 0 included. */
  milliseconds: z
    .int('expected whole milliseconds')
    .min(0, 'expected 0 or more')
    .max(LONGEST_MS, 'expected 24 days at most'),
  /** A time in milliseconds that cannot be 0. */
  positiveMilliseconds: z
    .int('expected whole milliseconds')
    .min(1, 'expected 1 or more')
    .max(LONGEST_MS, 'expected 24 days at most'),
  /** How many. */
  count: z.int('expected a whole number').min(0, 'expected 0 or more'),
  /** How many, one at least. */
  positiveCount: z.int('expected a whole number').min(1, 'expected 1 or more'),
  /** A part of the whole. */
  share: z.number('expected a number from 0 to 1').min(0, 'expected 0 to 1').max(1, 'expected 0 to 1'),
  /** A status of an answer that is not interim. */
  status: z
    .int('expected a status from 200 to 599')
    .min(200, 'expected a status from 200 to 599')
    .max(599, 'expected a status from 200 to 599'),
  /** Any text but the empty one. */
  name: z.string('expected text').min(1, 'expected text that is not empty'),
  /** The value of a header field (RFC 9110 5.5). */
  fieldValue: z
    .string('expected text')
    .regex(/^[\x20-\x7e\x80-\xff\t]*$/, 'expected one line of text that a header field can hold')
    .regex(/^(?:\S(?:.*\S)?)?$/s, 'expected no blanks around it'),
  /** Of a secret that signs cookies. */
  minSecretCharacters: 16,
} as const

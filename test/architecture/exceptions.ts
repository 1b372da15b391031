/** Where a rule does not hold, and why. An entry that is not needed any more fails the test. */
import type { MeantSeveral } from './file-rules.ts'
import type { MeantUses } from './runtime-names.ts'

/** Files with several functions or classes that others use. */
export const MEANT_SEVERAL: MeantSeveral = {
  'src/events.ts': 'the four events and the message that is made of them are one contract',
  'src/http/hop-by-hop.ts': 'two questions to one list of fields',
  'src/http/head-writer.ts': 'the two heads differ in their start line only',
  'src/http/trailers.ts': 'reads and writes one section, by one list of fields',
  'src/script/argument-kinds.ts': 'a table: one entry for each kind of argument',
  'src/script/parse-script.ts': 'parses, and says where something stands',
  'src/script/safe-object.ts': 'makes one value safe, and all that it holds',
  'src/script/syntax-tree.ts': "two ways through the parser's tree",
  'src/streams/socket-errors.ts': "one table of the system's codes, asked for three things that fail",
  'src/script/units.ts': "reads Pipy's two kinds of quantities",
}

/** Uses of runtime, clock and chance. */
export const MEANT_USES: MeantUses = {
  'src/algorithms/cache.ts': { performance: 'the default of the option `now`' },
  'src/algorithms/quota/quota.ts': { performance: 'the default of the option `now`' },
  'src/algorithms/uuid.ts': { 'crypto.randomUUID': "needs the runtime's secure source, which no test may set" },
  'src/filters/sticky/cookie-sticky.ts': { Date: 'the default of the option `now`: cookies end by the time of day' },
  'src/script/script-timers.ts': {
    setTimeout: "what a script calls; the proxy's own time comes from its transport",
    setInterval: 'the same',
  },
}

/** Words in the form of error codes that are none. */
export const FOREIGN_CODES: Readonly<Record<string, string>> = {
  MODULE_NOT_FOUND: "Node's code for what require cannot find",
  SLUICE_POOL: "the name of a Worker's binding",
  SLUICE_SECRET: "the name of a Worker's variable",
}

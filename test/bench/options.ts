import { parseArgs } from 'node:util'
import { type Work, WORKS } from './works.ts'

/** What is measured of Sluice by itself: the memory of idle clients, and how long it takes to start. */
export type Alone = 'idle' | 'start'

const ALONE: readonly Alone[] = ['idle', 'start']
/** What is named in place of works. */
const MODES: readonly string[] = ['goals', 'edge', 'micro', 'balancers']
const EDGE_WORKS: readonly Work[] = WORKS.filter(({ name }) => ['small', '16k', '1m', '1m-up'].includes(name))

export interface BenchOptions {
  /** What is measured. @default all works, and all of `alone` unless it is compared with chosen rivals */
  readonly works: readonly Work[]
  readonly alone: readonly Alone[]
  /** What the runtimes of the edge are measured at. @default nothing, unless `edge` or a smoke run of all asks for it */
  readonly edgeWorks: readonly Work[]
  /** The rivals to measure beside Sluice, by name. @default all */
  readonly against: readonly string[] | undefined
  /** Measures this tree against the tree of a git ref, in place of the rivals. */
  readonly ref: string | undefined
  /** Measures the typed form of the example against the script, in place of the rivals. */
  readonly isTyped: boolean
  /** Prints where Sluice spends its time, in place of measuring. */
  readonly isProfile: boolean
  /** Measures what the goals need and nothing else. */
  readonly isGoals: boolean
  /** Writes the table of the goals, of the edge or of the balancers into its README.md. */
  readonly writesGoals: boolean
  /** Times the hot parts by themselves, in place of the proxy. */
  readonly isMicro: boolean
  /** Measures the balancers of services by themselves, in place of the proxy. */
  readonly isBalancers: boolean
  /** Checks and tries everything in seconds; the figures mean nothing. */
  readonly isSmoke: boolean
  /** @default 5, for the goals and the edge 7 */
  readonly rounds: number
  /** Of each measurement. @default 2 */
  readonly seconds: number
  /** Work of a JavaScript rival before each measurement; the others have at most half a second. @default 3 */
  readonly warmUpSeconds: number
  /** Major versions of the Nodes that JavaScript rivals run on. @default the one that runs this */
  readonly nodeMajors: readonly number[]
  /** Where the figures of every round go. @default sluice-bench.json in the system's temporary folder */
  readonly json: string | undefined
}

export const USAGE = `Usage: npm run bench -- [work ...] [options]

Works, all of them when none is named:
${[...WORKS.map(({ name, title }) => [name, title]), ['idle', 'memory of idle clients'], ['start', 'time to listening']]
  .map(([name = '', title]) => `  ${name.padEnd(9)} ${title}`)
  .join('\n')}
or:
  goals     what the goals need and no more, of all works or those that are named beside it
  edge      a Worker, Deno and Bun beside a bare fetch there: at ${EDGE_WORKS.map(({ name }) => name).join(', ')}, or at
            those of them that are named beside it
  micro     the hot parts by themselves
  balancers those of services by themselves: shares, keys that move, time

Options:

  --against NAMES     rivals beside Sluice: nginx, nginx-tuned, haproxy, haproxy-tuned, undici, http-proxy, hono,
                      direct; several with commas. Default: all
  --ref REF           this tree against a git ref, in place of the rivals
  --typed             the typed form of the example against the script, in place of the rivals
  --profile           where Sluice spends its time, in place of measuring
  --smoke             checks and tries everything in seconds; the figures mean nothing
  --write             with goals, edge or balancers: puts their table into README.md
  --rounds N          default 5, for the goals and the edge 7
  --seconds S         of each measurement, default 2
  --warm-up S         work of a JavaScript rival before each measurement, default 3
  --node MAJORS       Node for Sluice and the JavaScript rivals: 20, 24 or 20,24. Default: the one that runs this
  --json FILE         where the figures of every round go
  --help`

/** Something is wrong with the command line. */
export class UsageError extends Error {}

/** Reads the command line. Throws UsageError; gives undefined when help is asked for. */
export function parseOptions(words: readonly string[]): BenchOptions | undefined {
  const { values, positionals } = parse(words)
  if (values.help === true) return undefined
  const isMicro = positionals.includes('micro')
  const isBalancers = positionals.includes('balancers')
  const isGoals = positionals.includes('goals')
  const isEdge = positionals.includes('edge')
  const names = positionals.filter((name) => !MODES.includes(name))
  const isSmoke = values.smoke === true
  const modes = [values.ref, values.typed, values.profile, values.against].filter((value) => value !== undefined)
  if (modes.length > 1) throw new UsageError('Cannot combine --against, --ref, --typed and --profile: choose one')
  if (isBalancers && (positionals.length > 1 || modes.length > 0)) {
    throw new UsageError('Cannot measure the balancers with anything else: expected no works and no rivals beside it')
  }
  if (isEdge && (isGoals || isMicro || modes.length > 0)) {
    throw new UsageError('Cannot measure the edge with goals, micro, --against, --ref, --typed or --profile')
  }
  const hasSeveralNodes = values.node?.includes(',') ?? false
  if (isGoals && (modes.length > 0 || hasSeveralNodes)) {
    throw new UsageError(
      'Cannot measure the goals with --against, --ref, --typed, --profile or several versions of Node',
    )
  }
  const writesGoals = values.write === true
  if (writesGoals && (!(isGoals || isEdge || isBalancers) || names.length > 0 || isSmoke)) {
    throw new UsageError(
      'Cannot write the table: --write goes with all that it has, as "goals --write", "edge --write"',
    )
  }
  const isSmokeOfAll = isSmoke && positionals.length === 0 && modes.length === 0
  return {
    ...(isEdge ? { works: [], alone: [] } : chooseWorks(names, modes.length === 0)),
    edgeWorks: isEdge ? chooseEdgeWorks(names) : isSmokeOfAll ? EDGE_WORKS : [],
    isGoals,
    writesGoals,
    against: values.against?.split(',').filter(Boolean),
    ref: values.ref,
    isTyped: values.typed === true,
    isProfile: values.profile === true,
    isMicro,
    isBalancers,
    isSmoke,
    rounds: readNumber('--rounds', values.rounds, isSmoke ? 1 : isGoals || isEdge ? 7 : 5, 1, 1000, true),
    seconds: readNumber('--seconds', values.seconds, isSmoke ? 0.3 : 2, 0.1, 600, false),
    warmUpSeconds: readNumber('--warm-up', values['warm-up'], isSmoke ? 0 : 3, 0, 600, false),
    nodeMajors: (values.node?.split(',') ?? [process.versions.node.split('.')[0]]).map((text) =>
      readNumber('--node', text, 0, 20, 99, true),
    ),
    json: values.json,
  }
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        against: { type: 'string' },
        ref: { type: 'string' },
        typed: { type: 'boolean' },
        profile: { type: 'boolean' },
        smoke: { type: 'boolean' },
        write: { type: 'boolean' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        'warm-up': { type: 'string' },
        node: { type: 'string' },
        json: { type: 'string' },
        help: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new UsageError(String((error as Error).message))
  }
}

function chooseWorks(names: readonly string[], isWholeRun: boolean): Pick<BenchOptions, 'works' | 'alone'> {
  if (names.length === 0) return { works: WORKS, alone: isWholeRun ? ALONE : [] }
  for (const name of names) {
    const known = [...WORKS.map((work) => work.name), ...ALONE]
    if (known.some((each) => each === name)) continue
    throw new UsageError(
      `Cannot measure "${name}": expected ${known.join(', ')}, ${MODES.slice(0, -1).join(', ')} or ${MODES.at(-1)}`,
    )
  }
  const alone = ALONE.filter((name) => names.includes(name))
  if (alone.length > 0 && !isWholeRun) {
    throw new UsageError(`Cannot measure ${alone.join(' and ')} with --against, --ref, --typed or --profile`)
  }
  return { works: WORKS.filter((work) => names.includes(work.name)), alone }
}

function chooseEdgeWorks(names: readonly string[]): readonly Work[] {
  if (names.length === 0) return EDGE_WORKS
  const known = EDGE_WORKS.map((work) => work.name)
  for (const name of names) {
    if (known.some((each) => each === name)) continue
    throw new UsageError(`Cannot measure the edge at "${name}": expected ${known.join(', ')}`)
  }
  return EDGE_WORKS.filter((work) => names.includes(work.name))
}

function readNumber(
  option: string,
  text: string | undefined,
  fallback: number,
  min: number,
  max: number,
  isWhole: boolean,
): number {
  if (text === undefined) return fallback
  const value = Number(text)
  if (!(value >= min && value <= max) || (isWhole && !Number.isInteger(value))) {
    throw new UsageError(
      `Cannot use ${option} "${text}": expected a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}`,
    )
  }
  return value
}

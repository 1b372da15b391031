import { countCorpus } from './count-corpus.ts'

/** How much is tried. */
export interface SafetySettings {
  readonly isFull: boolean
  readonly seed: string
}

/** A program of the project that proves something. */
export interface Part {
  readonly title: string
  readonly about: string
  /** What a reader types to run it alone. */
  readonly shown: string
  /** Arguments of Node; `{json}` stands for the file that it is to write. */
  command(settings: SafetySettings): readonly string[]
  /** The rows of its table, the head first, from what it wrote. */
  describe(report: unknown): readonly (readonly string[])[]
}

const CORPUS: Part = {
  title: 'Corpus',
  about:
    'Messages written from the RFCs and the published classes of attack, each sent over real sockets through the ' +
    'connection-pool proxy, whole, byte by byte and cut at every place that matters. What is refused got its status, its ' +
    'connection was closed, and not one byte of it reached the other side; what is forwarded arrived with one framing.',
  shown: 'npx vitest run test/http-corpus',
  command: () => [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--project=node',
    'test/http-corpus',
    'test/oracle',
    '--reporter=dot',
    '--reporter=json',
    '--outputFile.json={json}',
  ],
  describe: (report) => {
    const { numPassedTests, numFailedTests } = report as { numPassedTests: number; numFailedTests: number }
    const counts = countCorpus()
    const sum = (pick: (count: (typeof counts)[number]) => number): string =>
      show(counts.reduce((total, count) => total + pick(count), 0))
    return [
      ['subject', 'cases', 'refused', 'refused in part', 'forwarded'],
      ...counts.map(({ subject, cases, refused, refusedInPart, forwarded }) => [
        subject,
        show(cases),
        show(refused),
        show(refusedInPart),
        show(forwarded),
      ]),
      [
        '**all**',
        sum(({ cases }) => cases),
        sum(({ refused }) => refused),
        sum(({ refusedInPart }) => refusedInPart),
        sum(({ forwarded }) => forwarded),
      ],
      [`tests passed: ${show(numPassedTests)}, failed: ${show(numFailedTests)}`, '', '', '', ''],
    ]
  },
}

const ORACLE: Part = {
  title: 'Oracle',
  about:
    'Generated messages and mutations of them, read by Sluice and by http-parser-js, llhttp and its own second reading. ' +
    'Nothing may hang, throw anything but a ProxyError, depend on how the bytes were cut, or change its meaning when it ' +
    'is written again; where another parser reads something else, a rule must say why.',
  shown: 'npm run fuzz',
  command: ({ isFull, seed }) => [
    'test/oracle/fuzz.ts',
    `--inputs=${isFull ? 5_000_000 : 200_000}`,
    `--seed=${seed}`,
    '--json={json}',
  ],
  describe: (report) => {
    const { inputs, refused, messages, differences } = report as {
      inputs: number
      refused: number
      messages: number
      differences: Record<string, number>
    }
    return [
      ['', 'inputs'],
      ['all', show(inputs)],
      ['refused', show(refused)],
      ['messages read and forwarded', show(messages)],
      ...Object.entries(differences)
        .sort(([, a], [, b]) => b - a)
        .map(([what, count]) => [`disagreement: ${what}`, show(count)]),
    ]
  },
}

const SIMULATION: Part = {
  title: 'Simulation',
  about:
    'Whole proxies in worlds of their own, with a clock that is turned by hand: everything that can happen next happens in ' +
    'an order drawn from a seed, with faults. Each request gets its own answer once or its connection is cut, nothing ' +
    'is mixed, nothing is sent twice that must not be, and at the end nothing is left over.',
  shown: 'npm run simulate',
  command: ({ isFull, seed }) => [
    'test/simulation/run.ts',
    `--seeds=${isFull ? 1_000_000 : 20_000}`,
    `--first=${seed}`,
    '--json={json}',
  ],
  describe: (report) => {
    const { seeds, requests, faults, failures } = report as {
      seeds: number
      requests: number
      faults: Record<string, number>
      failures: readonly unknown[]
    }
    return [
      ['', 'number'],
      ['worlds', show(seeds)],
      ['requests', show(requests)],
      ['promises broken', show(failures.length)],
      ...Object.entries(faults).map(([kind, count]) => [`survived: ${kind}`, show(count)]),
    ]
  },
}

const PLANTED: Part = {
  title: 'Planted bugs',
  about: 'Does the simulation find anything at all? Bugs put into a copy of the sources on purpose, one at a time.',
  shown: 'npm run simulate -- --planted',
  command: () => ['test/simulation/run.ts', '--planted', '--json={json}'],
  describe: (report) => {
    const { planted } = report as { planted: readonly { name: string; file: string; seed?: number; text: string }[] }
    return [
      ['bug', 'in', 'found by seed', 'as'],
      ...planted.map(({ name, file, seed, text }) => [name, file, seed === undefined ? '**not**' : show(seed), text]),
    ]
  },
}

const SOAK: Part = {
  title: 'Soak',
  about:
    'Clients that check every answer byte for byte, and an upstream that gives idle connections up at random: by FIN, by ' +
    'RST, and at the very moment that a request arrives. No client may see any of it.',
  shown: 'npm run soak',
  command: ({ isFull, seed }) => [
    'test/soak/run.ts',
    `--requests=${isFull ? 1_000_000 : 50_000}`,
    `--seed=${seed}`,
    '--json={json}',
  ],
  describe: (report) => {
    const { requests, answers, serverErrors, wrong, lost, damaged, upstreamConnections, races, idleCloses } =
      report as {
        requests: number
        answers: number
        serverErrors: Record<string, number>
        wrong: number
        lost: number
        damaged: number
        upstreamConnections: number
        races: Record<string, number>
        idleCloses: Record<string, number>
      }
    return [
      ['', 'number'],
      ['requests', show(requests)],
      ['right answers', show(answers)],
      ['5xx', show(Object.values(serverErrors).reduce((sum, count) => sum + count, 0))],
      ['wrong, lost, or changed on their way', show(wrong + lost + damaged)],
      ['upstream connections', show(upstreamConnections)],
      ...Object.entries(races).map(([kind, count]) => [
        `survived: request met a connection being given up by ${kind}`,
        show(count),
      ]),
      ...Object.entries(idleCloses).map(([kind, count]) => [`idle connections given up by ${kind}`, show(count)]),
    ]
  },
}

const MEMORY: Part = {
  title: 'Memory and sockets',
  about:
    'Large bodies to slow peers, idle clients, uploads at once, WebSockets and tunnels opened and ended in every way, ' +
    'clients that go away: what it takes of the machine, by the process that runs it.',
  shown: 'npm run memory',
  command: ({ isFull }) => ['test/memory/run.ts', '--json={json}', ...(isFull ? ['--full'] : [])],
  describe: (report) => {
    const { works } = report as { works: Record<string, { text: string; isWithinBounds: boolean }> }
    return [
      ['work', '', 'within its bounds'],
      ...Object.entries(works).map(([name, { text, isWithinBounds }]) => [
        name,
        text,
        isWithinBounds ? 'yes' : '**no**',
      ]),
    ]
  },
}

/** All parts, in the order of the page. */
export const PARTS: readonly Part[] = [CORPUS, ORACLE, SIMULATION, PLANTED, SOAK, MEMORY]

function show(count: number): string {
  return count.toLocaleString('en')
}

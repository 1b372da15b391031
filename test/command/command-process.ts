import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { currentNode, type NodeExecutable } from '../end-to-end/support/node-executables.ts'
import { PROJECT_FOLDER } from '../end-to-end/support/project-folder.ts'

const COMMAND = join(PROJECT_FOLDER, 'adapters', 'node.js')

export interface CommandOptions {
  /** @default the Node that runs the tests */
  readonly node?: NodeExecutable
  /** Texts by path, in the folder where the command runs. */
  readonly files?: Readonly<Record<string, string>>
  /** That folder. @default a new one, far from any package */
  readonly folder?: string
  /** @default adapters/node.js of this project */
  readonly command?: string
  /** Variables of its environment, beside those of this process. @default none */
  readonly environment?: Readonly<Record<string, string>>
}

/** How a command ended and what it wrote. */
export interface CommandEnd {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The command `sluice` as a process of its own. */
export class CommandProcess {
  readonly folder: string
  readonly ended: Promise<CommandEnd>
  readonly #child: ChildProcess
  #stdout = ''
  #stderr = ''
  #hasEnded = false
  #wake: (() => void)[] = []

  constructor(
    commandArguments: readonly string[],
    {
      node = currentNode,
      files = {},
      folder = createFolder(),
      command = COMMAND,
      environment = {},
    }: CommandOptions = {},
  ) {
    if (!existsSync(join(PROJECT_FOLDER, 'dist'))) throw new Error('The command is not built: run "npm run build"')
    this.folder = folder
    writeFiles(folder, files)
    const child = spawn(node.file, [command, ...commandArguments], {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    })
    this.#child = child
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text
      this.#wakeAll()
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
      this.#wakeAll()
    })
    this.ended = new Promise((resolve) => {
      child.once('close', (code) => {
        this.#hasEnded = true
        this.#wakeAll()
        resolve({ code, stdout: this.#stdout, stderr: this.#stderr })
      })
    })
    onTestFinished(async () => {
      child.kill('SIGKILL')
      await this.ended
    })
  }

  /** Starts it and waits for its end. */
  static run(commandArguments: readonly string[], options?: CommandOptions): Promise<CommandEnd> {
    return new CommandProcess(commandArguments, options).ended
  }

  /** Starts it and waits until it listens. */
  static async start(commandArguments: readonly string[], options?: CommandOptions): Promise<CommandProcess> {
    const command = new CommandProcess(commandArguments, options)
    await command.written(/Listening on \S+/)
    return command
  }

  /** The port that it said first. */
  get port(): number {
    return Number(/Listening on \S*:(\d+)/.exec(this.#stdout)?.[1])
  }

  get isRunning(): boolean {
    return !this.#hasEnded
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Waits until one of the outputs has something that fits. */
  async written(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.#stdout) && !pattern.test(this.#stderr)) {
      if (this.#hasEnded) throw new Error(`It ended before it wrote ${pattern}:\n${this.#stdout}\n${this.#stderr}`)
      await new Promise<void>((resolve) => this.#wake.push(resolve))
    }
  }

  /** The answer to a GET. */
  async get(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`)
    return { status: response.status, text: await response.text() }
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}

function createFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sluice-command-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}

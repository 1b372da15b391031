import type { Configuration } from '../configuration.ts'
import type { Variables } from '../engine/context.ts'
import { ProxyError } from '../errors.ts'
import { Data, Message, MessageEnd, MessageStart, StreamEnd } from '../events.ts'
import { pipy } from '../pipy.ts'
import { createScriptAlgo } from './script-algo.ts'
import { ScriptConfiguration } from './script-configuration.ts'
import { createScriptConsole } from './script-console.ts'
import { SCRIPT_GLOBAL_NAMES, type ScriptGlobalName } from './script-global-names.ts'
import type { ScriptHost } from './script-host.ts'
import { scriptJSON } from './script-json.ts'
import { scriptObject } from './script-object.ts'
import type { ScriptScope } from './script-scope.ts'
import { createScriptTimers } from './script-timers.ts'
import { ScriptURL } from './script-url.ts'

/** What a script gets as its globals. */
export interface ScriptGlobals {
  /** In the order of {@link SCRIPT_GLOBAL_NAMES}. */
  readonly values: readonly unknown[]
  /** The configuration behind what `pipy()` returned; undefined for anything else. */
  configurationOf(value: unknown): ScriptConfiguration | undefined
}

/** Makes the globals of one script. */
export function createScriptGlobals(scope: ScriptScope, host: ScriptHost): ScriptGlobals {
  const configurations = new Map<unknown, ScriptConfiguration>()
  const globals: Record<ScriptGlobalName, unknown> = {
    pipy: createPipy(host, (variables) => {
      // A copy: export adds to it, and the script's own object stays as it is.
      const configuration = new ScriptConfiguration(pipy<Variables>(copyVariables(variables)) as Configuration, scope)
      configurations.set(configuration.fluent, configuration)
      return configuration.fluent
    }),
    algo: createScriptAlgo(scope),
    os: createOs(host),
    Data,
    Message,
    MessageStart,
    MessageEnd,
    StreamEnd,
    SessionEnd: StreamEnd,
    JSON: scriptJSON,
    URL: ScriptURL,
    Object: scriptObject,
    console: createScriptConsole(host),
    ...createScriptTimers(scope, host),
  }
  return {
    values: SCRIPT_GLOBAL_NAMES.map((name) => globals[name]),
    configurationOf: (value) => configurations.get(value),
  }
}

function copyVariables(variables: unknown): Variables {
  const values: unknown = typeof variables === 'function' ? (variables as () => unknown)() : variables
  return typeof values === 'object' && values !== null ? { ...values } : (values as Variables)
}

function createPipy(host: ScriptHost, configure: (variables: unknown) => object): object {
  const load = (path: string): Data | null => toData(host.readFile(path))
  const exit = (code = 0): void => {
    if (host.exit === undefined) throw new ProxyError('UNSUPPORTED', 'Cannot exit: this runtime cannot end its process')
    host.exit(code)
  }
  return Object.assign((variables?: unknown) => configure(variables), { load, exit })
}

function createOs(host: ScriptHost): object {
  const readFile = (path: string): Data | null => {
    if (host.readSystemFile === undefined) {
      throw new ProxyError('UNSUPPORTED', `Cannot read file "${path}": this runtime has no files`)
    }
    return toData(host.readSystemFile(path))
  }
  // Without a prototype: a name from outside finds a variable of the environment or nothing.
  return Object.freeze({ env: Object.assign(Object.create(null) as object, host.env), readFile })
}

function toData(bytes: Uint8Array | undefined): Data | null {
  return bytes === undefined ? null : new Data(bytes)
}

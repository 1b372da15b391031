import type { WorkerSettings } from './read-worker-settings.ts'

export interface WorkerdOptions extends WorkerSettings {
  /** Where it listens on 127.0.0.1. */
  readonly port: number
  /** Text bindings, by name: what `[vars]` is in wrangler.toml. */
  readonly variables?: Readonly<Record<string, string>>
  /** Durable Objects: the binding's name and the class that the Worker exports. They keep their state in memory. */
  readonly durableObjects?: Readonly<Record<string, string>>
}

/**
 * The text of a configuration for `workerd serve`: one Worker, the file `worker.js` beside it, that may reach any address.
 * Its form is workerd.capnp's of https://github.com/cloudflare/workerd.
 */
export function workerdConfig(options: WorkerdOptions): string {
  const { port, compatibilityDate, compatibilityFlags, variables = {}, durableObjects = {} } = options
  const classes = Object.values(durableObjects)
  const bindings = [
    ...Object.entries(variables).map(([name, value]) => `(name = ${quote(name)}, text = ${quote(value)})`),
    ...Object.entries(durableObjects).map(
      ([name, className]) => `(name = ${quote(name)}, durableObjectNamespace = ${quote(className)})`,
    ),
  ]
  const namespaces = classes.map((name) => `(className = ${quote(name)}, uniqueKey = ${quote(name)})`)
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);

const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = ${quote(compatibilityDate)},
  compatibilityFlags = [${compatibilityFlags.map(quote).join(', ')}],
  globalOutbound = "internet",
  bindings = [${bindings.join(', ')}],
  ${classes.length === 0 ? '' : `durableObjectNamespaces = [${namespaces.join(', ')}], durableObjectStorage = (inMemory = void),`}
);
`
}

/** A text of Cap'n Proto: what JSON escapes, it escapes alike, save for characters that no option of these has. */
function quote(text: string): string {
  return JSON.stringify(text)
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = {
  'http:': '80',
  'https:': '443',
  'ws:': '80',
  'wss:': '443',
  'ftp:': '21',
}
const HAS_AUTHORITY = /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i
const WRITTEN_PORT = /^(?:[a-z][a-z0-9+.-]*:)?\/\/[^/?#]*:(\d+)(?:[/?#]|$)/i

/**
 * `URL` as scripts see it: the standard class with the fields that Pipy adds. `path` is the path with its query,
 * `query` the query without its question mark, `auth` the user and password. `host` keeps a port that was written even
 * if it is the scheme's usual one, so that `connect(url.host)` has one; `port` is always there.
 */
export class ScriptURL extends URL {
  readonly #writtenPort: string | undefined

  constructor(url: string | URL, base?: string | URL) {
    super(url, base)
    const isAbsolute = base === undefined || HAS_AUTHORITY.test(String(url))
    this.#writtenPort = WRITTEN_PORT.exec(String(isAbsolute ? url : base))?.[1]
  }

  get path(): string {
    return this.pathname + this.search
  }

  get query(): string {
    return this.search.slice(1)
  }

  get auth(): string {
    return this.password === '' ? this.username : `${this.username}:${this.password}`
  }

  override get host(): string {
    return super.port === '' && this.#writtenPort !== undefined ? `${this.hostname}:${this.port}` : super.host
  }

  override get port(): string {
    return super.port === '' ? (DEFAULT_PORTS[this.protocol] ?? '') : super.port
  }
}

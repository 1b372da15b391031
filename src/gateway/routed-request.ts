/** What routes look at in a request. */
export interface RoutedRequest {
  readonly method: string
  /** In lower case, without its port. */
  readonly host: string
  /** Normalized, without its query. */
  readonly path: string
  /** The value of a field, by its lower-case name; undefined when there is none. Repeated ones are joined by `, `. */
  readonly header: (name: string) => string | undefined
  /** The first value of a parameter of the query, decoded; undefined when there is none. Case counts. */
  readonly query: (name: string) => string | undefined
}

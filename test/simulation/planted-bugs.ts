/** A bug to be put into a file of `src`: text that stands there once, and what to have instead. */
export interface PlantedBug {
  readonly name: string
  /** Below `src`. */
  readonly file: string
  readonly from: string
  readonly to: string
}

/** Bugs of the kinds that pools and proxies have had. Each has to be found by the simulation. */
export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'a connection is released although the request on it is not over',
    file: 'filters/upstream-session.ts',
    from: 'this.#isPersistent && this.#isRequestOver && !this.#decoder.isInMessage',
    to: 'this.#isPersistent && !this.#decoder.isInMessage',
  },
  {
    name: 'a connection is released with bytes behind its answer',
    file: 'filters/upstream-session.ts',
    from: 'this.#isPersistent && this.#isRequestOver && !this.#decoder.isInMessage',
    to: 'this.#isPersistent && this.#isRequestOver',
  },
  {
    name: 'a connection is reused after "Connection: close"',
    file: 'filters/upstream-session.ts',
    from: '    this.#isPersistent = head.isPersistent\n',
    to: '',
  },
  {
    name: 'POST is sent again',
    file: 'http/idempotent-methods.ts',
    from: "new Set(['GET', 'HEAD', ",
    to: "new Set(['POST', 'GET', 'HEAD', ",
  },
  {
    name: 'a request is sent again however new its connection was',
    file: 'filters/upstream-session.ts',
    from: 'this.#replay.begin(this.#isReused)',
    to: 'this.#replay.begin(true)',
  },
  {
    name: 'the keep-alive race reaches the client',
    file: 'filters/upstream-session.ts',
    from: 'if (isUnanswered && this.#canSendAgain() && ',
    to: 'if (isUnanswered && this.#canSendAgain() && error !== undefined && ',
  },
  {
    name: 'a truncated answer is ended as if it were whole',
    file: 'filters/response-writer.ts',
    from: '    if (exchange.isAnswering && this.#encoder.hasWrittenHead) {\n',
    to: '    if (exchange.isAnswering && this.#encoder.hasWrittenHead) {\n      if (this.#encoder.end(new MessageEnd()) === undefined) return this.#owner.finish(exchange)\n',
  },
  {
    name: 'answers are written in the order in which they come',
    file: 'filters/http-exchange.ts',
    from: 'if (this.#early === undefined && this.#filter.isFirst(this)) this',
    to: 'if (this.#early === undefined) this',
  },
  {
    name: 'a pause of the client connection is not taken back',
    file: 'engine/inbound-session.ts',
    from: 'if (--this.#pauses === 0) this.#direct.resume()',
    to: 'if (--this.#pauses === 0 && !this.#isFull) this.#direct.resume()',
  },
  {
    name: 'a client that does not read is sent everything all the same',
    file: 'engine/inbound-session.ts',
    from: 'if (!this.#direct.write(data)) this.#hold()',
    to: 'if (!this.#direct.write(data) && this.#isFull) this.#hold()',
  },
  {
    name: 'a connection stays paused for its next user',
    file: 'filters/upstream-session.ts',
    from: '    if (user.isOutputPaused) this.#pipeline.resume()\n',
    to: '',
  },
  {
    name: 'whoever waits is forgotten when a connection fails',
    file: 'filters/upstream-key.ts',
    from: '    if (i >= 0) this.#idle.splice(i, 1)\n    this.#openForWaiting()\n',
    to: '    if (i >= 0) this.#idle.splice(i, 1)\n',
  },
  {
    name: 'a connection is given to a user and kept for others as well',
    file: 'filters/upstream-key.ts',
    from: 'if (user === undefined) this.#idle.push(session)',
    to: 'this.#idle.push(session)\n    if (user === undefined) return',
  },
  {
    name: 'a key opens more connections than it may',
    file: 'filters/upstream-key.ts',
    from: 'this.#waiting.size === 0 && this.#sessions.size < this',
    to: 'this.#waiting.size === 0 && this.#sessions.size <= this',
  },
  {
    name: 'the clock of the pool runs on when there is nothing to watch',
    file: 'filters/mux-http-position.ts',
    from: '    if (this.#keys.size === 0 && this.#awaitedKeys.isEmpty) this.ticker.stop()\n',
    to: '',
  },
  {
    name: 'an upstream connection stays open when its client is gone',
    file: 'filters/upstream-session.ts',
    from: '    if (this.#user !== undefined) this.#detach(this.#user)\n    this.close()\n',
    to: '    if (this.#user !== undefined) this.#detach(this.#user)\n',
  },
  {
    name: 'bytes are used after they were given back',
    file: 'streams/held-events.ts',
    from: 'this.#events.push(event.keep())',
    to: 'this.#events.push(event)',
  },
  {
    name: 'the end of a session frees what requests under way still use',
    file: 'filters/handle-session-end.ts',
    from: ' || this.#isWorkLeft(event)) {',
    to: ' || (this.#isWorkLeft(event) && this.pipeline.isExchange)) {',
  },
  {
    name: 'a resource is handed out while it is held',
    file: 'algorithms/resource-pool.ts',
    from: '    if (slot.next === undefined) this.#freeLists.delete(pool)\n    else list.first = slot.next\n',
    to: '    if (slot.next !== undefined) list.first = slot.next\n',
  },
  {
    name: 'stopping in good order cuts requests under way',
    file: 'filters/demux-http-filter.ts',
    from: '  drain(): void {\n    this.#endIfDone()\n',
    to: '  drain(): void {\n    this.#endOutput(new StreamEnd())\n',
  },
  {
    name: 'a half-closed tunnel is ended',
    file: 'filters/demux-http-filter.ts',
    from: '    if (this.#isInputOver) return this.#endOutput(event)\n    this.#isTunnelHalfOver = true\n',
    to: '    if (!this.#isInputOver || this.#isInputOver) return this.#endOutput(event)\n    this.#isTunnelHalfOver = true\n',
  },
  {
    name: 'an exchange that ended is used again at once, with its end still on the stack',
    file: 'filters/demux-http-filter.ts',
    from: 'if (ended !== undefined && this.#inbound?.readCount !== this.#endedSince) {',
    to: 'if (ended !== undefined) {',
  },
  {
    name: 'the filter of a request that failed is used again',
    file: 'filters/serial-request-filter.ts',
    from: 'const isAtRest = this.request === undefined && !this.#isInputOver && ',
    to: 'const isAtRest = !this.#isInputOver && ',
  },
]

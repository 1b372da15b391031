import { createContext } from '../../../src/engine/context.ts'
import type { Contest } from './contest.ts'

interface Made {
  readonly _target: string
}

/** Each contestant has its own: V8 keeps an object differently once it is another's prototype. */
function makeVariables() {
  return { _router: {}, _g: {}, _connectionPool: {}, _target: '', _targetCache: null }
}

/** Making the context of a session that has the variables of example 03. */
export function contextContest(): Contest {
  const [own, assigned, inherited] = [makeVariables(), makeVariables(), makeVariables()]
  return {
    title: `Context, ${Object.keys(own).length} variables`,
    contestants: [
      { title: 'createContext', run: makeEach(() => createContext(own, null)) },
      { title: 'Object.assign', run: makeEach(() => Object.assign({}, assigned, { __inbound: null })) },
      { title: 'Object.create', run: makeEach(() => Object.create(inherited, { __inbound: { value: null } })) },
    ],
  }
}

function makeEach(make: () => Made): (count: number) => Made | undefined {
  return (count) => {
    let last: Made | undefined
    for (let i = 0; i < count; i++) last = make()
    return last
  }
}

import { createContext } from '../../../src/engine/context.ts'
import type { Contest, Contestant } from './contest.ts'

interface Made {
  _target: string
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
      contestant('createContext', own, () => createContext(own, null)),
      contestant('Object.assign', assigned, () => Object.assign({}, assigned, { __inbound: null })),
      contestant('Object.create', inherited, () => Object.create(inherited, { __inbound: { value: null } })),
    ],
  }
}

function contestant(title: string, variables: Made, make: () => Made): Contestant {
  return {
    title,
    // A session's variables are its own, and what they hold is shared.
    check: () => {
      const context = make()
      const before = Object.keys(variables).map((name) => [name, Reflect.get(context, name)])
      context._target = 'a'
      return [before, context._target, variables._target, Reflect.get(context, '__inbound')]
    },
    run: (count) => {
      let last: Made | undefined
      for (let i = 0; i < count; i++) last = make()
      return last
    },
  }
}

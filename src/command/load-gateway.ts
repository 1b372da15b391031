import { createGateway } from '../gateway/create-gateway.ts'
import { describeProblem } from '../gateway/describe-problem.ts'
import type { GatewayProxy } from '../gateway/gateway-proxy.ts'
import { folderOf } from './folder-of.ts'
import { readConfiguration } from './read-configuration.ts'

/**
 * Makes a proxy of a gateway's configuration that stands in a JSON or YAML file.
 * @param file absolute: the files that the configuration names lie beside it
 * @param env the variables that the configuration may name
 * @throws SCRIPT_SYNTAX, and INVALID_ARGUMENT with all that is wrong; either with file, line and column
 */
export function loadGateway(text: string, file: string, env: object): GatewayProxy {
  const { value, locate } = readConfiguration(text, file)
  return createGateway(value, { env, folder: folderOf(file) }, (problem) => {
    const { line, column } = locate(problem.path)
    return `${describeProblem(problem)} at ${file}:${line}:${column}`
  })
}

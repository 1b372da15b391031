import { checkConfiguration } from '../gateway/check-configuration.ts'
import { describeProblem } from '../gateway/describe-problem.ts'
import { GatewayProxy } from '../gateway/gateway-proxy.ts'
import { readConfiguration } from './read-configuration.ts'

/**
 * Makes a proxy of a gateway's configuration that stands in a JSON or YAML file.
 * @param file for messages
 * @throws SCRIPT_SYNTAX, and INVALID_ARGUMENT with all that is wrong; either with file, line and column
 */
export function loadGateway(text: string, file: string): GatewayProxy {
  const { value, locate } = readConfiguration(text, file)
  const configuration = checkConfiguration(value, (problem) => {
    const { line, column } = locate(problem.path)
    return `${describeProblem(problem)} at ${file}:${line}:${column}`
  })
  return new GatewayProxy(configuration)
}

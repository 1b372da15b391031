import type { FilterRecipe, PipelineReference } from '../engine/filter-recipe.ts'
import type { ProxyDefinition } from '../engine/proxy-definition.ts'
import { formatAddress } from '../streams/format-address.ts'

/**
 * A proxy's pipelines as text: one line for each filter, with the pipelines that it leads to. Pipelines given in place
 * stand indented below their filter; named ones that nothing leads to are marked.
 */
export function describeGraph<V>({ listeners, tasks, pipelines }: ProxyDefinition<V>): string {
  const roots = [...listeners, ...tasks].map(({ filters }) => filters)
  const reached = new Set([...roots, ...pipelines.values()].flatMap((filters) => namesIn(filters)))
  const blocks = [
    ...listeners.map(({ host, port, filters }) => [
      `listen ${formatAddress({ host, port })}`,
      ...describeFilters(filters, 1),
    ]),
    ...tasks.map(({ intervalMs, filters }) => [titleOfTask(intervalMs), ...describeFilters(filters, 1)]),
    ...[...pipelines].map(([name, filters]) => [
      `pipeline "${name}"${reached.has(name) ? '' : ' (nothing leads to it)'}`,
      ...describeFilters(filters, 1),
    ]),
  ]
  return blocks.map((lines) => lines.join('\n')).join('\n\n')
}

function titleOfTask(intervalMs: number | undefined): string {
  return intervalMs === undefined ? 'task, once' : `task, every ${intervalMs} ms`
}

function describeFilters<V>(filters: readonly FilterRecipe<V>[], depth: number): string[] {
  return filters.flatMap((recipe) => describeFilter(recipe, depth))
}

function describeFilter<V>({ name, label, pipelines = [] }: FilterRecipe<V>, depth: number): string[] {
  const indent = '  '.repeat(depth)
  const targets = pipelines.map((pipeline) => (typeof pipeline === 'string' ? `"${pipeline}"` : '(below)'))
  const arrow = targets.length === 0 ? '' : ` -> ${targets.join(', ')}`
  const inline = pipelines.filter((pipeline) => typeof pipeline !== 'string')
  const isAlone = inline.length === 1
  const below = inline.flatMap(({ filters }, i) => [
    ...(isAlone ? [] : [`${indent}  (${i + 1})`]),
    ...describeFilters(filters, depth + (isAlone ? 1 : 2)),
  ])
  return [`${indent}${name}${label === undefined ? '' : ` ${label}`}${arrow}`, ...below]
}

function namesIn<V>(filters: readonly FilterRecipe<V>[]): string[] {
  const references = filters.flatMap(({ pipelines = [] }): readonly PipelineReference<V>[] => pipelines)
  return references.flatMap((pipeline) => (typeof pipeline === 'string' ? [pipeline] : namesIn(pipeline.filters)))
}

import type { Event, Message } from '../events.ts'
import type { Context, Variables } from './context.ts'

/** Called with an event and the session's variables. What it returns is ignored; a promise is waited for. */
export type EventCallback<E, V = Variables> = (event: E, context: Context<V>) => unknown

/** A constant, or a function of the session's variables that gives it when it is needed. */
export type Provider<T, V = Variables> = T | ((context: Context<V>) => T | Promise<T>)

/** What tells the users of shared connections apart: any value. `unknown` would make a provider's type unknown as well. */
export type Key = string | number | bigint | boolean | symbol | object | null | undefined

/** Tells from the session's variables whether something holds. */
export type Predicate<V = Variables> = (context: Context<V>) => unknown

/** What a replacing filter may output: nothing, one event or message, or several in order. */
export type Output = Event | Message | null | undefined | readonly (Event | Message | null | undefined)[]

/** A constant output, or a function of the replaced thing that gives it. */
export type Replacement<E, V = Variables> = Output | ((event: E, context: Context<V>) => Output | Promise<Output>)

/** Stands for the value of a variable of the environment, so that the value itself is in no file. */
export interface VariableReference {
  /** The name of the variable. */
  readonly env: string
}

// What a synthetic task is: examples whose answers follow from their prompts. Types only.

/** A whole number from 0 to before `below`. */
export type Draw = (below: number) => number;

export interface Example {
  /** Ends where the answer begins. */
  readonly prompt: string;
  readonly answer: string;
}

/** One example from random numbers, and nothing else. */
export type Task = (draw: Draw) => Example;

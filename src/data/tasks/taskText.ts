// A text of a synthetic task's examples, one a line, as a function of (task, seed, index): any part of it can be made by itself. Pure.

import { hashName, threefry2x32 } from '../../core/rng';
import type { TaskName } from '../../core/runConfig';
import { addition } from './addition';
import { copy } from './copy';
import { dyck } from './dyck';
import { modularArithmetic } from './modularArithmetic';
import { parity } from './parity';
import { sort } from './sort';
import type { Example, Task } from './task';

const tasks: Readonly<Record<TaskName, Task>> = { copy, sort, addition, modular: modularArithmetic, parity, dyck };

export function example(name: TaskName, seed: number, index: number): Example {
  const stream = hashName(`task.${name}`);
  let counter = 0;
  return tasks[name]((below) => {
    const [word] = threefry2x32(seed, stream, index, counter++);
    // 32 bits over at most 10,000 values: even to 1 in 400,000.
    return Math.floor((word / 2 ** 32) * below);
  });
}

/** @param examples lines of the text */
export function taskText(name: TaskName, seed: number, examples: number): string {
  const lines: string[] = [];
  for (let index = 0; index < examples; index++) {
    const { prompt, answer } = example(name, seed, index);
    lines.push(`${prompt}${answer}\n`);
  }
  return lines.join('');
}

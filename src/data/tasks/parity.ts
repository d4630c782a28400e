// Task `parity`: whether a row of bits has an odd number of ones. Every bit turns the answer, so that no part of the prompt hints at it.

import type { Task } from './task';

export const parity: Task = (draw) => {
  const bits = Array.from({ length: 1 + draw(12) }, () => draw(2));
  return {
    prompt: `parity ${bits.join('')} = `,
    answer: bits.reduce((sum, bit) => sum + bit, 0) % 2 === 1 ? 'odd' : 'even',
  };
};

// Task `sort`: the same digits in rising order. The answer depends on all of the prompt, not on any one place of it.

import type { Task } from './task';

export const sort: Task = (draw) => {
  const digits = Array.from({ length: 2 + draw(7) }, () => draw(10));
  return { prompt: `sort ${digits.join('')} = `, answer: digits.toSorted((a, b) => a - b).join('') };
};

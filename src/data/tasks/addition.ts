// Task `addition`: two numbers of at most four digits. The answer is written from its last digit on, so that each digit needs only carries
// that are there already (Lee et al. 2023, "Teaching arithmetic to small transformers").

import type { Task } from './task';

export const addition: Task = (draw) => {
  // Lengths first: else nearly all numbers would have four digits.
  const [a, b] = [draw(10 ** (1 + draw(4))), draw(10 ** (1 + draw(4)))];
  return { prompt: `add ${a} + ${b} = `, answer: [...String(a + b)].reverse().join('') };
};

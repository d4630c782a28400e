// Task `modular`: sums and products modulo 97, the set on which grokking was seen (Power et al. 2022).

import type { Task } from './task';

export const MODULUS = 97;

export const modularArithmetic: Task = (draw) => {
  const [a, b] = [draw(MODULUS), draw(MODULUS)];
  const times = draw(2) === 1;
  const answer = (times ? a * b : a + b) % MODULUS;
  return { prompt: `mod ${a} ${times ? '*' : '+'} ${b} = `, answer: String(answer) };
};

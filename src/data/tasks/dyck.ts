// Task `dyck`: close the brackets that are open, the last one first: a stack, in a language of three kinds of brackets.

import type { Task } from './task';

const OPEN = '([{';
const CLOSE = ')]}';

export const dyck: Task = (draw) => {
  const open: number[] = [];
  let prompt = '';
  for (let left = 4 + draw(13); left > 0; left--) {
    const kind = draw(3);
    // As likely up as down, never below the ground, never deeper than eight.
    if (open.length === 0 || (open.length < 8 && draw(2) === 1)) {
      open.push(kind);
      prompt += OPEN[kind];
    } else prompt += CLOSE[open.pop() ?? 0];
  }
  if (open.length === 0) {
    open.push(0);
    prompt += OPEN[0];
  }
  return {
    prompt: `close ${prompt} = `,
    answer: open
      .reverse()
      .map((kind) => CLOSE[kind])
      .join(''),
  };
};

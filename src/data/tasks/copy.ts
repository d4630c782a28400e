// Task `copy`: say again what was said. A model has to look back by a distance that the text gives: an induction head does it.

import type { Task } from './task';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

export const copy: Task = (draw) => {
  const word = Array.from({ length: 2 + draw(9) }, () => LETTERS[draw(LETTERS.length)]).join('');
  return { prompt: `copy ${word} = `, answer: word };
};

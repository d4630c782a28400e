// The primer: the lab's own small corpus, so that it runs with no file at all. Handwritten pieces, and between them the
// entries of an island's day book from a small grammar with a fixed seed: real sentences, the same bytes on every machine.

import { hashName, threefry2x32 } from '../core/rng';
import { primerProse } from './primerProse';

/** Entries of the day book; about 52 KB of text together with the prose. */
const ENTRIES = 132;

const WORDS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    name: ['Anna', 'Bertil', 'Clara', 'David', 'Elsa', 'Frida', 'Gustav', 'Hanna', 'Ivar', 'Johan', 'Karin', 'Lars'],
    role: [
      'the baker',
      'the miller',
      'the teacher',
      'the ferryman',
      'the old clerk',
      'the keeper of the lamp',
      'the smith',
    ],
    place: [
      'the harbour',
      'the mill',
      'the school',
      'the market',
      'the long beach',
      'the old wall',
      'the hill',
      'the bridge',
    ],
    thing: [
      'a net',
      'a lamp',
      'a rope',
      'a basket',
      'a letter',
      'a ladder',
      'a wheel',
      'a sail',
      'a box of nails',
      'a bell',
    ],
    food: ['bread', 'soup', 'fish', 'apples', 'honey', 'cheese', 'plums', 'porridge'],
    animal: ['a grey cat', 'the brown dog', 'a white goat', 'a young seal', 'two gulls', 'an old horse'],
    color: ['red', 'green', 'blue', 'white', 'grey', 'yellow', 'black'],
    sea: ['green', 'blue', 'grey', 'black', 'like glass', 'like silver'],
    count: ['two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'twelve'],
    wind: ['north', 'south', 'east', 'west'],
    sky: ['clear', 'grey', 'bright', 'dark', 'pale'],
    made: ['mended', 'found', 'bought', 'painted', 'carried', 'lost', 'borrowed', 'sold'],
    mood: ['glad', 'tired', 'quiet', 'proud', 'hungry', 'cheerful', 'careful'],
    when: ['In the morning', 'At noon', 'In the evening', 'Before supper', 'After the rain', 'Late at night'],
    boat: ['the Swallow', 'the Good Hope', 'the Little Anna', 'the Heron', 'the Patience'],
  }),
);

const OPENINGS = [
  'The wind came from the {wind} and the sky was {sky}.',
  'A {sky} morning, with the wind from the {wind}.',
  'Rain from the {wind} until noon, and then a {sky} sky.',
  'No wind at all. The sea was {sea} and the sky was {sky}.',
  'Fog in the harbour, so that the bell was rung {count} times.',
];
const EVENTS = [
  '{when} {name} {made} {thing} near {place}.',
  '{when} {name} and {name} walked to {place} and came back {mood}.',
  '{role} {made} {thing}, and {name} helped with the work.',
  '{boat} came in with {count} baskets of {food} and went out again before dark.',
  '{name} gave {role} some {food} and got {thing} for it.',
  '{animal} sat by {place} and would not move until {name} brought some {food}.',
  '{name} painted the door of {role} {color}, and now {role} is {mood}.',
  'On the way from school the children counted {count} boats from {place}.',
  '{role} waited for {boat} at {place}, and {boat} was late.',
  'They had {food} for supper, because {name} had been to {place}.',
];
const TALK = [
  '"Where is {name}?" asked {role}. "At {place}," said {name}, "with {thing} and {count} of the children."',
  '"I have {made} {thing}," said {name}. "Then you should be {mood}," said {role}.',
  '"How many boats are out?" asked {name}. "There are {count}," said {role}, "and {boat} is one of them."',
  '"What do you see from {place}?" asked {name}. "I see {animal}," said {role}, "and nothing else."',
  '"Have we any {food} left?" asked {role}. "We have enough for {count}," said {name}.',
];
const CLOSINGS = [
  'The lamp was lit on time.',
  'The lamp burned all night and nobody slept.',
  'All the boats were in before dark.',
  'At night the sea was quiet.',
  '{name} kept the lamp tonight, and {name} will keep it tomorrow.',
];

const STREAM = hashName('primer');

/** The whole text: paragraphs with an empty line between, ASCII. The same on every machine. */
export function primerText(): string {
  let draws = 0;
  const pick = (list: readonly string[]): string => {
    const [word] = threefry2x32(1, STREAM, draws++, 0);
    return list[word % list.length];
  };
  const sentence = (templates: readonly string[]): string => fill(pick(templates), pick);
  const paragraphs: string[] = [];
  const proseEvery = Math.ceil(ENTRIES / primerProse.length);
  for (let entry = 0; entry < ENTRIES; entry++) {
    if (entry % proseEvery === 0) paragraphs.push((primerProse[entry / proseEvery] ?? '').replaceAll('\n', ' '));
    const sentences = [`Day ${entry + 1}.`, sentence(OPENINGS), sentence(EVENTS), sentence(EVENTS)];
    if (entry % 2 === 0) sentences.push(sentence(TALK));
    sentences.push(sentence(EVENTS), sentence(CLOSINGS));
    paragraphs.push(sentences.join(' '));
  }
  return `${paragraphs.join('\n\n')}\n`;
}

/** Fills a template's slots; within a sentence people differ, and anything else named twice is the same thing. */
function fill(template: string, pick: (list: readonly string[]) => string): string {
  const used = new Map<string, string>();
  const names = new Set<string>();
  const text = template.replace(/\{(\w+)\}/g, (_, slot: string) => {
    const words = WORDS.get(slot) ?? [];
    if (slot === 'name') {
      const name = pick(words.filter((word) => !names.has(word)));
      names.add(name);
      return name;
    }
    const word = used.get(slot) ?? pick(words);
    used.set(slot, word);
    return word;
  });
  return text.charAt(0).toUpperCase() + text.slice(1);
}

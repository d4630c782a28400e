import fc from 'fast-check';
import { expect, test } from 'vitest';
import { playFromLink, playToLink } from './playLink';
import { defaultPlaySettings, type PlaySettings } from './playSettings';

/** As the page reads its address. */
function entries(parts: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    parts.map((part) => {
      const [key = '', value = ''] = part.split('=');
      return [key, decodeURIComponent(value)] as const;
    }),
  );
}

test('what was set comes back, whatever the prompt; what was not is not said', () => {
  expect(playToLink(defaultPlaySettings)).toEqual([]);
  const settings: fc.Arbitrary<PlaySettings> = fc.record({
    prompt: fc.string({ unit: 'binary', maxLength: 40 }),
    maxTokens: fc.integer({ min: 1, max: 4096 }),
    temperature: fc.double({ min: 0, max: 5, noNaN: true }).map(Math.abs),
    topK: fc.nat(500),
    topP: fc.double({ min: 0.01, max: 1, noNaN: true }),
    minP: fc.double({ min: 0.01, max: 1, noNaN: true }),
    repetitionPenalty: fc.double({ min: 0.1, max: 3, noNaN: true }),
    beams: fc.integer({ min: 1, max: 32 }),
    draftTokens: fc.nat(15),
    seed: fc.nat(2 ** 31),
    stop: fc.constantFrom('', '\\n', 'a\nb&c=d'),
    logitBias: fc.array(fc.record({ token: fc.nat(1000), bias: fc.integer({ min: -100, max: 100 }) }), {
      maxLength: 3,
    }),
  });
  fc.assert(
    fc.property(settings, (given) => {
      const { settings: read, issues } = playFromLink(entries(playToLink(given)));
      expect(issues).toEqual([]);
      expect({ ...defaultPlaySettings, ...read }).toEqual(given);
    }),
    { numRuns: 40 },
  );
  expect(playToLink({ ...defaultPlaySettings, prompt: 'a\ud800' })).toEqual(['play.prompt=a%EF%BF%BD']);
});

test('what cannot be is refused by name, and the rest is kept', () => {
  const { settings, issues } = playFromLink(
    new Map([
      ['play.temperature', 'hot'],
      ['play.topP', '2'],
      ['play.logitBias', '3:x'],
      ['play.colour', 'red'],
      ['play.seed', '7'],
      ['view', 'play'],
    ]),
  );
  expect(settings).toEqual({ seed: 7 });
  expect(issues.map(({ path }) => path)).toEqual(['play.temperature', 'play.topP', 'play.logitBias', 'play.colour']);
});

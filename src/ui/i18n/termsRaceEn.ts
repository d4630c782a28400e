// Short definitions of the terms of races, in English: [name, definition]. Part of termsEn.

type TermText = readonly [name: string, definition: string];
const term = (name: string, definition: string): TermText => [name, definition];

export const termsRaceEn = {
  race: term(
    'Race',
    'Several update strategies trained from the same weights on the same batches, one after another, and compared by loss, bytes and time.',
  ),
  raceLoss: term('Loss', 'Training loss of the last steps, smoothed as much as the loss curve of your run is.'),
  raceHeldOut: term(
    'Held-out',
    'Loss on text that is never trained on, read once at the end of the contender’s steps.',
  ),
  raceBytes: term(
    'Sent a step and rank',
    'Bytes that left a rank in a step, mean over ranks and steps. What evaluating sends is not counted.',
  ),
  raceStaleness: term(
    'Staleness',
    'The most versions by which the weights behind an applied gradient were older than those it was applied to.',
  ),
} satisfies Record<string, TermText>;
